import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import * as path from "node:path";

import { movieLens } from "../../../local/cli/movielens";
import { ROOT, toolHome } from "../../../local/home";
import { pythonOf } from "../../../local/setup/python";
import { temporaryHome } from "../running";

describe("the MovieLens data set of a run", () => {
  const { home, remove } = temporaryHome();
  const answers = new Map<string, Buffer>();
  let server: http.Server;
  let asked: string[] = [];
  let url: string;

  const find = (named?: string) => movieLens(home, named, () => undefined);
  const cached = () => fs.readdirSync(home.dir("cache"));

  before(async () => {
    server = http.createServer((request, response) => {
      asked.push(request.url ?? "");
      const content = answers.get(request.url ?? "");
      response.writeHead(content === undefined ? 404 : 200).end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
  });
  after(() => {
    server.close();
    remove();
  });

  it("comes from an address once, and then from the cache", async () => {
    answers.set("/ml.zip", Buffer.from("PK and more"));
    const first = await find(`${url}/ml.zip`);
    answers.delete("/ml.zip");
    const second = await find(`${url}/ml.zip`);
    assert.equal(Buffer.from(first.zip).toString(), "PK and more");
    assert.deepEqual(second, first);
    assert.equal(first.origin, `${url}/ml.zip`);
    assert.deepEqual(asked, ["/ml.zip"]);
  });

  it("is not taken from an address that does not have it", async () => {
    const before = cached();
    await assert.rejects(find(`${url}/gone.zip`), /gone\.zip answered 404/);
    assert.deepEqual(cached(), before);
  });

  it("is not taken from an address that answers with a page", async () => {
    const before = cached();
    answers.set("/page.zip", Buffer.from("<html>"));
    await assert.rejects(find(`${url}/page.zip`), /page\.zip is not a zip file/);
    assert.deepEqual(cached(), before);
  });

  it("is not taken from an address where nobody answers", () =>
    assert.rejects(find("http://127.0.0.1:9/ml.zip"), /cannot be reached/));

  it("is generated where nothing else is to be had, and the origin says so", async () => {
    // The published address is made unreachable by what fetch is here.
    const { fetch: plain } = globalThis;
    globalThis.fetch = () => Promise.reject(new Error("no network"));
    try {
      const { zip, origin } = await find();
      assert.match(origin, /^generated sample/);
      const file = home.file("sample.zip");
      execFileSync(pythonOf(toolHome, "cloud"), [
        path.join(ROOT, "local", "movielens", "generate.py"),
        file,
      ]);
      assert.ok(Buffer.from(zip).equals(fs.readFileSync(file)));
    } finally {
      globalThis.fetch = plain;
    }
  });
});

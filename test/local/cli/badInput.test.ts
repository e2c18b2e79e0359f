import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";

import { freePort, processesWith, temporaryHome } from "../running";
import { LocalCommand } from "./command";

describe("commands given bad input", () => {
  const { home, remove } = temporaryHome();
  let ports: { cloud: number; airflow: number };

  before(async () => {
    ports = { cloud: await freePort(), airflow: await freePort() };
  });
  after(remove);

  const run = (...args: string[]) => new LocalCommand(home, ports, ...args).finished;

  /** One error, a status that is not 0, and nothing started. */
  const refused = async (args: string[], message: RegExp) => {
    const { status, output } = await run(...args);
    assert.notEqual(status, 0, output);
    assert.match(output, message);
    assert.deepEqual(processesWith(home.folder), []);
    assert.ok(!fs.existsSync(path.join(home.folder, "state")), "the engine was started");
  };

  it("refuse an unknown command", () => refused(["deploy"], /unknown command 'deploy'/));

  it("refuse a configuration that is not JSON", () =>
    refused(["run", "movie-list-dag", "--conf", "{a"], /--conf <json>.*not JSON/));

  it("refuse a configuration that is not an object", () =>
    refused(["run", "movie-list-dag", "--conf", "[1]"], /must be a JSON object/));

  it("refuse a port that is none", () =>
    refused(["--cloud-port", "x", "up"], /whole number from 1024 to 65535/));

  it("refuse a MovieLens file that is not there", () =>
    refused(["up", "--movielens", "/nowhere/ml.zip"], /--movielens \/nowhere\/ml\.zip .*ENOENT/));

  it("refuse a MovieLens file that is not a zip", () => {
    const file = home.file("cache", "not-a.zip");
    fs.writeFileSync(file, "<html>moved</html>");
    return refused(["demo", "--movielens", file], /not-a\.zip is not a zip file/);
  });

  it("name the server and the option when a port is taken", async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(ports.cloud, "127.0.0.1", resolve));
    try {
      await refused(["preview"], new RegExp(`port ${ports.cloud} .*cloud.*--cloud-port`, "s"));
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("refuse to run a DAG of a stack that is not up", async () => {
    const { status, output } = await run("run", "movie-list-dag");
    assert.equal(status, 1);
    assert.match(output, /the stack is not up.*npm run local -- up/);
    assert.deepEqual(processesWith(home.folder), []);
  });

  for (const command of [
    "demo",
    "up",
    "preview",
    "refresh",
    "destroy",
    "run",
    "status",
    "ui",
    "down",
  ]) {
    it(`have help: ${command}`, async () => {
      const { status, output } = await run(command, "--help");
      assert.equal(status, 0);
      assert.match(output, new RegExp(`Usage: npm run local -- ${command}`));
    });
  }
});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";

import { ROOT } from "../../../local/home";
import { temporaryHome } from "../running";

/** Says something ten times a second; an error that nobody handles is written about, as Pulumi's SDK does. */
const TALKS = `
require(${JSON.stringify(require.resolve("ts-node/register/transpile-only"))});
require(${JSON.stringify(path.join(ROOT, "local", "cli", "output.ts"))}).endWithReader();
process.on("uncaughtException", (error) => process.stderr.write(String(error)));
setInterval(() => process.stdout.write("something\\n"), 100);
`;

describe("a command whose output nobody reads any more", () => {
  const { home, remove } = temporaryHome();
  after(remove);

  /** The status and the signal that a script ends with once its output is closed. */
  async function endOf(script: string): Promise<unknown[]> {
    const file = home.file("talks.js");
    fs.writeFileSync(file, script);
    const talks = spawn(process.execPath, [file], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    const ended = once(talks, "exit");
    await Promise.race([once(talks.stdout, "data"), ended.then(() => assert.fail("said nothing"))]);
    talks.stdout.destroy();
    talks.stderr.destroy();
    return ended;
  }

  it("ends", async () => {
    assert.deepEqual(await endOf(TALKS), [141, null]);
  });

  it("ends in order where it listens for SIGTERM, which comes once", async () => {
    const inOrder = home.file("in-order");
    const order = `
let came = 0;
process.on("SIGTERM", () => {
  came += 1;
  setTimeout(() => {
    require("node:fs").writeFileSync(${JSON.stringify(inOrder)}, String(came));
    process.exit(130);
  }, 500);
});`;
    assert.deepEqual(await endOf(TALKS + order), [130, null]);
    assert.equal(fs.readFileSync(inOrder, "utf8"), "1");
  });
});

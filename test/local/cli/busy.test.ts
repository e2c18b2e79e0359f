import assert from "node:assert/strict";
import { ChildProcess, spawn } from "node:child_process";

import { freePort, processesWith, temporaryHome } from "../running";
import { LocalCommand } from "./command";
import { dataSet } from "./dataSet";

/** So many loops that never wait, each of which would have a processor for itself. */
const LOOPS = 8;

describe("the demo on a machine that has other things to do", () => {
  const { home, remove } = temporaryHome();
  const loops: ChildProcess[] = [];

  before(() => {
    for (let count = 0; count < LOOPS; count += 1) {
      loops.push(spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
    }
  });
  after(() => {
    loops.forEach((loop) => loop.kill("SIGKILL"));
    remove();
  });

  it("brings all pipelines to their results, and leaves nothing running", async function () {
    // A machine without mercy may take as long as it needs; only what never ends is a failure.
    this.timeout(3_600_000);
    const ports = { cloud: await freePort(), airflow: await freePort() };
    const command = (...args: string[]) => new LocalCommand(home, ports, ...args).finished;
    const { status, output } = await command("demo", "--movielens", dataSet(home.folder));
    assert.equal(status, 0, output);
    assert.match(output, /Done in /);
    assert.deepEqual(processesWith(home.folder), []);
    assert.ok(
      loops.every(({ exitCode, signalCode }) => exitCode === null && signalCode === null),
      "a loop ended before the demo did",
    );
  });
});

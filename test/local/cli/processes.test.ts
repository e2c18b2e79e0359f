import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";

import {
  died,
  lockHome,
  running,
  sleep,
  startOf,
  startServer,
  stopServer,
  waitFor,
} from "../../../local/cli/processes";
import { freePort, temporaryHome } from "../running";

/** Looks at a process, a tenth of a second apart, until it counts as going on. */
const LOOKS = 600;

/** Waits until a process is told to be gone. */
async function gone(pid: number): Promise<void> {
  for (let look = 0; look < LOOKS && startOf(pid) !== undefined; look += 1) {
    await sleep(100);
  }
  assert.equal(startOf(pid), undefined, `process ${pid} goes on`);
}

function ps(...args: string[]): string {
  return execFileSync("ps", args, { encoding: "utf8" }).trim();
}

describe("a home", () => {
  const { home, remove } = temporaryHome();
  after(remove);

  it("has one command at a time", () => {
    const unlock = lockHome(home);
    assert.throws(
      () => lockHome(home),
      new RegExp(`another command \\(process ${process.pid}\\) is working on ${home.folder}`),
    );
    unlock();
    lockHome(home)();
  });

  const left: readonly (readonly [string, () => string])[] = [
    [
      "ended",
      () => JSON.stringify({ pid: spawnSync("true").pid, startedAt: startOf(process.pid) }),
    ],
    [
      "had the id of another process",
      () => JSON.stringify({ pid: process.pid, startedAt: "Thu Jan 1 00:00:00 1970" }),
    ],
    ["was killed before it said who it is", () => ""],
  ];
  for (const [what, lock] of left) {
    it(`is free where the command that worked on it ${what}`, () => {
      fs.writeFileSync(home.file("run", "lock"), lock());
      lockHome(home)();
    });
  }
});

describe("a server", () => {
  const { home, remove } = temporaryHome();
  after(remove);

  const start = async (name: string, script: string) =>
    startServer(home, name, await freePort(), ["sh", "-c", script], process.env);

  it("that was killed is told from one that was stopped", async () => {
    const killed = await start("killed", "exec sleep 60");
    assert.deepEqual(running(home, "killed"), killed);
    process.kill(killed.pid, "SIGKILL");
    await gone(killed.pid);
    assert.ok(died(home, "killed"));
    await start("stopped", "exec sleep 60");
    await stopServer(home, "stopped", 60);
    assert.ok(!died(home, "stopped"));
  });

  it("that does not listen is stopped by force", async () => {
    const deaf = await start("deaf", "trap '' TERM; echo deaf; while :; do sleep 0.1; done");
    await waitFor(home, "deaf", deaf, 60, () =>
      Promise.resolve(fs.readFileSync(home.log("deaf"), "utf8").trim() || undefined),
    );
    await stopServer(home, "deaf", 0);
    assert.equal(startOf(deaf.pid), undefined);
  });

  it("that ends while it starts is told with the end of its log", async () => {
    const server = await start("brief", "echo no such folder; exit 1");
    await assert.rejects(
      waitFor(home, "brief", server, 60, () => Promise.resolve(undefined)),
      /brief ended while it was starting\n {4}no such folder$/,
    );
  });

  it("is not started on a port that is taken, and the option is named", async () => {
    const other = net.createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    try {
      await assert.rejects(
        startServer(home, "cloud", port, ["true"], process.env),
        new RegExp(`port ${port} .*cloud.*--cloud-port`, "s"),
      );
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it("is told to run whatever its name", async () => {
    const odd = path.join(home.dir("run"), "a) Z (b");
    fs.symlinkSync("/bin/sleep", odd);
    const server = await startServer(home, "odd", await freePort(), [odd, "60"], process.env);
    let looks = 0;
    await waitFor(home, "odd", server, 60, () => Promise.resolve(++looks > 2 || undefined));
    assert.match(ps("-o", "comm=", "-p", String(server.pid)), /^a\) Z \(b/);
    await stopServer(home, "odd", 60);
    assert.equal(startOf(server.pid), undefined);
  });

  it("of which only the zombie is left has ended", async () => {
    const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const pid = await new Promise<number>((resolve) =>
        parent.stdout.once("data", (data: Buffer) => resolve(Number(data.toString()))),
      );
      // The shell might still take note of the end; the command that takes its place does not.
      while (!/^sleep/.test(ps("-o", "args=", "-p", String(parent.pid)))) {
        await sleep(20);
      }
      process.kill(pid, "SIGKILL");
      await gone(pid);
      assert.match(ps("-o", "stat=", "-p", String(pid)), /^Z/);
      fs.writeFileSync(home.log("zombie"), "no more\n");
      await assert.rejects(
        waitFor(home, "zombie", { pid, startedAt: "", port: 0 }, 60, () =>
          Promise.resolve(undefined),
        ),
        /zombie ended while it was starting\n {4}no more$/,
      );
    } finally {
      parent.kill("SIGKILL");
    }
  });
});

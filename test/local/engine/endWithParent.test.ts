import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";

import { startOf } from "../../../local/cli/processes";
import { ROOT } from "../../../local/home";
import { temporaryHome } from "../running";

/** Looks at a plugin, a tenth of a second apart, until it counts as left behind. */
const LOOKS = 600;

/** What the engine starts, by what it is, with the arguments that it gives. */
const PLUGINS: readonly (readonly [string, string, readonly string[]])[] = [
  ["a policy pack", "local/engine/bin/pulumi-analyzer-policy-nodejs", ["127.0.0.1:1"]],
  ["a provider", "local/provider/bin/pulumi-resource-awsx", []],
];

describe("a killed engine", () => {
  const { home, remove } = temporaryHome();
  after(remove);

  for (const [what, file, args] of PLUGINS) {
    it(`takes ${what} along`, async () => {
      const pack = home.file("pack", "index.js");
      // As a pack does, it says on which port it serves, and goes on until it is ended.
      fs.writeFileSync(pack, "console.log(1); setInterval(() => {}, 1000);");
      // The shell stands for the engine: it starts the plugin, and waits.
      const script = '"$@" & echo "pid $!"; wait';
      const engine = spawn("sh", ["-c", script, "sh", path.join(ROOT, file), ...args, pack], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let said = "";
      engine.stdout.on("data", (data: Buffer) => (said += data.toString()));
      while (!/^pid \d+$/m.test(said) || !/^\d+$/m.test(said)) {
        await setTimeout(20);
      }
      const pid = Number(/pid (\d+)/.exec(said)?.[1]);
      try {
        engine.kill("SIGKILL");
        await once(engine, "exit");
        for (let look = 0; look < LOOKS && startOf(pid) !== undefined; look += 1) {
          await setTimeout(100);
        }
        assert.equal(startOf(pid), undefined, `process ${pid} goes on`);
      } finally {
        if (startOf(pid) !== undefined) {
          process.kill(pid, "SIGKILL");
        }
      }
    });
  }
});

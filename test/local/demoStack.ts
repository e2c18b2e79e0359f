import assert from "node:assert/strict";
import { ChildProcess, spawn } from "node:child_process";

import { inventoryOf } from "../../local/cli/cloud";
import { Endpoint } from "../../local/engine/endpoint";
import { secretsOf } from "../../local/engine/secrets";
import { alone, letOthersBegin } from "../alone";
import { dataSet } from "./cli/dataSet";
import { UpStack } from "./cli/runs";
import { processesWith, temporaryHome } from "./running";
import { ProcessWatch } from "./security/processes";

const { home, remove } = temporaryHome();
const watch = new ProcessWatch(home.folder);
let up: UpStack | undefined;
let zip: string;

/** So many loops that never wait, each of which would have a processor for itself. */
const LOOPS = 8;
const loops: ChildProcess[] = [];
/** How many of them were at work from the demo's begin to its end. */
let throughout = 0;

// One stack for all tests in `security` and in `pipelines`: the demo's, which has run each pipeline once, with its
// processes watched meanwhile. Folders and files are run in the order of `test/checks.ts`, in which those that leave other
// rows are the last. A check of the runner, which has the machine for itself, keeps it busy until the demo has succeeded:
// who runs one of the files does not wait for that.
before(async function () {
  // A machine without mercy may take as long as it needs; only what never ends is a failure.
  this.timeout(3_600_000);
  zip = dataSet(home.dir("data"));
  while (alone() && loops.length < LOOPS) {
    loops.push(spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
  }
  watch.start();
  try {
    up = await UpStack.up(home, "demo", "--keep", "--movielens", zip);
  } finally {
    const going = loops.filter(
      ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
    );
    throughout = going.length;
    going.forEach((loop) => loop.kill("SIGKILL"));
    letOthersBegin();
    await watch.stop();
  }
});

after(async () => {
  const down = await up?.command("down").finished;
  const left = processesWith(home.folder);
  remove();
  assert.equal(down?.status, 0, down?.output);
  assert.deepEqual(left, []);
});

const stack = (): UpStack => up ?? assert.fail("the demo has not run yet");

/** The running stack, what it was made with, and what its processes were seen to do. */
export const demo = {
  home,
  watch,
  /** @throws Error before the hooks of this file, as what follows. */
  stack,
  /** Loops that never wait, beside which the demo was run; undefined where it had the machine for itself. */
  loops: () => (alone() ? { started: LOOPS, throughout } : undefined),
  /** The file of the data set that the demo was run with. */
  zip: (): string => zip,
  get ports(): UpStack["ports"] {
    return stack().ports;
  },
  endpoint: (): Endpoint => stack().endpoint,
  secrets: () => secretsOf(home),
  /** All that users made in the local cloud. */
  inventory: () => inventoryOf(home, stack().endpoint),
};

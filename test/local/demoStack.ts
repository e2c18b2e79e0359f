import assert from "node:assert/strict";

import { inventoryOf } from "../../local/cli/cloud";
import { Endpoint } from "../../local/engine/endpoint";
import { secretsOf } from "../../local/engine/secrets";
import { dataSet } from "./cli/dataSet";
import { UpStack } from "./cli/runs";
import { processesWith, temporaryHome } from "./running";
import { ProcessWatch } from "./security/processes";

const { home, remove } = temporaryHome();
const watch = new ProcessWatch(home.folder);
let up: UpStack | undefined;
let zip: string;

// One stack for all tests in `security` and in `pipelines`: the demo's, which has run each pipeline once, with its
// processes watched meanwhile. Folders and files are run in the order of `test/checks.ts`, in which those that leave other
// rows are the last.
before(async () => {
  zip = dataSet(home.dir("data"));
  watch.start();
  const demo = UpStack.up(home, "demo", "--keep", "--movielens", zip);
  up = await demo.finally(() => watch.stop());
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

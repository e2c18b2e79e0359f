import assert from "node:assert/strict";

import { dataSet } from "../cli/dataSet";
import { UpStack } from "../cli/runs";
import { processesWith, temporaryHome } from "../running";

const { home, remove } = temporaryHome();
let up: UpStack | undefined;
let zip: string;

// One stack for all of these tests: the demo's, which has run each pipeline once. Files are run in the order of their
// names: that of overlapping runs is the last one, since it leaves other rows.
before(async () => {
  zip = dataSet(home.dir("data"));
  up = await UpStack.up(home, "demo", "--keep", "--movielens", zip);
});

after(async () => {
  const down = await up?.command("down").finished;
  const left = processesWith(home.folder);
  remove();
  assert.equal(down?.status, 0, down?.output);
  assert.deepEqual(left, []);
});

/** The running stack, and what it was made with. */
export const demo = {
  home,
  /** @throws Error before the hooks of this file. */
  stack: (): UpStack => up ?? assert.fail("the demo has not run yet"),
  /** The file of the data set that the demo was run with. */
  zip: (): string => zip,
};

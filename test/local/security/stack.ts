import { inventoryOf } from "../../../local/cli/cloud";
import { Endpoint } from "../../../local/engine/endpoint";
import { secretsOf } from "../../../local/engine/secrets";
import { dataSet } from "../cli/dataSet";
import { UpStack } from "../cli/runs";
import { temporaryHome } from "../running";
import { ProcessWatch } from "./processes";

const { home, remove } = temporaryHome();
const watch = new ProcessWatch(home.folder);
let up: UpStack;

// One stack for all of these tests: the demo's, with its processes watched while it runs.
before(async () => {
  watch.start();
  const demo = UpStack.up(home, "demo", "--keep", "--movielens", dataSet(home.dir("data")));
  up = await demo.finally(() => watch.stop());
});

after(async () => {
  await up?.command("down").finished;
  remove();
});

/** The running stack of these tests, and what its processes were seen to do. */
export const local = {
  home,
  watch,
  get ports(): UpStack["ports"] {
    return up.ports;
  },
  endpoint: (): Endpoint => up.endpoint,
  secrets: () => secretsOf(home),
  /** All that users made in the local cloud. */
  inventory: () => inventoryOf(home, up.endpoint),
};

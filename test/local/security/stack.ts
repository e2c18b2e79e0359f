import assert from "node:assert/strict";

import { inventoryOf, startCloud } from "../../../local/cli/cloud";
import { Endpoint } from "../../../local/engine/endpoint";
import { secretsOf } from "../../../local/engine/secrets";
import { LocalCommand } from "../cli/command";
import { dataSet } from "../cli/dataSet";
import { freePort, temporaryHome } from "../running";
import { ProcessWatch } from "./processes";

const { home, remove } = temporaryHome();
const ports = { cloud: 0, airflow: 0 };
const watch = new ProcessWatch(home.folder);
let endpoint: Endpoint;

const command = (...args: string[]) => new LocalCommand(home, ports, ...args);

// One stack for all of these tests: the demo's, with its processes watched while it runs.
before(async () => {
  Object.assign(ports, { cloud: await freePort(), airflow: await freePort() });
  watch.start();
  const demo = command("demo", "--keep", "--movielens", dataSet(home.dir("data")));
  const { status, output } = await demo.finished;
  await watch.stop();
  assert.equal(status, 0, output);
  endpoint = await startCloud(home, ports.cloud, () => undefined);
});

after(async () => {
  await command("down").finished;
  remove();
});

/** The running stack of these tests, and what its processes were seen to do. */
export const local = {
  home,
  ports,
  watch,
  endpoint: (): Endpoint => endpoint,
  secrets: () => secretsOf(home),
  /** All that users made in the local cloud. */
  inventory: () => inventoryOf(home, endpoint),
};

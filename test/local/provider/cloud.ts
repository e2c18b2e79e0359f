import { inventoryOf, startCloud, stopCloud } from "../../../local/cli/cloud";
import { Endpoint } from "../../../local/engine/endpoint";
import { freePort, temporaryHome } from "../running";

const { home, remove } = temporaryHome();
let endpoint: Endpoint;

// One cloud for all of these tests: the rows' clients stay with the one that they met first.
before(async () => {
  endpoint = await startCloud(home, await freePort(), () => undefined);
  Object.assign(process.env, endpoint.environment);
});

after(async () => {
  await stopCloud(home);
  remove();
});

/** The running local cloud of these tests. */
export const cloud = {
  home,
  endpoint: (): Endpoint => endpoint,
  /** All that is there. */
  inventory: () => inventoryOf(home, endpoint),
};

import assert from "node:assert/strict";

import { LiveStack } from "./liveStack";

describe("a live stack that loses its way to the internet", () => {
  let stack: LiveStack;

  before(async () => {
    stack = await LiveStack.start();
    await stack.settles({});
  });
  after(() => stack.stop());

  it("has endpoints in place of its NAT gateways, and its gateways again", async () => {
    const closed = await stack.settles({ natGateways: "None" });
    // Thirteen endpoints more, and in each zone a gateway, its address, a public subnet, table, association and routes.
    assert.ok(closed.create >= 13 && closed.delete >= 12, JSON.stringify(closed));
    assert.ok((await stack.settles({ natGateways: "OnePerAz" })).create >= 12);
  });
});

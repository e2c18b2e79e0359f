import assert from "node:assert/strict";

import { leftOver } from "../../../../local/cli/commands/destroy";

describe("what a destroyed stack leaves", () => {
  it("is told by service and kind, with the way to remove it", () => {
    const text = leftOver(
      { glue: { databases: ["mine"], tables: [] }, s3: { buckets: ["a", "b"] } },
      "/home/cloud",
    );
    assert.match(text, /^ {2}glue databases: mine$/m);
    assert.match(text, /^ {2}s3 buckets: a, b$/m);
    assert.doesNotMatch(text, /tables/);
    assert.match(text, /deleting the folder \/home\/cloud removes it/);
  });

  it("is not mentioned where it is nothing", () => {
    assert.equal(leftOver({ glue: { databases: [] } }, "/home/cloud"), "");
  });
});

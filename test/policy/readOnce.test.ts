import assert from "node:assert/strict";
import { createRequire } from "node:module";

import { Struct } from "google-protobuf/google/protobuf/struct_pb";

import { readOnce } from "../../policy/readOnce";

const sdk = createRequire(__filename)("@pulumi/policy/deserialize") as {
  deserializeProperties?: (struct: Struct, proxySecrets: boolean) => Record<string, unknown>;
};

describe("what rules share of a resource", () => {
  const original = sdk.deserializeProperties;
  const struct = Struct.fromJavaScript({ bucket: "airflow-demo", tags: { Stack: "dev" } });

  afterEach(() => {
    sdk.deserializeProperties = original;
  });

  it("is what the SDK reads, once a resource", () => {
    readOnce();
    const first = sdk.deserializeProperties?.(struct, false);
    assert.deepEqual(first, original?.(struct, false));
    assert.equal(sdk.deserializeProperties?.(struct, false), first);
    const other = Struct.fromJavaScript({ bucket: "other" });
    assert.deepEqual(sdk.deserializeProperties?.(other, false), { bucket: "other" });
  });

  it("is not what the SDK reads with secrets kept apart", () => {
    readOnce();
    const plain = sdk.deserializeProperties?.(struct, false);
    assert.notEqual(sdk.deserializeProperties?.(struct, true), plain);
  });

  it("cannot be shared where the SDK is another", () => {
    delete sdk.deserializeProperties;
    assert.throws(() => readOnce(), /has no deserialize\.deserializeProperties/);
  });
});

import assert from "node:assert";
import { type Recording, allDependencies, ofType, only } from "../mocks";
import type { StackName } from "../stackFiles";
import { recordStack } from "./stack";

/** Values of `redshift` that the shipped stacks do not have. */
const PROVISIONED = { kind: "provisioned", nodeType: "ra3.large", numberOfNodes: 1 };

/**
 * Types that a setting can replace, whose name is fixed and not called `name` or `bucket`, so that the provider does not
 * take the old one away first by itself. That there are no others is seen in every change of a setting.
 */
const KEEP_THEIR_NAME: readonly string[] = [
  "aws:ec2/flowLog:FlowLog",
  "aws:redshift/cluster:Cluster",
  "aws:redshiftserverless/namespace:Namespace",
  "aws:redshiftserverless/workgroup:Workgroup",
  "aws:s3/bucketObjectv2:BucketObjectv2",
];

describe("a live stack", () => {
  const recordings = new Map<string, Promise<Recording<unknown>>>();
  const recording = (stack: StackName, changes: Record<string, unknown> = {}) => {
    const key = JSON.stringify([stack, changes]);
    const found = recordings.get(key) ?? recordStack(stack, changes);
    recordings.set(key, found);
    return found;
  };

  it("says of every object how it is encrypted, and puts it anew where a key is taken away", async () => {
    for (const [stack, expected] of [
      ["prod", { serverSideEncryption: "aws:kms", kmsKeyId: true }],
      ["dev", { serverSideEncryption: "AES256", kmsKeyId: false }],
    ] as const) {
      const objects = ofType(await recording(stack), "aws:s3/bucketObjectv2:BucketObjectv2");
      assert.ok(objects.some(({ inputs }) => inputs.key === "variables.json"));
      for (const { name, inputs, deleteBeforeReplace, replaceOnChanges } of objects) {
        const { serverSideEncryption, kmsKeyId } = inputs;
        assert.deepStrictEqual(
          { serverSideEncryption, kmsKeyId: kmsKeyId !== undefined },
          expected,
          name,
        );
        assert.deepStrictEqual(replaceOnChanges, ["serverSideEncryption"], name);
        assert.strictEqual(deleteBeforeReplace, true, name);
      }
    }
  });

  it("puts no object into a bucket of its own before its versions are kept", async () => {
    const prod = await recording("prod");
    const versioning = only(
      prod,
      "aws:s3/bucketVersioning:BucketVersioning",
      "airflow-versioning",
    ).urn;
    for (const object of ofType(prod, "aws:s3/bucketObjectv2:BucketObjectv2")) {
      if (
        object.inputs.bucket === only(prod, "aws:s3/bucket:Bucket", "airflow-bucket").inputs.bucket
      ) {
        assert.ok(allDependencies(prod, object).has(versioning), object.name);
      }
    }
  });

  it("takes away first what keeps its name through a replacement", async () => {
    for (const changes of [{}, { redshift: PROVISIONED }]) {
      for (const { type, name, deleteBeforeReplace } of (await recording("prod", changes))
        .registrations) {
        if (KEEP_THEIR_NAME.includes(type)) {
          assert.strictEqual(deleteBeforeReplace, true, `${type} ${name}`);
        }
      }
    }
  });
});

import assert from "node:assert/strict";

import { PolicyResource } from "@pulumi/policy";

import { repeated } from "../../bench/repeated";
import { evaluate } from "../../policy/evaluate";
import { graphOf } from "../../policy/graph";
import { rules } from "../../policy/index";
import { resource } from "./graph";
import { recording } from "./recorded";
import { Mode } from "./recordings/store";
import { asSeen } from "./seen";

const BUCKET = "aws:s3/bucket:Bucket";
const VERSIONING = "aws:s3/bucketVersioning:BucketVersioning";

/** Resources that count how often a property of any of them is read. */
function counted(resources: readonly PolicyResource[]): { readonly reads: () => number } {
  let reads = 0;
  for (const one of resources) {
    const { props } = one;
    one.props = new Proxy(props, {
      get: (target, property) => {
        reads += 1;
        return (target as Record<string | symbol, unknown>)[property];
      },
    });
  }
  return { reads: () => reads };
}

/** How many properties the rules read of a stack of so many resources. */
function readsOf(mode: Mode, size: number): number {
  const resources = asSeen(repeated(recording("prod", mode), size));
  const { reads } = counted(resources);
  for (const [rule] of rules.filter(([one]) => "checkInStack" in one)) {
    evaluate(rule, resources, {}, "2026-06-30");
  }
  return reads();
}

describe("the index of a stack", () => {
  for (const mode of ["planned", "deployed"] as const) {
    it(`has the rules read in proportion to the stack (${mode})`, () => {
      const copies = recording("prod", mode).length;
      const growth = readsOf(mode, 4 * copies) / readsOf(mode, copies);
      assert.ok(growth <= 4 * 1.3, `four times the resources are read ${growth.toFixed(2)} times`);
    });
  }

  it("is shared by the rules of one stack, and by no other stack", () => {
    const bucket = resource(BUCKET, "bucket", { id: "bucket" });
    const stack = [bucket];
    assert.equal(graphOf(stack), graphOf(stack));
    assert.notEqual(graphOf(stack), graphOf([bucket]));
  });

  it("finds what refers to a resource by its id, its name or its ARN", () => {
    const bucket = resource(BUCKET, "data", { id: "b", bucket: "b", arn: "arn:aws:s3:::b" });
    const by = (name: string, value: string) => resource(VERSIONING, name, { bucket: value });
    const all = [by("id", "b"), by("other", "c"), by("arn", "arn:aws:s3:::b/key"), bucket];
    assert.deepEqual(
      graphOf(all)
        .referring(bucket, "bucket", VERSIONING)
        .map(({ name }) => name),
      ["id", "arn"],
    );
  });

  it("tells resources of one name in two regions apart", () => {
    const group = (name: string, region: string) =>
      resource("aws:redshift/parameterGroup:ParameterGroup", name, {
        name: "wh",
        id: "wh",
        region,
      });
    const cluster = resource("aws:redshift/cluster:Cluster", "cluster", {
      clusterParameterGroupName: "wh",
      region: "eu-west-1",
    });
    const all = [group("us", "us-east-1"), group("eu", "eu-west-1"), cluster];
    assert.deepEqual(
      graphOf(all)
        .referenced(cluster, "clusterParameterGroupName", all[0].type)
        .map(({ name }) => name),
      ["eu"],
    );
  });
});

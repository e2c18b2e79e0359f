import assert from "node:assert/strict";
import * as path from "node:path";

import { assertGolden } from "../goldenFile";
import { RecordedResource } from "./mutant";
import { recording } from "./recorded";

/** Kept for review: a changed graph shows in the diff of a commit. */
const GOLDEN = path.join(__dirname, "..", "golden", "prod.graph.txt");

/** Every resource of a graph, and below it each of its properties that comes of others, with these. */
function described(resources: readonly RecordedResource[]): string {
  return resources
    .flatMap(({ type, name, protect, propertyDependencies }) => [
      `${type} ${name}${protect ? " (protected)" : ""}`,
      ...Object.entries(propertyDependencies)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([property, labels]) => `  ${property} < ${labels.join(", ").replaceAll("::", " ")}`),
    ])
    .map((line) => `${line}\n`)
    .join("");
}

describe("what the engine shows a policy pack", () => {
  it("is of prod's first preview what is expected", () => {
    const found = described(recording("prod", "planned"));
    assertGolden(GOLDEN, found, __filename, "The graph changed.");
  });

  for (const stack of ["dev", "prod", "local"] as const) {
    it(`has of ${stack} the same resources once it is up`, () => {
      const labels = (resources: readonly RecordedResource[]) =>
        resources.map(({ type, name }) => `${type} ${name}`);
      const planned = labels(recording(stack, "planned"));
      assert.ok(planned.length > 50, `${planned.length} resources`);
      assert.deepEqual(labels(recording(stack, "deployed")), planned);
    });

    it(`leaves unknown at ${stack}'s first preview what an update makes known`, () => {
      const ids = (mode: "planned" | "deployed") =>
        recording(stack, mode)
          .filter(({ type }) => type === "aws:ec2/vpc:Vpc")
          .map(({ props }) => String(props.id).startsWith("vpc-"));
      assert.deepEqual([ids("planned"), ids("deployed")], [[false], [true]]);
    });
  }

  it("is a copy, which a test may change", () => {
    const [first] = recording("prod", "planned");
    first.props = {};
    assert.notDeepEqual(recording("prod", "planned")[0].props, {});
  });
});

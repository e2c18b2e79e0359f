import * as fs from "node:fs";
import * as path from "node:path";

import { PolicyPack, PolicyResource } from "@pulumi/policy";
import { isDryRun, unknownValue } from "@pulumi/pulumi/runtime";

import { known } from "../../../policy/unknown";
import { RecordedResource } from "../mutant";

/** A value with the engine's mark in the place of what is not known yet. */
function plain(read: () => unknown): unknown {
  const value = known(read);
  if (value === undefined) {
    return unknownValue;
  }
  if (Array.isArray(value)) {
    const list = value as unknown[];
    return Array.from({ length: list.length }, (_, i) => plain(() => list[i]));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const object = value as Record<string, unknown>;
  return Object.fromEntries(Object.keys(object).map((key) => [key, plain(() => object[key])]));
}

const label = ({ type, name }: PolicyResource) => `${type}::${name}`;

function recorded(resource: PolicyResource): RecordedResource {
  const { type, name, opts, propertyDependencies } = resource;
  return {
    type,
    name,
    props: plain(() => resource.props) as Record<string, unknown>,
    propertyDependencies: Object.fromEntries(
      Object.entries(propertyDependencies)
        .filter(([, resources]) => resources.length > 0)
        .map(([property, resources]) => [property, resources.map(label).sort()]),
    ),
    protect: opts.protect,
  };
}

new PolicyPack("capture", {
  policies: [
    {
      name: "capture",
      description:
        "Writes the resources of the stack to the folder that POLICY_CAPTURE names: those of a preview to " +
        "planned.json, those of an update to deployed.json.",
      enforcementLevel: "advisory",
      validateStack: ({ resources }) => {
        // Objects come and go with the DAGs; no rule looks at one.
        const lasting = resources.filter(
          ({ type }) => type !== "aws:s3/bucketObjectv2:BucketObjectv2",
        );
        const sorted = lasting.map(recorded).sort((a, b) => (key(a) < key(b) ? -1 : 1));
        const file = isDryRun() ? "planned.json" : "deployed.json";
        fs.writeFileSync(
          path.join(process.env.POLICY_CAPTURE as string, file),
          JSON.stringify(sorted, null, 1),
        );
      },
    },
  ],
});

function key({ type, name }: RecordedResource): string {
  return `${type}::${name}`;
}

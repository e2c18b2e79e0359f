import { PolicyResource } from "@pulumi/policy";

import { resource } from "./graph";
import { RecordedResource } from "./mutant";

/** Recorded resources as rules see them. */
export function asSeen(recorded: readonly RecordedResource[]): PolicyResource[] {
  const label = ({ type, name }: RecordedResource) => `${type}::${name}`;
  const seen = new Map(
    recorded.map((r) => [label(r), resource(r.type, r.name, r.props, {}, { protect: r.protect })]),
  );
  for (const r of recorded) {
    const one = seen.get(label(r)) as PolicyResource;
    for (const [property, labels] of Object.entries(r.propertyDependencies)) {
      const found = labels
        .map((l) => seen.get(l))
        .filter((s): s is PolicyResource => s !== undefined);
      one.propertyDependencies[property] = found;
      one.dependencies.push(...found);
    }
  }
  return [...seen.values()];
}

import { unknownValue } from "@pulumi/pulumi/runtime";

import { RecordedResource } from "../test/policy/mutant";

/**
 * A stack recorded once, repeated under other names: each copy has ids, ARNs and names of its own, and refers to
 * its own resources only.
 *
 * @param count how many resources to make; the last copy is cut off there
 */
export function repeated(recorded: readonly RecordedResource[], count: number): RecordedResource[] {
  const text = JSON.stringify(recorded);
  const copies: RecordedResource[] = [];
  for (let copy = 0; copies.length < count; copy += 1) {
    copies.push(...renamed(text, copy));
  }
  return copies.slice(0, count);
}

/** Names of Pulumi's, and the ids that AWS and the provider make up. */
function renamed(text: string, copy: number): RecordedResource[] {
  const hex = copy.toString(16).padStart(4, "0");
  const other = text
    .replace(/\b([a-z]+-[0-9a-f]{13})[0-9a-f]{4}\b/g, `$1${hex}`)
    .replace(/\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{8})[0-9a-f]{4}\b/g, (uuid, head) =>
      uuid === unknownValue ? uuid : `${head as string}${hex}`,
    )
    .replace(/-([0-9a-f]{3})[0-9a-f]{4}(?=["/:-])/g, `-$1${hex}`)
    .replace(/\bprod\b/g, `prod${copy}`)
    .replace(/_prod\b/g, `_prod${copy}`);
  return (JSON.parse(other) as RecordedResource[]).map((one) => ({
    ...one,
    name: `${one.name}-${copy}`,
    propertyDependencies: Object.fromEntries(
      Object.entries(one.propertyDependencies).map(([property, labels]) => [
        property,
        labels.map((label) => `${label}-${copy}`),
      ]),
    ),
  }));
}

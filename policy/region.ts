import { PolicyResource } from "@pulumi/policy";

import { known } from "./unknown";

type Placed = Pick<PolicyResource, "props" | "provider">;

/**
 * The region that a resource is in: its own `region` argument (version 7 of the provider), or else that of an
 * explicit provider. Undefined where neither says so, or it is not known yet.
 */
export function regionOf({ props, provider }: Placed): string | undefined {
  const strings = [
    known(() => props.region as unknown),
    known(() => provider?.props.region as unknown),
  ];
  return strings.find((text): text is string => typeof text === "string" && text !== "");
}

/** Whether two resources may be in one region. A resource without a region is in the provider's own. */
export function mayShareRegion(a: Placed, b: Placed): boolean {
  const [inA, inB] = [regionOf(a), regionOf(b)];
  return inA === undefined || inB === undefined || inA === inB;
}

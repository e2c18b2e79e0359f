import { PolicyResource } from "@pulumi/policy";

import { UNKNOWN, resource } from "../graph";
import { Mode } from "../stack/network";

type Properties = Record<string, unknown>;

/** A reference to another resource of the network, by its name; `property` is the one that names it. */
export class Reference {
  public constructor(
    public readonly to: string,
    public readonly property = "id",
  ) {}
}

export const ref = (to: string, property?: string): Reference => new Reference(to, property);

/** A resource of a network: its type without `aws:` and class, as in `ec2/subnet`, its name, its arguments. */
export type Part = readonly [type: string, name: string, props?: Properties];

const PROVIDED = ["id", "mainRouteTableId", "defaultSecurityGroupId", "defaultNetworkAclId"];

/**
 * The parts as the engine shows them: `planned` knows no id and tells what each property was computed from,
 * `deployed` knows all.
 */
export function build(parts: readonly Part[], mode: Mode): PolicyResource[] {
  const made = new Map<string, PolicyResource>();
  const idOf = ({ to, property }: Reference) =>
    mode === "planned" ? UNKNOWN : property === "id" ? to : `${to}-${property}`;
  const value = (given: unknown): unknown =>
    given instanceof Reference
      ? idOf(given)
      : Array.isArray(given)
        ? given.map(value)
        : typeof given === "object" && given !== null
          ? Object.fromEntries(Object.entries(given).map(([key, one]) => [key, value(one)]))
          : given;
  const references = (given: unknown): Reference[] =>
    given instanceof Reference
      ? [given]
      : typeof given === "object" && given !== null
        ? Object.values(given).flatMap(references)
        : [];
  for (const [short, name, props = {}] of parts) {
    const member = short.split("/")[1];
    const type = `aws:${short}:${member.charAt(0).toUpperCase()}${member.slice(1)}`;
    const provided = Object.fromEntries(
      (member === "vpc" ? PROVIDED : ["id"]).map((property) => [
        property,
        idOf(ref(name, property)),
      ]),
    );
    made.set(name, resource(type, name, { ...provided, ...(value(props) as Properties) }, {}));
  }
  for (const [, name, props = {}] of parts) {
    for (const [property, given] of Object.entries(props)) {
      const found = references(given).map(({ to }) => made.get(to) as PolicyResource);
      if (found.length > 0) {
        (made.get(name) as PolicyResource).propertyDependencies[property] = found;
      }
    }
  }
  return [...made.values()];
}

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

/** What a part is given by AWS: one of the properties that it provides. */
export type Identity = (part: Part, property: string) => string;

const plainIdentity: Identity = ([, name], property) =>
  property === "id" ? name : `${name}-${property}`;

/**
 * The parts as the engine shows them: `planned` knows no id and tells what each property was computed from,
 * `deployed` knows all.
 *
 * @param identity what `deployed` knows; default: the part's name, and behind it the property's
 * @param provides properties that every part provides
 */
export function build(
  parts: readonly Part[],
  mode: Mode,
  identity: Identity = plainIdentity,
  provides: readonly string[] = ["id"],
): PolicyResource[] {
  const made = new Map<string, PolicyResource>();
  const partOf = new Map(parts.map((part) => [part[1], part]));
  const idOf = ({ to, property }: Reference) =>
    mode === "planned" ? UNKNOWN : identity(partOf.get(to) as Part, property);
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
      (member === "vpc" ? [...PROVIDED, ...provides] : provides).map((property) => [
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

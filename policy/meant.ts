import { PolicyResource } from "@pulumi/policy";

import { Graph } from "./graph";
import { lengthOf } from "./lists";
import { known } from "./unknown";
import { textOf } from "./text";
import { Verdict } from "./topology";

/** Resources that a property means. */
export interface Meant {
  readonly resources: readonly PolicyResource[];
  /**
   * The property means all of these and nothing else. Where not, it means some of them, or things that are
   * not of the stack.
   */
  readonly exact: boolean;
}

/**
 * What a property means, and how certain that is. Known values are exact. So is a list of which only the
 * elements are unknown, where it was computed from as many resources as it has elements, and a single value
 * that was computed from one resource. What comes out of a component blends: it was computed from all that
 * the component made.
 */
export function meant(
  graph: Graph,
  resource: PolicyResource,
  property: string,
  ...types: readonly string[]
): Meant {
  const resources = graph.referenced(resource, property, ...types);
  const value = known(() => valueAt(resource, property));
  if (value === undefined) {
    // Unknown as a whole, or missing.
    const missing = isMissing(resource, property);
    return { resources, exact: missing || resources.length === 1 };
  }
  return {
    resources,
    exact: Array.isArray(value) ? value.length === resources.length : resources.length === 1,
  };
}

/** The value at a path with dots in it; throws where it is not known yet. */
export function valueAt(resource: PolicyResource, property: string): unknown {
  let value: unknown = resource.props;
  for (const part of property.split(".")) {
    value = (value as Record<string, unknown> | undefined | null)?.[part];
  }
  return value ?? undefined;
}

function isMissing(resource: PolicyResource, property: string): boolean {
  return known(() => valueAt(resource, property) === undefined) ?? false;
}

/** Whether a property was computed from other resources, so that the program certainly gave it. */
export function isComputed(resource: PolicyResource, property: string): boolean {
  return (resource.propertyDependencies[property] ?? []).length > 0;
}

/**
 * Whether the program gave a list that AWS fills as well: a route table's `routes` hold those of
 * `aws.ec2.Route`, a group's `ingress` the rules of `aws.vpc.SecurityGroupIngressRule`, as of the last
 * refresh, also those that the program has dropped since. The engine tells policies what a property was
 * computed from, but not which ones the program gave.
 *
 * @param hasParts whether the stack has such resources of their own; a list beside them is only their copy
 */
export function isDeclared(resource: PolicyResource, property: string, hasParts: boolean): Verdict {
  const length = known(() => lengthOf(resource.props[property]));
  if (isComputed(resource, property)) {
    return "yes";
  }
  if (length === undefined || length === 0) {
    return "no";
  }
  // Before it is created nothing is there that AWS could have filled in.
  const isMade = known(() => textOf(resource.props.id)) !== undefined;
  return isMade && hasParts ? "no" : "yes";
}

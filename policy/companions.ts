import { PolicyResource } from "@pulumi/policy";

import { Graph } from "./graph";
import { Undecided, known } from "./unknown";

/** What a resource needs beside it, as a bucket its versioning. */
export interface Companion {
  /** Types of what it is for. */
  readonly of: readonly string[];
  /** Types that the companion can have. */
  readonly types: readonly string[];
  /** The companion's property that names what it is for, as in `bucket`. */
  readonly property: string;
  /** The companion in a message, as in `aws.s3.BucketVersioning`. */
  readonly what: string;
  /** What is wrong with a companion that is there: a sentence; undefined where nothing is. */
  readonly fault: (companion: PolicyResource) => string | undefined;
  /** Whether the resource says in its own properties what a companion would. Default: it does not. */
  readonly within?: () => boolean;
}

/**
 * What a rule on companions looks at: the resources that need one, and companions whose resource is not of the
 * stack, which are judged on their own.
 */
export function withLoneCompanions(
  graph: Graph,
  { of, types, property }: Pick<Companion, "of" | "types" | "property">,
): PolicyResource[] {
  return [...graph.ofType(...of), ...graph.pointingOutside(property, of, types)];
}

/** A resource that needs a companion in a message; of a lone companion only its own name is known. */
export function called(
  { type, name }: PolicyResource,
  kind: string,
  of: readonly string[],
): string {
  return of.includes(type) ? `the ${kind} ${name}` : `the ${kind} that ${name} is for`;
}

/**
 * Checks that a resource has a companion in the stack, and that each it has is right; of a companion that is for
 * nothing of the stack, that it is right.
 *
 * @param subject the resource, and in a message what it is, as in `bucket`
 * @throws Undecided where it is not known yet whether a companion is this resource's
 */
export function checkCompanion(
  subject: PolicyResource,
  kind: string,
  graph: Graph,
  report: (message: string, resource?: PolicyResource) => void,
  companion: Companion,
): void {
  if (companion.types.includes(subject.type)) {
    const fault = companion.fault(subject);
    if (fault !== undefined) {
      report(fault);
    }
    return;
  }
  const { certain, possible } = companionsOf(graph, subject, companion);
  for (const own of certain) {
    const fault = companion.fault(own);
    if (fault !== undefined) {
      report(fault, own);
    }
  }
  if (certain.length > 0 || companion.within?.() === true) {
    return;
  }
  if (possible.length > 0) {
    throw new Undecided(
      `whether ${possible.map(({ name }) => name).join(" or ")} is for the ${kind} ${subject.name} ` +
        "is not known yet",
    );
  }
  report(
    `The ${kind} ${subject.name} has no ${companion.what} in the stack; it needs one whose ` +
      `${companion.property} is this ${kind}.`,
  );
}

/**
 * Companions that are certainly a resource's, and those that may be: whose property is not known yet and
 * was computed from more than one such resource, or from none of the stack.
 */
function companionsOf(
  graph: Graph,
  subject: PolicyResource,
  { of, types, property }: Companion,
): { readonly certain: readonly PolicyResource[]; readonly possible: readonly PolicyResource[] } {
  const certain: PolicyResource[] = [];
  const possible: PolicyResource[] = [];
  const candidates = [
    ...graph.referring(subject, property, ...types),
    ...graph
      .pointingOutside(property, of, types)
      .filter(({ props }) => known(() => ({ value: props[property] as unknown })) === undefined),
  ];
  for (const candidate of candidates) {
    const meant = graph.referenced(candidate, property, ...of);
    const isKnown = known(() => ({ value: candidate.props[property] as unknown })) !== undefined;
    const isSubject = meant.some(({ urn }) => urn === subject.urn);
    if (isSubject && (isKnown || meant.length === 1)) {
      certain.push(candidate);
    } else if (isSubject || (!isKnown && meant.length === 0)) {
      possible.push(candidate);
    }
  }
  return { certain, possible };
}

/**
 * A property that the program may give and the provider computes where it does not, such as the policy of a
 * bucket: one that is not known yet counts only if it was computed from another resource.
 *
 * @returns undefined where the program does not give it
 * @throws Undecided where the program gives it a value that is not known yet
 */
export function given(resource: PolicyResource, property: string): unknown {
  const value = known(() => ({ is: resource.props[property] as unknown }));
  if (value === undefined && (resource.propertyDependencies[property] ?? []).length > 0) {
    throw new Undecided(`${property} of ${resource.name} is not known yet`);
  }
  return value?.is ?? undefined;
}

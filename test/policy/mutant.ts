/** A resource of a shipped stack, as it was recorded: free to be changed. */
export interface RecordedResource {
  type: string;
  name: string;
  /** Inputs and computed outputs. */
  props: Record<string, unknown>;
  /** Names of the resources that each property was computed from, as `type::name`. */
  propertyDependencies: Record<string, string[]>;
  protect: boolean;
}

/** One breaking change to a shipped stack that the pack must refuse. */
export interface Mutant {
  /** The rule that must refuse it, and no other. */
  readonly rule: string;
  /** The change, in words. */
  readonly what: string;
  /** The stack that is changed; `prod` where it is left out. */
  readonly stack?: "dev" | "prod" | "local";
  /** Changes the resources in place, or gives back others. */
  readonly mutate: (resources: RecordedResource[]) => RecordedResource[] | void;
  /** Name of the resource that the violation must be on. */
  readonly resource: string;
  /** Rules that cannot but fail as well, each with the reason in a comment beside it. */
  readonly alsoBreaks?: readonly string[];
}

/** There is no such resource: the stack does not list the pipeline that makes it, or it has another name now. */
export class Absent extends Error {}

/**
 * The one resource of that type, and of that name where there are more.
 *
 * @throws Absent where there is none
 */
export function find(
  resources: readonly RecordedResource[],
  type: string,
  name?: string,
): RecordedResource {
  const found = resources.filter((r) => r.type === type && (name === undefined || r.name === name));
  if (found.length !== 1) {
    const Reason = found.length === 0 ? Absent : Error;
    throw new Reason(
      `${found.length} resources ${type} ${name ?? ""}: ${resources.map((r) => r.name).join(", ")}`,
    );
  }
  return found[0];
}

/** All resources but one. */
export function without(
  resources: readonly RecordedResource[],
  type: string,
  name?: string,
): RecordedResource[] {
  const gone = find(resources, type, name);
  return resources.filter((r) => r !== gone);
}

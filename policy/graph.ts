import { PolicyResource } from "@pulumi/policy";

import { mayShareRegion } from "./region";
import { hasUnknown, known } from "./unknown";
import { textOf } from "./text";

/** Properties that name one resource only, wherever it is. */
const UNIQUE = [
  ...["id", "arn", "bucket", "keyId", "allocationId", "roleArn"],
  // What a VPC comes with: each is named where the stack has no resource of its own for it.
  ...["mainRouteTableId", "defaultRouteTableId", "defaultSecurityGroupId", "defaultNetworkAclId"],
];
/** Properties that name one resource of a region, even where the `id` is the same text. */
const PER_REGION = ["name", "clusterIdentifier"];
/** Services whose resources belong to no region. */
const GLOBAL = /^aws:(iam|s3)\//;

/** A resource found by one of its names. */
interface Identified {
  readonly resource: PolicyResource;
  /** The name is unique within a region only. */
  readonly perRegion: boolean;
}

/** The graph of each list of resources, for as long as the list lives. */
const graphs = new WeakMap<object, Graph>();

/** The graph of a stack, built once for all rules that are given the same list. */
export function graphOf(resources: readonly PolicyResource[]): Graph {
  const known = graphs.get(resources);
  if (known !== undefined) {
    return known;
  }
  const graph = new Graph(resources);
  graphs.set(resources, graph);
  return graph;
}

/** The resources of a stack, and how they refer to one another. All of it is indexed when it is first asked for. */
export class Graph {
  private readonly byType = new Map<string, PolicyResource[]>();
  private readonly position = new Map<string, number>();
  private readonly answers = new Map<string, Map<unknown, unknown>>();
  private identities?: Map<string, Identified[]>;

  public constructor(public readonly resources: readonly PolicyResource[]) {
    resources.forEach((resource, index) => {
      append(this.byType, resource.type, resource);
      this.position.set(resource.urn, index);
    });
  }

  /** Whether no property of the stack is unknown any more, as at an update. */
  public isDecided(): boolean {
    return this.once("decided", undefined, () =>
      this.resources.every(({ props }) => !hasUnknown(props)),
    );
  }

  /** The resources of any of these types, in the order of the stack. */
  public ofType(...types: readonly string[]): PolicyResource[] {
    const found = types.flatMap((type) => this.byType.get(type) ?? []);
    return types.length === 1 ? found : this.inOrder(found);
  }

  /** The resource of that URN. */
  public withUrn(urn: string): PolicyResource | undefined {
    const index = this.position.get(urn);
    return index === undefined ? undefined : this.resources[index];
  }

  /**
   * The answer to a question about one resource, or the stack, worked out once.
   *
   * @param question name of the question; the same for all resources
   * @param of the resource; undefined for the stack
   */
  public once<T>(question: string, of: PolicyResource | undefined, answer: () => T): T {
    let answers = this.answers.get(question);
    if (answers === undefined) {
      answers = new Map<unknown, unknown>();
      this.answers.set(question, answers);
    }
    const key = of?.urn;
    if (!answers.has(key)) {
      answers.set(key, answer());
    }
    return answers.get(key) as T;
  }

  /**
   * The resources of these types that a property of `resource` means. Values decide where they are known;
   * at a first preview, where no id is, the engine's record of which resources the property was computed
   * from does.
   *
   * That record is exact for a resource of the stack's own, and inside a component. It blends where a value
   * comes out of a component that was made elsewhere (awsx): then all that the component made is named, and
   * the caller has to tell them apart by what else is known.
   *
   * @param property name of the property, with dots for what lies inside: `networkConfiguration.subnetIds`.
   * @returns none where the property names something outside the stack, or nothing.
   */
  public referenced(
    resource: PolicyResource,
    property: string,
    ...types: readonly string[]
  ): PolicyResource[] {
    return this.allReferenced(resource, property).filter(({ type }) => types.includes(type));
  }

  /** The resources of these types whose property means `resource`. */
  public referring(
    resource: PolicyResource,
    property: string,
    ...types: readonly string[]
  ): PolicyResource[] {
    const found = types.flatMap(
      (type) =>
        this.once(`referring ${property} ${type}`, undefined, () =>
          this.reversed(property, type),
        ).get(resource.urn) ?? [],
    );
    return types.length === 1 ? [...found] : this.inOrder(found);
  }

  /** The resources of these types whose property means none of the stack's of other types, be it known yet or not. */
  public pointingOutside(
    property: string,
    of: readonly string[],
    types: readonly string[],
  ): PolicyResource[] {
    return types.flatMap((type) =>
      this.once(`outside ${property} ${type} ${of.join(" ")}`, undefined, () =>
        this.ofType(type).filter((one) => this.referenced(one, property, ...of).length === 0),
      ),
    );
  }

  /** The resources of a type whose name is not known yet, or not given. */
  public nameless(type: string): PolicyResource[] {
    return this.once(`nameless ${type}`, undefined, () =>
      this.ofType(type).filter(({ props }) => known(() => textOf(props.name)) === undefined),
    );
  }

  /** The resources that any of these values names: by an id, a name, an ARN, or a path that ends in it. */
  public named(values: readonly string[], by?: PolicyResource): PolicyResource[] {
    this.identities ??= this.identified();
    const found: PolicyResource[] = [];
    for (const value of values.filter((one) => typeof one === "string")) {
      for (const text of value.startsWith("arn:") ? [value, bare(value)] : [value]) {
        for (const { resource, perRegion } of this.identities.get(text) ?? []) {
          if (!perRegion || by === undefined || mayShareRegion(by, resource)) {
            found.push(resource);
          }
        }
      }
    }
    return this.inOrder(found);
  }

  /** The resources of these types that the engine says a property was computed from. */
  public computedFrom(
    resource: PolicyResource,
    property: string,
    ...types: readonly string[]
  ): PolicyResource[] {
    return this.inOrder(
      (resource.propertyDependencies[property.split(".")[0]] ?? []).flatMap(
        ({ urn }) => this.withUrn(urn) ?? [],
      ),
    ).filter(({ type }) => types.length === 0 || types.includes(type));
  }

  private allReferenced(resource: PolicyResource, property: string): PolicyResource[] {
    return this.once(`referenced ${property}`, resource, () => this.meantBy(resource, property));
  }

  private meantBy(resource: PolicyResource, property: string): PolicyResource[] {
    const values = valuesAt(resource, property);
    return values !== undefined
      ? this.named(values, resource)
      : this.computedFrom(resource, property);
  }

  private reversed(property: string, type: string): ReadonlyMap<string, PolicyResource[]> {
    const index = new Map<string, PolicyResource[]>();
    for (const candidate of this.ofType(type)) {
      for (const { urn } of this.allReferenced(candidate, property)) {
        append(index, urn, candidate);
      }
    }
    return index;
  }

  private identified(): Map<string, Identified[]> {
    const index = new Map<string, Identified[]>();
    for (const resource of this.resources) {
      const names = new Map<string, boolean>();
      for (const property of [...UNIQUE, ...PER_REGION]) {
        const value = known(() => resource.props[property] as unknown);
        if (typeof value === "string" && value !== "") {
          names.set(value, PER_REGION.includes(property) && !GLOBAL.test(resource.type));
        }
      }
      names.forEach((perRegion, value) => append(index, value, { resource, perRegion }));
    }
    return index;
  }

  private inOrder(resources: readonly PolicyResource[]): PolicyResource[] {
    const unique = [...new Set(resources)];
    return unique.length < 2
      ? unique
      : unique.sort((a, b) => (this.position.get(a.urn) ?? 0) - (this.position.get(b.urn) ?? 0));
  }
}

function append<T>(index: Map<string, T[]>, key: string, value: T): void {
  const list = index.get(key);
  if (list === undefined) {
    index.set(key, [value]);
  } else {
    list.push(value);
  }
}

/** The strings at a property, or undefined where any of them is not known yet. */
function valuesAt(resource: PolicyResource, property: string): string[] | undefined {
  return known(() => {
    let value: unknown = resource.props;
    for (const part of property.split(".")) {
      value = (value as Record<string, unknown> | undefined | null)?.[part];
    }
    // Copied, so that an element that is not known throws here.
    return (Array.isArray(value) ? [...(value as unknown[])] : [value]).filter(
      (one): one is string => typeof one === "string",
    );
  });
}

/** The last part of an ARN: the bucket of `arn:aws:s3:::bucket/key`, the role of `…:role/name`. */
function bare(arn: string): string {
  const [, , service, , , ...rest] = arn.split(":");
  const resource = rest.join(":");
  return service === "s3" ? resource.split("/")[0] : resource.replace(/^[a-z-]+[/:]/, "");
}

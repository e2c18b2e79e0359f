import { PolicyResource } from "@pulumi/policy";

import { known } from "./unknown";

/** Properties that another resource may name a resource by. */
const IDENTITIES = [
  "id",
  "arn",
  "name",
  "bucket",
  "keyId",
  "allocationId",
  "roleArn",
  "clusterIdentifier",
];

/** The resources of a stack, and how they refer to one another. */
export class Graph {
  public constructor(public readonly resources: readonly PolicyResource[]) {}

  /** The resources of any of these types. */
  public ofType(...types: readonly string[]): PolicyResource[] {
    return this.resources.filter(({ type }) => types.includes(type));
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
    const candidates = this.ofType(...types);
    const values = valuesAt(resource, property);
    if (values !== undefined) {
      return candidates.filter((candidate) =>
        identitiesOf(candidate).some((identity) => values.some((value) => names(value, identity))),
      );
    }
    const computedFrom = resource.propertyDependencies[property.split(".")[0]] ?? [];
    return candidates.filter((candidate) => computedFrom.some(({ urn }) => urn === candidate.urn));
  }

  /** The resources of these types whose property means `resource`. */
  public referring(
    resource: PolicyResource,
    property: string,
    ...types: readonly string[]
  ): PolicyResource[] {
    return this.ofType(...types).filter((candidate) =>
      this.referenced(candidate, property, resource.type).some(({ urn }) => urn === resource.urn),
    );
  }
}

/** The texts at a property, or undefined where any of them is not known yet. */
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

function identitiesOf(resource: PolicyResource): string[] {
  return IDENTITIES.map((property) => known(() => resource.props[property] as unknown)).filter(
    (value): value is string => typeof value === "string" && value !== "",
  );
}

/** Whether a value names a thing: its own words, or an ARN or path that ends in them. */
function names(value: string, identity: string): boolean {
  return value === identity || (value.startsWith("arn:") && bare(value) === identity);
}

/** The last part of an ARN: the bucket of `arn:aws:s3:::bucket/key`, the role of `…:role/name`. */
function bare(arn: string): string {
  const [, , service, , , ...rest] = arn.split(":");
  const resource = rest.join(":");
  return service === "s3" ? resource.split("/")[0] : resource.replace(/^[a-z-]+[/:]/, "");
}

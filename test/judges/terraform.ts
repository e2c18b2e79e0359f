import type { RecordedResource } from "../policy/mutant";

/** Types whose names in Terraform follow no rule. */
const TYPES: Readonly<Record<string, string>> = {
  "aws:s3/bucketObjectv2:BucketObjectv2": "aws_s3_object",
};

/** Arguments with keys of the program's own, which are no names of arguments. */
const MAPS = new Set([
  "airflowConfigurationOptions",
  "defaultArguments",
  "parameters",
  "tags",
  "tagsAll",
]);

type Value = Readonly<Record<string, unknown>>;

const snake = (name: string) => name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();

/** Terraform's name of a type: `aws_iam_role` of `aws:iam/role:Role`; what is EC2's goes without it. */
export function terraformType(type: string): string {
  const [, place] = type.split(":");
  const [module, name] = place.split("/");
  const prefix = module === "ec2" ? "" : `${module}_`;
  return TYPES[type] ?? `aws_${prefix}${snake(name)}`;
}

/** Terraform's name of a resource. */
const addressOf = ({ type, name }: { readonly type: string; readonly name: string }) =>
  `${terraformType(type)}.${name.replaceAll(/\W/g, "_")}`;

/**
 * The `aws` resources of a stack as Terraform shows a plan to make them, in JSON.
 *
 * Source: https://developer.hashicorp.com/terraform/internals/json-format
 */
export function terraformPlan(recorded: readonly RecordedResource[]): Value {
  const resources = recorded.filter(({ type }) => type.startsWith("aws:"));
  const addresses = new Map(resources.map((one) => [`${one.type}::${one.name}`, addressOf(one)]));
  const made = resources.map((one) => {
    const address = addressOf(one);
    const [type, name] = address.split(".");
    return { one, head: { address, mode: "managed", type, name, provider_name: PROVIDER } };
  });
  return {
    format_version: "1.2",
    terraform_version: "1.9.0",
    planned_values: {
      root_module: {
        resources: made.map(({ one, head }) => ({ ...head, values: block(one.props) })),
      },
    },
    resource_changes: made.map(({ one, head }) => ({
      ...head,
      change: { actions: ["create"], before: null, after: block(one.props), after_unknown: {} },
    })),
    configuration: {
      root_module: {
        resources: made.map(({ one, head }) => ({
          ...head,
          expressions: referencesOf(one, addresses),
        })),
      },
    },
  };
}

const PROVIDER = "registry.terraform.io/hashicorp/aws";

/** What a resource refers to, by argument, as a configuration says it. */
function referencesOf(
  { propertyDependencies }: RecordedResource,
  addresses: ReadonlyMap<string, string>,
): Value {
  return Object.fromEntries(
    Object.entries(propertyDependencies).flatMap(([argument, labels]) => {
      const references = labels
        .map((label) => addresses.get(label))
        .filter((address) => address !== undefined)
        .flatMap((address) => [`${address}.id`, address]);
      return references.length === 0 ? [] : [[snake(argument), { references }]];
    }),
  );
}

/** An object under Terraform's names: what may be there once or more often is a list of blocks. */
function block(value: Value): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([argument, item]) => {
      if (MAPS.has(argument)) {
        return [snake(argument), item];
      }
      if (Array.isArray(item) && item.some(isObject)) {
        return [singular(snake(argument)), item.map((one) => block(one as Value))];
      }
      return [snake(argument), isObject(item) ? [block(item)] : item];
    }),
  );
}

const isObject = (value: unknown): value is Value =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The package names lists of blocks in the plural, and Terraform in the singular. */
const singular = (name: string) => name.replace(/ies$/, "y").replace(/s$/, "");

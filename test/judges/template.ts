import * as fs from "node:fs";
import * as path from "node:path";

import type {
  Constraint,
  Members,
  NameTable,
  Names,
  TypeConstraints,
} from "../../policy/cloudformation/constraint";
import { constraintsOf } from "../../policy/constraints";

type Properties = Readonly<Record<string, unknown>>;

/** A resource of a stack, as far as it is looked at here. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
}

/** A CloudFormation template, and what of the stack is not in it. */
export interface Template {
  readonly template: { readonly Resources: Readonly<Record<string, unknown>> };
  /** Name of the stack's resource, by the template's name of it. */
  readonly names: Readonly<Record<string, string>>;
  /** Properties of the stack's that are in the template. */
  readonly mapped: number;
  /** Types and arguments without an equivalent that `names.json` does not name: `type` or `type argument`. */
  readonly strangers: readonly string[];
}

const TABLE = JSON.parse(
  fs.readFileSync(path.join(__dirname, "../../policy/cloudformation/names.json"), "utf8"),
) as NameTable;

/** The `aws` resources of a stack as a CloudFormation template, by `names.json`. */
export function template(resources: readonly Resource[]): Template {
  const found: Record<string, Made> = {};
  const names: Record<string, string> = {};
  const strangers = new Set<string>();
  let mapped = 0;
  for (const { type, name, inputs } of resources.filter((one) => one.type.startsWith("aws:"))) {
    const known = constraintsOf(type);
    if (known === undefined) {
      if (!(type in TABLE.without)) {
        strangers.add(type);
      }
      continue;
    }
    const without = { ...TABLE.everywhere, ...TABLE.types[type].without };
    const notThere = (at: string): void => {
      if (!(at in without)) {
        strangers.add(`${type} ${at}`);
      }
    };
    const properties = {
      ...object(withName(name, inputs, known), known, "", notThere, () => (mapped += 1)),
      ...implied(TABLE.types[type].implies, inputs),
    };
    const whole = Object.values(found).find((one) => isPart(type, known, properties, one));
    if (whole === undefined) {
      const logical = `${type.split(":").at(-1)}${Object.keys(found).length}`;
      found[logical] = { Type: known.type, Properties: properties };
      names[logical] = `${type} ${name}`;
    } else {
      Object.assign(whole.Properties, properties);
    }
  }
  return { template: { Resources: found }, names, mapped, strangers: [...strangers].sort() };
}

/** A resource of a template. */
export interface Made {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

/** What the provider puts after a `namePrefix`, and the engine after the name of a resource that has none. */
const PROVIDERS_SUFFIX = "20261129101112131400000001";
const ENGINES_SUFFIX = "-1a2b3c4";

/** Arguments with the name in them that the provider or the engine makes. */
function withName(name: string, inputs: Properties, { properties }: Members): Properties {
  if (!("name" in properties) || "name" in inputs) {
    return inputs;
  }
  const made =
    typeof inputs.namePrefix === "string"
      ? `${inputs.namePrefix}${PROVIDERS_SUFFIX}`
      : `${name}${ENGINES_SUFFIX}`;
  return { ...inputs, name: made };
}

/** Whether what is made of a resource is a part of another one, such as the versioning of a bucket. */
function isPart(
  type: string,
  { type: whole, properties }: TypeConstraints,
  made: Record<string, unknown>,
  other: Made,
): boolean {
  const argument = TABLE.types[type].partOf;
  const name = argument === undefined ? undefined : properties[argument].name;
  return name !== undefined && other.Type === whole && other.Properties[name] === made[name];
}

/** What CloudFormation is told beside the arguments that are given. */
function implied(implies: Names["implies"], inputs: Properties): Record<string, unknown> {
  const given = Object.entries(implies ?? {}).filter(([argument]) => argument in inputs);
  return Object.assign({}, ...given.map(([, more]) => more)) as Record<string, unknown>;
}

/** An object under CloudFormation's names. */
function object(
  value: Properties,
  members: Members,
  path: string,
  notThere: (at: string) => void,
  count: () => void,
): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [argument, item] of Object.entries(value)) {
    const at = path === "" ? argument : `${path}.${argument}`;
    const constraint = members.properties[argument] as Constraint | undefined;
    if (item === undefined || item === null) {
      continue;
    }
    if (constraint === undefined) {
      notThere(at);
      continue;
    }
    count();
    put(made, constraint.name.split("."), converted(item, constraint, at, notThere, count));
  }
  return made;
}

/** Puts a value at a place inside an object; `[]` is the one element of a list. */
function put(
  inside: Record<string, unknown>,
  [place, next, ...deeper]: readonly string[],
  value: unknown,
): void {
  if (next === undefined) {
    inside[place] = value;
  } else if (next === "[]") {
    const [element] = (inside[place] ??= [{}]) as [Record<string, unknown>];
    put(element, deeper, value);
  } else {
    put((inside[place] ??= {}) as Record<string, unknown>, [next, ...deeper], value);
  }
}

function converted(
  value: unknown,
  constraint: Constraint,
  at: string,
  notThere: (at: string) => void,
  count: () => void,
): unknown {
  const inside = (item: unknown): unknown =>
    constraint.items === undefined ? item : converted(item, constraint.items, at, notThere, count);
  switch (constraint.kind) {
    case "list":
      return (value as unknown[]).map(inside);
    case "one":
      return [inside(value)];
    case "map":
      return Object.fromEntries(
        Object.entries(value as Properties).map(([key, item]) => [key, inside(item)]),
      );
    case "tags":
      return Object.entries(value as Properties).map(([Key, Value]) => ({ Key, Value }));
    case "object":
      return object(value as Properties, constraint.members as Members, at, notThere, count);
    case "json":
      return JSON.parse(value as string) as unknown;
    case "number":
      return Number(value);
    default:
      return value;
  }
}

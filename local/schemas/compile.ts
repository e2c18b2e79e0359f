import type {
  Constraint,
  Members,
  Names,
  TypeConstraints,
} from "../../policy/cloudformation/constraint";
import type { Argument, Member } from "./arguments";
import { type Schema, alternatives, portable, propertyAt, typesOf } from "./schema";

/** What the schemas say, and cfn-lint's formats. */
export interface Schemas {
  readonly version: string;
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly formats: Readonly<Record<string, string>>;
}

/** Constraints of a type, from its arguments, its schema and how their names differ. */
export function compileType(
  type: string,
  names: Names,
  members: Readonly<Record<string, Member>>,
  { schemas, formats }: Schemas,
): TypeConstraints {
  const compiler = new Compiler(type, names, formats);
  const schema = writable(schemas[names.type]);
  const whole = names.partOf === undefined ? schema : { properties: schema.properties };
  const around = names.within === undefined ? whole : propertyAt(schema, names.within);
  if (around === undefined) {
    throw new Error(`names.json: ${names.type} has no ${names.within} for ${type}`);
  }
  const compiled = compiler.members(members, around, "");
  compiler.checkNames();
  const properties = Object.entries(compiled.properties).map(
    ([argument, constraint]) =>
      [
        argument,
        names.within === undefined
          ? constraint
          : { ...constraint, name: `${names.within}.${constraint.name}` },
      ] as const,
  );
  return {
    type: names.type,
    ...compiled,
    properties: Object.fromEntries(properties),
    notJudged: Object.keys(members).filter((name) => !(name in compiled.properties)),
  };
}

/** A schema without what AWS alone sets. */
function writable(schema: Schema): Schema {
  const readOnly = (schema.readOnlyProperties ?? []).map((at) => at.replace("/properties/", ""));
  return {
    ...schema,
    properties: Object.fromEntries(
      Object.entries(schema.properties ?? {}).filter(([name]) => !readOnly.includes(name)),
    ),
  };
}

class Compiler {
  private readonly used = new Set<string>();
  private readonly resource: string;

  public constructor(
    private readonly type: string,
    private readonly names: Names,
    private readonly formats: Readonly<Record<string, string>>,
  ) {
    this.resource = names.type.split("::").at(-1) ?? "";
  }

  /** @throws Error naming an exception that fits nothing. */
  public checkNames(): void {
    const { properties = {}, without = {}, filledIn = [], looser = {}, stricter = {} } = this.names;
    const unused = [properties, without, looser, stricter]
      .flatMap((table) => Object.keys(table))
      .concat(filledIn)
      .filter((path) => !this.used.has(path));
    if (unused.length > 0) {
      throw new Error(`names.json: ${this.type} has no ${unused.join(", ")}`);
    }
  }

  /** What holds for the members of an object. `path` is where it is in Pulumi's resource. */
  public members(given: Readonly<Record<string, Member>>, schema: Schema, path: string): Members {
    const properties: Record<string, Constraint> = {};
    const byName = new Map<string, string>();
    for (const [argument, { argument: shape }] of Object.entries(given)) {
      const at = path === "" ? argument : `${path}.${argument}`;
      const name = this.nameOf(argument, at, schema, path === "");
      const property = name === undefined ? undefined : propertyAt(schema, name);
      const constraint =
        name === undefined || property === undefined
          ? undefined
          : this.constraint(name, shape, property, at);
      if (name !== undefined && constraint !== undefined) {
        properties[argument] = { ...constraint, ...this.stricter(at) };
        byName.set(name, argument);
      }
    }
    return { properties, ...this.among(given, schema, byName, path) };
  }

  /** What the API says of an argument beside the schema. */
  private stricter(at: string): Partial<Constraint> {
    const found = this.names.stricter?.[at];
    if (found === undefined) {
      return {};
    }
    this.used.add(at);
    const { required: _, source: __, ...constraint } = found;
    return constraint;
  }

  private nameOf(
    argument: string,
    at: string,
    schema: Schema,
    outermost: boolean,
  ): string | undefined {
    const own = this.names.properties?.[at];
    if (own !== undefined) {
      this.used.add(at);
      if (propertyAt(schema, own) === undefined) {
        throw new Error(`names.json: ${this.names.type} has no ${own} for ${this.type} ${at}`);
      }
      return own;
    }
    if (at in (this.names.without ?? {})) {
      this.used.add(at);
      return undefined;
    }
    const wanted = normal(argument);
    const candidates = [wanted, ...(outermost ? [normal(`${this.resource}${argument}`)] : [])];
    const found = Object.keys(schema.properties ?? {}).filter((name) =>
      candidates.includes(normal(name)),
    );
    return found.length === 1 ? found[0] : found.find((name) => normal(name) === wanted);
  }

  private constraint(
    name: string,
    given: Argument,
    schema: Schema,
    path: string,
  ): Constraint | undefined {
    const types = typesOf(schema);
    if (given.kind === "any") {
      return { name, kind: "any" };
    }
    if (given.kind === "map") {
      return this.map(name, given.of, schema, path);
    }
    if (given.kind === "list") {
      const items = types.includes("array")
        ? this.constraint("", given.of, schema.items ?? {}, path)
        : undefined;
      return items && { name, kind: "list", ...this.pick(schema, path, LIST), items };
    }
    if (types.includes("array") && !types.includes("string")) {
      // A block that the provider takes one of, and CloudFormation a list.
      const items = this.constraint("", given, schema.items ?? {}, path);
      return items && { name, kind: "one", items };
    }
    if (given.kind === "object") {
      return types.includes("object")
        ? { name, kind: "object", members: this.members(given.members, schema, path) }
        : undefined;
    }
    if (given.kind === "string" && types.includes("object")) {
      return { name, kind: "json", ...this.pick(schema, path, TEXT) };
    }
    return this.scalar(name, given.kind, types, schema, path);
  }

  private scalar(
    name: string,
    kind: "string" | "number" | "boolean",
    types: readonly string[],
    schema: Schema,
    path: string,
  ): Constraint | undefined {
    const numeric = types.some((type) => type === "integer" || type === "number");
    if (numeric && kind !== "boolean") {
      return { name, kind: "number", ...this.pick(schema, path, NUMBER) };
    }
    if (types.includes("boolean")) {
      return kind === "number" ? undefined : { name, kind: "boolean" };
    }
    if (!types.includes("string") || kind === "boolean") {
      return undefined;
    }
    return { name, kind: "string", ...this.pick(schema, path, TEXT), ...this.format(schema, path) };
  }

  private map(name: string, of: Argument, schema: Schema, path: string): Constraint | undefined {
    const types = typesOf(schema);
    if (types.includes("object")) {
      const [[keys, values] = [undefined, undefined]] = Object.entries(
        schema.patternProperties ?? {},
      );
      const items = this.constraint("", of, values ?? { type: "string" }, path);
      const fits = keys === undefined ? undefined : portable(keys);
      return {
        name,
        kind: "map",
        ...(fits === undefined ? {} : { keys: { name: "", kind: "string", pattern: fits } }),
        ...(items === undefined ? {} : { items }),
      };
    }
    const { Key: key, Value: value } = schema.items?.properties ?? {};
    if (!types.includes("array") || key === undefined || value === undefined) {
      return undefined;
    }
    const keys = this.constraint("", { kind: "string" }, key, path);
    const items = this.constraint("", of, value, path);
    return {
      name,
      kind: "tags",
      ...this.pick(schema, path, LIST),
      ...(keys && { keys }),
      ...(items && { items }),
    };
  }

  private format({ format }: Schema, path: string): Pick<Constraint, "pattern"> {
    const pattern = format === undefined ? undefined : this.formats[format];
    return pattern === undefined || this.isLooser(path) ? {} : { pattern: portable(pattern) };
  }

  private isLooser(path: string): boolean {
    const found = path in (this.names.looser ?? {});
    if (found) {
      this.used.add(path);
    }
    return found;
  }

  private pick(
    schema: Schema,
    path: string,
    keywords: readonly (keyof Constraint & keyof Schema)[],
  ): Partial<Constraint> {
    if (this.isLooser(path)) {
      return {};
    }
    const whole = { ...schema, ...(schema.const === undefined ? {} : { enum: [schema.const] }) };
    const picked = Object.fromEntries(
      keywords.filter((keyword) => keyword in whole).map((keyword) => [keyword, whole[keyword]]),
    ) as { pattern?: string } & Partial<Constraint>;
    const { pattern, ...others } = picked;
    const fits = pattern === undefined ? undefined : portable(pattern);
    return { ...others, ...(fits === undefined ? {} : { pattern: fits }) };
  }

  /** What the schema says of properties together, as far as all of them are arguments. */
  private among(
    given: Readonly<Record<string, Member>>,
    schema: Schema,
    byName: ReadonlyMap<string, string>,
    path: string,
  ): Omit<Members, "properties"> {
    const filledIn = this.names.filledIn ?? [];
    const required = (schema.required ?? [])
      .map((name) => byName.get(name))
      .filter((argument): argument is string => argument !== undefined)
      .filter((argument) => {
        const at = path === "" ? argument : `${path}.${argument}`;
        if (filledIn.includes(at)) {
          this.used.add(at);
          return false;
        }
        return !given[argument].optional;
      });
    const asked = Object.keys(given).filter(
      (argument) =>
        this.names.stricter?.[path === "" ? argument : `${path}.${argument}`]?.required === true,
    );
    required.push(...asked.filter((argument) => !required.includes(argument)));
    const exactlyOne = lists(byName, [schema.requiredXor, alternatives(schema.oneOf)]);
    const atLeastOne = lists(byName, [schema.requiredOr, alternatives(schema.anyOf)]);
    const strict = (found: Record<string, string[]>): Record<string, string[]> =>
      Object.fromEntries(
        Object.entries(found).filter(
          ([argument]) => !this.isLooser(path === "" ? argument : `${path}.${argument}`),
        ),
      );
    const excludes = strict(dependent(byName, schema.dependentExcluded));
    const requires = strict(dependent(byName, schema.dependentRequired, true));
    return {
      ...(required.length > 0 ? { required } : {}),
      ...(exactlyOne.length > 0 ? { exactlyOne } : {}),
      ...(atLeastOne.length > 0 ? { atLeastOne } : {}),
      ...(Object.keys(excludes).length > 0 ? { excludes } : {}),
      ...(Object.keys(requires).length > 0 ? { requires } : {}),
    };
  }
}

const TEXT = ["pattern", "enum", "minLength", "maxLength"] as const;
const NUMBER = ["enum", "minimum", "maximum"] as const;
const LIST = ["minItems", "maxItems"] as const;

/** A name in lower case and in the singular, so that `SubnetIds` is `subnetId`. */
function normal(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .replace(/ies$/, "y")
    .replace(/([^s])s$/, "$1");
}

/** Lists of properties as lists of arguments, without those that have a property without an argument. */
function lists(
  byName: ReadonlyMap<string, string>,
  named: readonly (readonly string[] | undefined)[],
): string[][] {
  return named
    .filter((list) => list !== undefined)
    .map((list) => list.map((name) => byName.get(name)))
    .filter((list): list is string[] => list.every((argument) => argument !== undefined));
}

function dependent(
  byName: ReadonlyMap<string, string>,
  named: Readonly<Record<string, readonly string[]>> | undefined,
  whole = false,
): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [name, others] of Object.entries(named ?? {})) {
    const argument = byName.get(name);
    const mapped = others.map((other) => byName.get(other)).filter((other) => other !== undefined);
    if (
      argument !== undefined &&
      mapped.length > 0 &&
      (!whole || mapped.length === others.length)
    ) {
      found[argument] = mapped;
    }
  }
  return found;
}

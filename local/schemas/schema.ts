/** The part of a resource schema that is read here. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly pattern?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly requiredXor?: readonly string[];
  readonly requiredOr?: readonly string[];
  readonly dependentExcluded?: Readonly<Record<string, readonly string[]>>;
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly readOnlyProperties?: readonly string[];
}

/** The JSON types that a schema admits; a schema that names none is known by what else it says. */
export function typesOf({ type, properties, enum: values, pattern }: Schema): readonly string[] {
  if (type === undefined) {
    return properties !== undefined ? ["object"] : (values ?? pattern) ? ["string"] : [];
  }
  return typeof type === "string" ? [type] : type;
}

/** The property at a path such as `DatabaseInput.Name`; `[]` is the one element of a list. */
export function propertyAt(schema: Schema, path: string): Schema | undefined {
  return path
    .split(".")
    .reduce<Schema | undefined>(
      (found, name) => (name === "[]" ? found?.items : found?.properties?.[name]),
      schema,
    );
}

/** The names of `[{required: [a]}, {required: [b]}]`; undefined where it says something else. */
export function alternatives(
  schemas: readonly Schema[] | undefined,
): readonly string[] | undefined {
  const named = (schemas ?? []).map((schema) =>
    Object.keys(schema).every((key) => key === "required") && schema.required?.length === 1
      ? schema.required[0]
      : undefined,
  );
  return named.length > 1 && named.every((name) => name !== undefined) ? named : undefined;
}

/** A pattern that JavaScript takes; undefined where it says nothing or cannot be put. */
export function portable(pattern: string): string | undefined {
  if (/^\^?\.?[*+]?\$?$|^\[\\s\\S\]\*$/.test(pattern)) {
    return undefined;
  }
  const ours = pattern
    // Classes of POSIX, and ends that Java has a letter for.
    .replaceAll("[[:alnum:]]", "[A-Za-z0-9]")
    .replaceAll("\\A", "^")
    .replaceAll("\\Z", "$")
    .replaceAll("\\z", "$");
  return [...REGULAR_EXPRESSION_FLAGS].some((flags) => compiles(ours, flags)) ? ours : undefined;
}

/** Flags to try a pattern with: `\p{L}` needs `u`, which refuses escapes such as `\_`. */
const REGULAR_EXPRESSION_FLAGS = ["u", ""];

function compiles(pattern: string, flags: string): boolean {
  try {
    new RegExp(pattern, flags);
    return flags === "u" || !/\\p\{/i.test(pattern);
  } catch {
    return false;
  }
}

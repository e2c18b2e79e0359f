/** What of a JSON schema the parameters of rules use. */
export interface Schema {
  readonly type?: string;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

const IS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** What is wrong with a value, as the engine will say it; none where nothing is. */
export function faultsOfValue(value: unknown, schema: Schema, path: string): string[] {
  const { type, items, minimum = -Infinity, maximum = Infinity } = schema;
  const is = `${path} is ${JSON.stringify(value)}`;
  if (type !== undefined && IS[type]?.(value) === false) {
    return [`${is}; it takes a value of the type ${type}.`];
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return [`${is}; it takes ${schema.enum.map(String).join(", ")}.`];
  }
  if (typeof value === "number" && (value < minimum || value > maximum)) {
    return [`${is}; it takes ${minimum} to ${maximum}.`];
  }
  return items === undefined || !Array.isArray(value)
    ? []
    : value.flatMap((one, index) => faultsOfValue(one, items, `${path}[${index}]`));
}

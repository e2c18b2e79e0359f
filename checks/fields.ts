import type { Problem } from "./problem";

/** What a field of a structured setting may hold. */
export interface Field {
  readonly holds: (value: unknown) => boolean;
  /** The same in words. */
  readonly allowed: string;
}

export function oneOf(...values: readonly string[]): Field {
  return {
    holds: (value) => values.some((allowed) => allowed === value),
    allowed: values.join(", "),
  };
}

export function whole(least: number, most: number): Field {
  return {
    holds: (value) =>
      Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
    allowed: `a whole number from ${least} to ${most}`,
  };
}

export function matching(pattern: RegExp, allowed: string): Field {
  return { holds: (value) => typeof value === "string" && pattern.test(value), allowed };
}

/**
 * Reads a structured setting whose fields each have a default or may be left out.
 *
 * @param setting its key
 * @param fields what each field may hold
 * @param defaults values of the fields that are not given
 * @param value what was found
 */
export function readFields<T extends object>(
  setting: string,
  fields: Readonly<Record<keyof T & string, Field>>,
  defaults: T,
  value: Record<string, unknown>,
): { readonly fields: T; readonly problems: Problem[] } {
  const problems = Object.entries(value).flatMap(([name, found]): Problem[] => {
    if (!(name in fields)) {
      return [
        {
          setting: `${setting}.${name}`,
          value: found,
          allowed: `one of ${Object.keys(fields).join(", ")}`,
          remedy: "Remove it or correct its name.",
        },
      ];
    }
    const { holds, allowed } = fields[name as keyof T & string];
    return holds(found)
      ? []
      : [{ setting: `${setting}.${name}`, value: found, allowed, remedy: "Correct the value." }];
  });
  return { fields: { ...defaults, ...(value as Partial<T>) }, problems };
}

import { type Field, readFields } from "./fields";
import type { Problem } from "./problem";

/** A setting, told once: `Pulumi.yaml`, the page of settings and the checks are made from it. */
export interface Declaration<T = unknown> {
  readonly type: "string" | "object" | "array";
  /** Type of a list's elements. */
  readonly items?: "string" | "object";
  /** Value of a stack that does not set it, as the configuration has it. */
  readonly default: unknown;
  /** A sentence. */
  readonly description: string;
  /** Fields of an object, by their names. */
  readonly fields?: Readonly<Record<string, FieldDeclaration>>;
  /**
   * Checks what a stack has set.
   *
   * @param key name of the setting, for messages
   * @param found its value
   */
  readonly read: (
    key: string,
    found: unknown,
  ) => { readonly value: T; readonly problems: Problem[] };
}

/** A field of a structured setting. */
export interface FieldDeclaration<T = unknown> extends Field {
  /** Value where it is not given; undefined: it may be left out. */
  readonly default: T;
  /** A sentence. */
  readonly description: string;
}

/** What is read of a value that has not even the shape of its setting's. */
export function misfit<T>(
  setting: string,
  found: unknown,
  allowed: string,
  standard: T,
): ReturnType<Declaration<T>["read"]> {
  return {
    value: standard,
    problems: [{ setting, value: found, allowed, remedy: "Correct the value." }],
  };
}

/** Settings by their keys, each with the type that its declaration reads. */
export type Declarations<T> = { readonly [K in keyof T]: Declaration<T[K]> };

/** A setting that is one string. */
export function text(
  { holds, allowed }: Field,
  standard: string,
  description: string,
): Declaration<string> {
  return {
    type: "string",
    default: standard,
    description,
    read: (setting, found) =>
      holds(found)
        ? { value: found as string, problems: [] }
        : misfit(setting, found, allowed, standard),
  };
}

/** A field with its default. */
export function field<T>(check: Field, standard: T, description: string): FieldDeclaration<T> {
  return { ...check, default: standard, description };
}

/**
 * A setting with fields.
 *
 * @param also looks at the fields together, once each is valid
 */
export function record<T extends object>(
  description: string,
  fields: { readonly [K in keyof T]-?: FieldDeclaration<T[K]> },
  also: (key: string, value: T) => Problem[] = () => [],
): Declaration<T> {
  const defaults = Object.fromEntries(
    Object.entries<FieldDeclaration>(fields as Record<string, FieldDeclaration>)
      .filter(([, { default: standard }]) => standard !== undefined)
      .map(([name, { default: standard }]) => [name, standard]),
  ) as T;
  const declared = fields as Readonly<Record<keyof T & string, FieldDeclaration>>;
  return {
    type: "object",
    default: {},
    description,
    fields: declared,
    read: (key, found) => {
      if (typeof found !== "object" || found === null || Array.isArray(found)) {
        return misfit(key, found, "a map", defaults);
      }
      const { fields: value, problems } = readFields(
        key,
        declared,
        defaults,
        found as Record<string, unknown>,
      );
      return { value, problems: problems.length > 0 ? problems : also(key, value) };
    },
  };
}

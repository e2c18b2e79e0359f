import type { Declaration } from "./declaration";
import { DEFAULTS, type Key } from "./defaults";
import type { Problem } from "./problem";

/** The part of `pulumi.Config` that settings are read through. */
export interface ConfigSource {
  /** String of a key of the project, structured values as JSON; undefined when the key is not set. */
  get(key: string): string | undefined;
  /** Whether something of a key is encrypted in the stack's file. Default: that is not known. */
  isSecret?(key: string): boolean;
  /** Value of a key as the stack's file has it, encrypted values as maps of `secure`; undefined: that is not known. */
  written?(key: string): unknown;
}

export type Reader = ReturnType<typeof reader>;

/** Typed access to the configuration; what does not fit is noted and its default stands in. */
export function reader(source: ConfigSource, problems: Problem[]) {
  const reject = <T>(key: Key, value: unknown, allowed: string, otherwise: T): T => {
    problems.push({ setting: key, value, allowed, remedy: "Correct the value." });
    return otherwise;
  };
  const fallback = (key: Key): string => {
    const value: unknown = DEFAULTS[key];
    return typeof value === "string" ? value : JSON.stringify(value);
  };
  const text = (key: Key): string => source.get(key) ?? fallback(key);
  const parsed = (key: Key): unknown => {
    const found = source.get(key);
    return found === undefined ? DEFAULTS[key] : parsedText(found);
  };
  return {
    text,
    flag: (key: Key): boolean => {
      const found = text(key);
      return found === "true" || found === "false"
        ? found === "true"
        : reject(key, found, "true or false", false);
    },
    integer: (key: Key): number => {
      const found = text(key);
      return /^\d{1,9}$/.test(found)
        ? Number(found)
        : reject(key, found, "a whole number", DEFAULTS[key] as number);
    },
    oneOf: <T extends number>(key: Key, allowed: readonly T[]): number => {
      const found = text(key);
      return allowed.map(String).includes(found)
        ? Number(found)
        : reject(key, found, allowed.join(", "), DEFAULTS[key] as number);
    },
    choice: <T extends string>(key: Key, allowed: readonly T[]): T => {
      const found = text(key) as T;
      return allowed.includes(found)
        ? found
        : reject(key, found, allowed.join(", "), DEFAULTS[key] as unknown as T);
    },
    matching: (key: Key, pattern: RegExp, allowed: string): string => {
      const found = text(key);
      return pattern.test(found) ? found : reject(key, found, allowed, fallback(key));
    },
    declared: <T>(key: string, declaration: Declaration<T>): T => {
      const found = source.get(key);
      const given =
        found === undefined
          ? declaration.default
          : declaration.type === "string"
            ? found
            : parsedText(found);
      const { value, problems: own } = declaration.read(key, given);
      problems.push(...own);
      return value;
    },
    optional: (key: Key, pattern: RegExp, allowed: string): string | undefined => {
      const found = text(key);
      if (found === "") {
        return undefined;
      }
      return pattern.test(found) ? found : reject(key, found, `${allowed}, or empty`, undefined);
    },
    list: (key: Key): readonly string[] => {
      const found = parsed(key);
      return Array.isArray(found) && found.every((item) => typeof item === "string")
        ? found
        : reject(key, found, "a list of strings", DEFAULTS[key] as unknown as readonly string[]);
    },
    object: (key: Key): Record<string, unknown> => {
      const found = parsed(key);
      return typeof found === "object" && found !== null && !Array.isArray(found)
        ? (found as Record<string, unknown>)
        : reject(key, found, "a map", DEFAULTS[key] as unknown as Record<string, unknown>);
    },
  };
}

function parsedText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

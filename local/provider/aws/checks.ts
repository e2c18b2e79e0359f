import { unknownValue as UNKNOWN } from "@pulumi/pulumi/runtime";

/** Says what is wrong with a value; undefined where nothing is. */
export type Check = (value: unknown) => string | undefined;

export const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value as string) ? undefined : `must be one of ${values.join(", ")}`;

export const between =
  (least: number, most: number): Check =>
  (value) =>
    typeof value === "number" && value >= least && value <= most
      ? undefined
      : `must be from ${least} to ${most}`;

export const atLeast =
  (least: number): Check =>
  (value) =>
    typeof value === "number" && value >= least ? undefined : `must be at least ${least}`;

export const atMost =
  (most: number): Check =>
  (value) =>
    typeof value === "number" && value <= most ? undefined : `must be at most ${most}`;

export const among =
  (...values: number[]): Check =>
  (value) =>
    values.includes(value as number) ? undefined : `must be one of ${values.join(", ")}`;

export const length =
  (least: number, most: number): Check =>
  (value) =>
    typeof value === "string" && value.length >= least && value.length <= most
      ? undefined
      : `must have ${least} to ${most} characters`;

export const items =
  (least: number): Check =>
  (value) =>
    Array.isArray(value) && value.length >= least ? undefined : `must have ${least} items or more`;

export const pattern =
  (expression: RegExp): Check =>
  (value) =>
    typeof value === "string" && expression.test(value)
      ? undefined
      : `must match ${expression.source}`;

export const all =
  (...checks: Check[]): Check =>
  (value) =>
    checks.map((check) => check(value)).find((complaint) => complaint !== undefined);

export const arn = pattern(/^arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}|aws|aws-managed)?:.+$/);

export const json: Check = (value) => {
  try {
    JSON.parse(value as string);
    return undefined;
  } catch (error) {
    return `must be JSON: ${(error as Error).message}`;
  }
};

/** A policy document, as IAM's parser takes it: JSON that begins with the brace. */
export const policyDocument: Check = (value) =>
  typeof value === "string" && value.startsWith("{")
    ? json(value)
    : "must be JSON that begins with {";

/** Checks each item of a list that is known. */
export const each =
  (check: Check): Check =>
  (value) =>
    (value as unknown[])
      .filter((item) => item !== UNKNOWN)
      .map((item) => check(item))
      .find((complaint) => complaint !== undefined);

export const unlike =
  (expression: RegExp, words: string): Check =>
  (value) =>
    expression.test(value as string) ? `must not ${words}` : undefined;

/** The official provider's check of an ARN, turned around: a name is wanted. */
export const noArn: Check = (value) =>
  arn(value) === undefined ? "must be a name, not an ARN" : undefined;

/** An IPv4 network: the address is the first of its block. */
export const ipv4Network =
  (shortest = 0, longest = 32): Check =>
  (value) => {
    const [, address, length] =
      /^((?:\d{1,3}\.){3}\d{1,3})\/(\d{1,2})$/.exec(value as string) ?? [];
    const parts = address?.split(".").map(Number) ?? [];
    const bits = Number(length);
    if (address === undefined || parts.some((part) => part > 255) || bits > 32) {
      return "must be an IPv4 network";
    }
    if (bits < shortest || bits > longest) {
      return `must be an IPv4 network of ${shortest} to ${longest} bits`;
    }
    const number = parts.reduce((sum, part) => sum * 256 + part, 0);
    return number % 2 ** (32 - bits) === 0 ? undefined : "must begin with the first address";
  };

/** What is wrong with inputs together, where just one of some has to be given: one that is not known yet counts. */
export function exactlyOne(
  inputs: Readonly<Record<string, unknown>>,
  ...names: string[]
): string | undefined {
  const given = names.filter((name) => inputs[name] !== undefined && inputs[name] !== null);
  return given.length === 1
    ? undefined
    : `exactly one of ${names.join(", ")} must be given, not ${given.length}`;
}

/**
 * Runs a row's checks over what is known of its inputs.
 *
 * @throws Error naming the subject, the input, the value and what is wrong with it.
 */
export function requireValid(
  subject: string,
  checks: Readonly<Record<string, Check>>,
  value: unknown,
  path = "",
): void {
  if (Array.isArray(value)) {
    value.forEach((item) => requireValid(subject, checks, item, path));
    return;
  }
  if (typeof value !== "object" || value === null) {
    return;
  }
  for (const [key, part] of Object.entries(value)) {
    const own = path === "" ? key : `${path}.${key}`;
    if (part !== UNKNOWN && part !== undefined && part !== null) {
      const complaint = checks[own]?.(part);
      if (complaint !== undefined) {
        throw new Error(`${subject}: ${own} ${JSON.stringify(part)} ${complaint}`);
      }
      requireValid(subject, checks, part, own);
    }
  }
}

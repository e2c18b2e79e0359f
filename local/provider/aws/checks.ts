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

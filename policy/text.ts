/** A text as it is; undefined for what is none, as a number or null. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

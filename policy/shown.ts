/** A value as a message shows it; "missing" where there is none. */
export function shown(value: unknown): string {
  return value === undefined || value === null
    ? "missing"
    : typeof value === "string"
      ? value
      : JSON.stringify(value);
}

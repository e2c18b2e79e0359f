/** A value that may be one or a list of them, as a list. */
export function listOf<T>(value: T | readonly T[] | undefined | null): T[] {
  if (value === undefined || value === null) {
    return [];
  }
  return Array.isArray(value) ? Array.from(value as readonly T[]) : [value as T];
}

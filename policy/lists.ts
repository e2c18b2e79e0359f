/** A value that may be one or a list of them, as a list. */
export function listOf<T>(value: T | readonly T[] | undefined | null): T[] {
  if (value === undefined || value === null) {
    return [];
  }
  return Array.isArray(value) ? Array.from(value as readonly T[]) : [value as T];
}

/** How many elements a list has, known yet or not; none where it is no list. */
export function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

/** The objects of a list; an element that is none, as null, is left out. */
export function objectsOf(value: unknown): Readonly<Record<string, unknown>>[] {
  return listOf(value).filter(
    (one): one is Record<string, unknown> =>
      typeof one === "object" && one !== null && !Array.isArray(one),
  );
}

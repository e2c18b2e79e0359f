import type { Change } from "./row";

/** A resource that may have tags. */
export interface Tagged {
  readonly tags?: Readonly<Record<string, string>>;
}

/** How a service takes tags off a resource and puts them on. */
interface TagCalls {
  readonly untag: (keys: string[]) => Promise<unknown>;
  readonly tag: (tags: Record<string, string>) => Promise<unknown>;
}

/** Changes tags as the official provider does: takes off those that are gone, puts on those that are new or differ. */
export async function changeTags<Args extends Tagged>(
  { inputs, olds, changed }: Pick<Change<Args>, "inputs" | "olds" | "changed">,
  { untag, tag }: TagCalls,
): Promise<void> {
  if (!changed.has("tags")) {
    return;
  }
  const [before, after] = [olds.tags ?? {}, inputs.tags ?? {}];
  const gone = Object.keys(before).filter((key) => !(key in after));
  if (gone.length > 0) {
    await untag(gone);
  }
  const other = Object.entries(after).filter(([key, value]) => before[key] !== value);
  if (other.length > 0) {
    await tag(Object.fromEntries(other));
  }
}

/** Tags as most services want them. */
export function tagList(tags: Tagged["tags"]) {
  return Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags as services of a newer make want them. */
export function lowerTagList(tags: Tagged["tags"]) {
  return Object.entries(tags ?? {}).map(([key, value]) => ({ key, value }));
}

/** Tags as the provider shows them. */
export function tagMap(
  tags: readonly { Key?: string; Value?: string; key?: string; value?: string }[] | undefined,
): Record<string, string> {
  return Object.fromEntries(
    (tags ?? []).map(({ Key, Value, key, value }) => [Key ?? key ?? "", Value ?? value ?? ""]),
  );
}

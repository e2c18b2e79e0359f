import { Address4, Address6 } from "ip-address";

interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

function rangeOf(block: string): Range | undefined {
  try {
    const address = block.includes(":") ? new Address6(block) : new Address4(block);
    return { first: address.startAddress().bigInt(), last: address.endAddress().bigInt() };
  } catch {
    return undefined;
  }
}

/** Whether CIDR blocks together hold every address of another one. A text that is no CIDR block holds none. */
export function cover(blocks: readonly string[], inner: string): boolean {
  const wanted = rangeOf(inner);
  if (wanted === undefined) {
    return false;
  }
  const ranges = blocks
    .filter((block) => block.includes(":") === inner.includes(":"))
    .flatMap((block) => rangeOf(block) ?? [])
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  let next = wanted.first;
  for (const { first, last } of ranges) {
    if (first > next) {
      return false;
    }
    next = last >= next ? last + 1n : next;
  }
  return next > wanted.last;
}

const EVERYWHERE = ["0.0.0.0/0", "::/0"];

/** The blocks that make up the whole of the internet: each of IPv4 or IPv6, where they hold all of it together. */
export function wholeInternet(blocks: readonly string[]): string[] {
  return EVERYWHERE.filter((everywhere) => cover(blocks, everywhere)).flatMap((everywhere) =>
    blocks.filter((block) => block.includes(":") === everywhere.includes(":")),
  );
}

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

/** Shortest prefixes that do not mean the internet: of wider blocks a group's sixty rules could admit all of it. */
const WIDEST = { ipv4: 8, ipv6: 16 };

/** Addresses that are never those of the internet, and whose blocks may be wide: unique local ones of IPv6. */
const PRIVATE = ["fc00::/7"];

/**
 * Whether a CIDR block means the internet: all of it, as `0.0.0.0/0` and `::/0`, or so much that a few of the kind
 * make all of it, as `0.0.0.0/1` and `128.0.0.0/1`.
 */
export function isInternet(block: string): boolean {
  const prefix = Number(block.split("/")[1] ?? "128");
  const widest = block.includes(":") ? WIDEST.ipv6 : WIDEST.ipv4;
  return rangeOf(block) !== undefined && prefix < widest && !cover(PRIVATE, block);
}

/** Whether two CIDR blocks have an address in common. A text that is no CIDR block has none. */
export function overlap(a: string, b: string): boolean {
  const [one, other] = [rangeOf(a), rangeOf(b)];
  return (
    one !== undefined &&
    other !== undefined &&
    a.includes(":") === b.includes(":") &&
    one.first <= other.last &&
    other.first <= one.last
  );
}

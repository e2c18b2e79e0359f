import { Access } from "../../local/cli/access";
import { Pair } from "./grants";

/** A kind of run, with what was learnt of it. */
export interface Learnt {
  readonly name: string;
  readonly alone?: boolean;
  readonly claims?: string;
  /** Keys of the pairs that it used. */
  readonly used: ReadonlySet<string>;
  readonly seconds: number;
}

/** A run that one pair is taken away for. */
export interface Trial<Kind extends Learnt = Learnt> {
  readonly kind: Kind;
  readonly pair: Pair;
}

export function keyOf({ role, action }: Pair): string {
  return `${role} ${action}`;
}

/** The pairs by which calls were let through between two looks. */
export function usedBetween(before: Access, after: Access): Set<string> {
  const uses = ({ grants }: Access) => {
    const sums = new Map<string, number>();
    for (const grant of grants) {
      const key = keyOf(grant);
      sums.set(key, (sums.get(key) ?? 0) + grant.called + grant.checked);
    }
    return sums;
  };
  const earlier = uses(before);
  return new Set(
    [...uses(after)].filter(([key, sum]) => sum > (earlier.get(key) ?? 0)).map(([key]) => key),
  );
}

/**
 * For each pair the run that shows that it is needed: the quickest of those that used it. What a kind that
 * runs alone uses, Airflow uses by itself all the time, so that it is shown by that kind only.
 *
 * @returns also the pairs that no run used.
 */
export function trialsOf<Kind extends Learnt>(
  pairs: readonly Pair[],
  kinds: readonly Kind[],
): { trials: Trial<Kind>[]; unused: Pair[] } {
  const trials: Trial<Kind>[] = [];
  const unused: Pair[] = [];
  for (const pair of pairs) {
    const using = kinds.filter(({ used }) => used.has(keyOf(pair)));
    const [kind] = [...using].sort(
      (a, b) => Number(b.alone ?? false) - Number(a.alone ?? false) || a.seconds - b.seconds,
    );
    if (kind === undefined) {
      unused.push(pair);
    } else {
      trials.push({ kind, pair });
    }
  }
  return { trials, unused };
}

/**
 * Puts trials side by side, as many as fit: in a round each kind runs once, no two work on the same, and
 * none uses what is taken away for another.
 */
export function roundsOf<Kind extends Learnt>(trials: readonly Trial<Kind>[], most: number) {
  const rounds: Trial<Kind>[][] = [];
  for (const trial of [...trials].sort((a, b) => b.kind.seconds - a.kind.seconds)) {
    const round = rounds.find(
      (others) => others.length < most && others.every((other) => goTogether(trial, other)),
    );
    if (round === undefined) {
      rounds.push([trial]);
    } else {
      round.push(trial);
    }
  }
  return rounds;
}

function goTogether(a: Trial, b: Trial): boolean {
  return (
    !(a.kind.alone ?? false) &&
    !(b.kind.alone ?? false) &&
    a.kind.name !== b.kind.name &&
    (a.kind.claims === undefined || a.kind.claims !== b.kind.claims) &&
    !a.kind.used.has(keyOf(b.pair)) &&
    !b.kind.used.has(keyOf(a.pair))
  );
}

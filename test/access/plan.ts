import { Access } from "../../local/cli/access";
import { Pair } from "./grants";

/** A kind of run, with what was learnt of it. */
export interface Learnt {
  readonly name: string;
  readonly airflow?: "needs" | "stops";
  readonly claims?: string;
  readonly shows?: readonly string[];
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
 * For each pair the quickest run that shows that it is needed, of those that used it. What the start of Airflow uses,
 * Airflow uses by itself all the time, so that it is shown by that kind only; and what a run without Airflow seems to use
 * of Airflow's role, it used beside that run.
 *
 * @returns also the pairs that no run used.
 */
export function trialsOf<Kind extends Learnt>(
  pairs: readonly Pair[],
  kinds: readonly Kind[],
): { trials: Trial<Kind>[]; unused: Pair[] } {
  const airflowRoles = new Set(
    kinds
      .filter(({ airflow }) => airflow === "stops")
      .flatMap(({ used }) => [...used].map((key) => key.split(" ")[0])),
  );
  const quickestFirst = [...kinds].sort((a, b) => a.seconds - b.seconds);
  const trials: Trial<Kind>[] = [];
  const unused: Pair[] = [];
  for (const pair of pairs) {
    const using = quickestFirst.filter(
      ({ airflow, used, shows }) =>
        used.has(keyOf(pair)) &&
        (shows?.includes(pair.action) ?? (airflow !== undefined || !airflowRoles.has(pair.role))),
    );
    const kind = using.find(({ airflow }) => airflow === "stops") ?? using[0];
    if (kind === undefined) {
      unused.push(pair);
    } else {
      trials.push({ kind, pair });
    }
  }
  return { trials, unused };
}

/** What a kind works on, or what it is. */
function groupOf({ claims, name }: Learnt): string {
  return claims ?? name;
}

/**
 * First what most is left to do of, one after the other. What needs no Airflow is done beside the rest, and while it is
 * stopped; what stops it comes last.
 */
export function longestFirst<Kind extends Learnt>(trials: readonly Trial<Kind>[]): Trial<Kind>[] {
  const left = new Map<string, number>();
  for (const trial of trials) {
    const group = groupOf(trial.kind);
    left.set(group, (left.get(group) ?? 0) + trial.kind.seconds);
  }
  const rank = ({ kind: { airflow } }: Trial<Kind>) =>
    airflow === "needs" ? 0 : airflow === undefined ? 1 : 2;
  const leftOf = ({ kind }: Trial<Kind>) => left.get(groupOf(kind)) ?? 0;
  return [...trials].sort(
    (a, b) => rank(a) - rank(b) || leftOf(b) - leftOf(a) || b.kind.seconds - a.kind.seconds,
  );
}

/**
 * What can begin beside what is at work: no two work on the same, and none uses what is taken away for another.
 *
 * @returns undefined where nothing can before another has ended.
 */
export function nextOf<Kind extends Learnt>(
  waiting: readonly Trial<Kind>[],
  atWork: readonly Trial<Kind>[],
  most: number,
): Trial<Kind> | undefined {
  return atWork.length < most
    ? waiting.find((trial) => atWork.every((other) => goTogether(trial, other)))
    : undefined;
}

function goTogether(a: Trial, b: Trial): boolean {
  return (
    (a.kind.airflow !== "stops" || b.kind.airflow === undefined) &&
    (b.kind.airflow !== "stops" || a.kind.airflow === undefined) &&
    a.kind.name !== b.kind.name &&
    (a.kind.claims === undefined || a.kind.claims !== b.kind.claims) &&
    !a.kind.used.has(keyOf(b.pair)) &&
    !b.kind.used.has(keyOf(a.pair))
  );
}

import { Access } from "../../local/cli/access";
import { Pair } from "./grants";

/** A scenario, with what was learnt of it. */
export interface Learnt {
  readonly name: string;
  readonly airflow?: "needs" | "stops";
  readonly claims?: string;
  readonly shows?: readonly string[];
  readonly bears?: readonly string[];
  /** Keys of the pairs that it used. */
  readonly used: ReadonlySet<string>;
  readonly seconds: number;
}

/** A run without a pair, or without several that it bears to miss. */
export interface Trial<Scenario extends Learnt = Learnt> {
  readonly scenario: Scenario;
  readonly pairs: readonly Pair[];
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
 * Airflow uses by itself all the time, so that it is shown by that scenario only; and what a run without Airflow seems to use
 * of Airflow's role, it used beside that run. What a run bears to miss is taken away in one run.
 *
 * @returns also the pairs that no run used.
 */
export function trialsOf<Scenario extends Learnt>(
  pairs: readonly Pair[],
  scenarios: readonly Scenario[],
): { trials: Trial<Scenario>[]; unused: Pair[] } {
  const airflowRoles = new Set(
    scenarios
      .filter(({ airflow }) => airflow === "stops")
      .flatMap(({ used }) => [...used].map((key) => key.split(" ")[0])),
  );
  const quickestFirst = [...scenarios].sort((a, b) => a.seconds - b.seconds);
  const trials: { scenario: Scenario; pairs: Pair[] }[] = [];
  const unused: Pair[] = [];
  for (const pair of pairs) {
    const using = quickestFirst.filter(
      ({ airflow, used, shows }) =>
        used.has(keyOf(pair)) &&
        (shows?.includes(pair.action) ?? (airflow !== undefined || !airflowRoles.has(pair.role))),
    );
    const scenario = using.find(({ airflow }) => airflow === "stops") ?? using[0];
    if (scenario === undefined) {
      unused.push(pair);
      continue;
    }
    const borne = ({ action }: Pair) => scenario.bears?.includes(action) ?? false;
    const together = borne(pair)
      ? trials.find((trial) => trial.scenario === scenario && trial.pairs.every(borne))
      : undefined;
    if (together === undefined) {
      trials.push({ scenario, pairs: [pair] });
    } else {
      together.pairs.push(pair);
    }
  }
  return { trials, unused };
}

/** What a scenario works on, or what it is. */
function groupOf({ claims, name }: Learnt): string {
  return claims ?? name;
}

/**
 * First what most is left to do of, one after the other. What needs no Airflow is done beside the rest, and while it is
 * stopped; what stops it comes last.
 */
export function longestFirst<Scenario extends Learnt>(
  trials: readonly Trial<Scenario>[],
): Trial<Scenario>[] {
  const left = new Map<string, number>();
  for (const trial of trials) {
    const group = groupOf(trial.scenario);
    left.set(group, (left.get(group) ?? 0) + trial.scenario.seconds);
  }
  const rank = ({ scenario: { airflow } }: Trial<Scenario>) =>
    airflow === "needs" ? 0 : airflow === undefined ? 1 : 2;
  const leftOf = ({ scenario }: Trial<Scenario>) => left.get(groupOf(scenario)) ?? 0;
  return [...trials].sort(
    (a, b) => rank(a) - rank(b) || leftOf(b) - leftOf(a) || b.scenario.seconds - a.scenario.seconds,
  );
}

/**
 * What can begin beside what is at work: no two work on the same, and none uses what is taken away for another.
 *
 * @returns undefined where nothing can before another has ended.
 */
export function nextOf<Scenario extends Learnt>(
  waiting: readonly Trial<Scenario>[],
  atWork: readonly Trial<Scenario>[],
  most: number,
): Trial<Scenario> | undefined {
  return atWork.length < most
    ? waiting.find((trial) => atWork.every((other) => goTogether(trial, other)))
    : undefined;
}

function goTogether(a: Trial, b: Trial): boolean {
  return (
    (a.scenario.airflow !== "stops" || b.scenario.airflow === undefined) &&
    (b.scenario.airflow !== "stops" || a.scenario.airflow === undefined) &&
    a.scenario.name !== b.scenario.name &&
    (a.scenario.claims === undefined || a.scenario.claims !== b.scenario.claims) &&
    !b.pairs.some((pair) => a.scenario.used.has(keyOf(pair))) &&
    !a.pairs.some((pair) => b.scenario.used.has(keyOf(pair)))
  );
}

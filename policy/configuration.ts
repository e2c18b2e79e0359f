import { createRequire } from "node:module";

import { ALL, Written } from "./levels";
import { objectsOf } from "./lists";
import { About } from "./rule";
import { SELECTORS, malformation } from "./suppressions";

/** What every rule takes beside its own parameters. */
const COMMON: readonly string[] = ["enforcementLevel", "suppress", "remedy"];

/** What a suppression has. */
const OF_SUPPRESSION: readonly string[] = [...SELECTORS, "reason", "expires", "optional"];

const LEVELS: readonly unknown[] = ["advisory", "mandatory", "remediate", "disabled"];

/** The engine's request to configure a pack: the engine leaves in it what no rule of the pack knows. */
interface Request {
  getPolicyconfigMap: () => { forEach(each: (configured: Configured, rule: string) => void): void };
}
interface Configured {
  getProperties(): { toJavaScript(): object } | undefined;
  getEnforcementlevel(): number;
}
/** The engine's levels, by name. */
type Levels = Readonly<Record<string, number>>;
interface Protocol {
  readonly AnalyzerService: {
    readonly configure: { requestDeserialize?: (bytes: Buffer) => Request };
  };
}

/**
 * What is wrong with a configuration of the pack: rules that it does not have, keys that a rule does not take, and
 * suppressions without a reason, a date or a word on what they are for. The engine holds values against the schemas of
 * the keys, and takes any other name without a word.
 *
 * @param configuration by rule, the configuration without its level, or the level alone
 * @returns a sentence each; none where all is well
 */
export function faultsOf(
  configuration: Readonly<Record<string, unknown>>,
  rules: readonly Pick<About, "name" | "parameters">[],
): string[] {
  const known = new Map(rules.map(({ name, parameters }) => [name, Object.keys(parameters ?? {})]));
  return Object.entries(configuration).flatMap(([rule, given]) => {
    const parameters = rule === ALL ? [] : known.get(rule);
    if (parameters === undefined) {
      return [`there is no rule "${rule}"${similar(rule, [...known.keys(), ALL])}`];
    }
    const allowed = [...parameters, ...(rule === ALL ? COMMON.slice(0, 1) : COMMON)];
    if (typeof given !== "object" || given === null) {
      return LEVELS.includes(given)
        ? []
        : [`the level of ${rule} is ${JSON.stringify(given)}; it takes ${LEVELS.join(", ")}.`];
    }
    return [
      ...Object.keys(given)
        .filter((key) => !allowed.includes(key))
        .map((key) => `${rule} takes no "${key}"; it takes ${allowed.join(", ")}.`),
      ...(rule === ALL ? [] : faultsOfCommon(rule, given)),
    ];
  });
}

interface Given {
  readonly remedy?: unknown;
  readonly suppress?: unknown;
}

function faultsOfCommon(rule: string, { remedy, suppress = [] }: Given): string[] {
  return [
    ...(remedy === undefined || typeof remedy === "string"
      ? []
      : [`the remedy of ${rule} is ${JSON.stringify(remedy)}; it takes a text.`]),
    ...(Array.isArray(suppress)
      ? suppress.flatMap((one, index) =>
          faultsOfSuppression(`suppression ${index + 1} of ${rule}`, one),
        )
      : [`suppress of ${rule} is ${JSON.stringify(suppress)}; it takes a list of objects.`]),
  ];
}

function faultsOfSuppression(which: string, suppression: unknown): string[] {
  const [one] = Array.isArray(suppression) ? [] : objectsOf(suppression);
  if (one === undefined) {
    return [`${which} is ${JSON.stringify(suppression)}; it takes an object.`];
  }
  const unknown = Object.keys(one).filter((key) => !OF_SUPPRESSION.includes(key));
  const fault = malformation(one);
  return [
    ...unknown.map((key) => `${which} takes no "${key}"; it takes ${OF_SUPPRESSION.join(", ")}.`),
    ...(fault === undefined ? [] : [`${which} does not count: ${fault}`]),
  ];
}

/** The end of a sentence: a hint at the name that may have been meant, where one is near. */
function similar(name: string, names: readonly string[]): string {
  const [nearest] = names
    .map((one) => ({ one, far: distance(name, one) }))
    .sort((a, b) => a.far - b.far);
  return nearest !== undefined && nearest.far <= 3 ? `; is "${nearest.one}" meant?` : ".";
}

/** How many letters have to be put in, left out or exchanged to make one text of another. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const exchanged = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(exchanged, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[to.length];
}

/**
 * Has the pack refuse a configuration with faults when the engine hands it over, before any resource is looked at. The
 * SDK shows each rule its own part only, so that the request is looked at as it comes in.
 *
 * @param take is handed the configuration with the levels that hold
 * @throws where the SDK is another than the one that this was written for
 */
export function refuseFaultyConfiguration(
  rules: readonly Pick<About, "name" | "parameters">[],
  take: (configuration: Written) => void = () => undefined,
): void {
  // The one that the SDK serves, wherever it is installed.
  const load = createRequire(createRequire(__filename).resolve("@pulumi/policy"));
  const { configure } = (load("@pulumi/pulumi/proto/analyzer_grpc_pb") as Protocol).AnalyzerService;
  const levels = (load("@pulumi/pulumi/proto/analyzer_pb") as { EnforcementLevel: Levels })
    .EnforcementLevel;
  const read = configure.requestDeserialize;
  if (read === undefined) {
    throw new Error(
      "@pulumi/pulumi has no AnalyzerService.configure.requestDeserialize any more: take refuseFaultyConfiguration " +
        "out of policy/pack.ts, or find where the engine's configuration is read now.",
    );
  }
  configure.requestDeserialize = (bytes) => {
    const request = read(bytes);
    const given: Record<string, object> = {};
    const set: Record<string, object> = {};
    request.getPolicyconfigMap().forEach((configured, rule) => {
      given[rule] = configured.getProperties()?.toJavaScript() ?? {};
      set[rule] = {
        ...given[rule],
        enforcementLevel: levelOf(configured.getEnforcementlevel(), levels),
      };
    });
    const faults = faultsOf(given, rules);
    take(set as Written);
    if (faults.length > 0) {
      // Thrown when the SDK reads it: what is thrown here reaches nobody.
      request.getPolicyconfigMap = () => {
        throw errorOf(faults);
      };
    }
    return request;
  };
}

function levelOf(number: number, levels: Levels): string | undefined {
  return Object.keys(levels)
    .find((name) => levels[name] === number)
    ?.toLowerCase();
}

function errorOf(faults: readonly string[]): Error {
  const error = new Error(`The configuration of the policy pack is wrong: ${faults.join(" ")}`);
  // What the SDK has the engine print.
  error.stack = error.message;
  return error;
}

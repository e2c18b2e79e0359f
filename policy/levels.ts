import { EnforcementLevel } from "@pulumi/policy";

import { Configuration } from "./evaluate";
import { About } from "./rule";

/** Name under which a configuration gives all rules a level. */
export const ALL = "all";

/** A configuration of the pack as it is written: by rule, its level, or an object with the rest. */
export type Written = Readonly<
  Record<string, EnforcementLevel | (Configuration & { enforcementLevel?: EnforcementLevel })>
>;

/** What a configuration makes of a rule. */
export interface Level {
  readonly level: EnforcementLevel;
  readonly configuration: Configuration;
}

/** The level and configuration of each rule, as the engine works them out. */
export function levelsIn(
  written: Written,
  rules: readonly (readonly [Pick<About, "name">, EnforcementLevel])[],
): Readonly<Record<string, Level>> {
  const ofAll = partsOf(written[ALL]).level;
  return Object.fromEntries(
    rules.map(([{ name }, standard]) => {
      const { level = ofAll ?? standard, configuration } = partsOf(written[name]);
      return [name, { level, configuration }];
    }),
  );
}

function partsOf(set: Written[string] | undefined): Partial<Level> & Pick<Level, "configuration"> {
  if (typeof set === "string") {
    return { level: set, configuration: {} };
  }
  const { enforcementLevel: level, ...configuration } = set ?? {};
  return { level, configuration };
}

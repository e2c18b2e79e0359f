import * as fs from "node:fs";
import * as path from "node:path";

import { EnforcementLevel } from "@pulumi/policy";

import { Configuration } from "../../policy/evaluate";
import { StackName } from "../stackFiles";

/** What a stack's configuration of the pack says of a rule. */
export interface Level {
  readonly level?: EnforcementLevel;
  readonly configuration: Configuration;
}

/** A stack's configuration of the pack, by rule. */
export function levelsOf(stack: StackName): Readonly<Record<string, Level | undefined>> {
  const file = path.join(__dirname, "..", "..", "policy", "config", `${stack}.json`);
  const read = JSON.parse(fs.readFileSync(file, "utf8")) as Record<
    string,
    EnforcementLevel | (Configuration & { enforcementLevel?: EnforcementLevel })
  >;
  return Object.fromEntries(
    Object.entries(read).map(([rule, set]) => {
      if (typeof set === "string") {
        return [rule, { level: set, configuration: {} }];
      }
      const { enforcementLevel, ...configuration } = set;
      return [rule, { level: enforcementLevel, configuration }];
    }),
  );
}

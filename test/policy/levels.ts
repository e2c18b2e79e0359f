import * as fs from "node:fs";
import * as path from "node:path";

import { rules } from "../../policy/index";
import { Level, Written, levelsIn } from "../../policy/levels";
import { StackName } from "../stackFiles";

/** Configurations that the pack brings for other people's programs. */
export const PRESETS = ["fails-on-aws", "recommended", "strict"] as const;

export type Preset = (typeof PRESETS)[number];

/** A configuration of the pack as it is in its file. */
export function written(name: StackName | Preset): Written {
  const file = path.join(__dirname, "..", "..", "policy", "config", `${name}.json`);
  return JSON.parse(fs.readFileSync(file, "utf8")) as Written;
}

/** What a stack's configuration of the pack, or a preset, makes of each rule. */
export function levelsOf(name: StackName | Preset): Readonly<Record<string, Level>> {
  return levelsIn(written(name), rules);
}

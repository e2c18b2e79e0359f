import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PROJECT } from "./mocks";

const ROOT = path.join(__dirname, "..");

/** Stacks that the project ships. */
export const STACKS = ["dev", "prod", "local"] as const;
export type StackName = (typeof STACKS)[number];

/** The pipelines that the project ships. A checkout may have removed one, a stack may list others. */
export const SHIPPED_PIPELINES: readonly string[] = ["movie-list", "movielens", "notebook"];

/** What the project declares of a setting. */
export interface Declaration {
  readonly type: string;
  readonly description: string;
  readonly default: unknown;
}

const configs = new Map<string, Record<string, unknown>>();

/** What a file of the project has under `config`: read once, and a copy for each who asks. */
function configOf(file: string): Record<string, unknown> {
  let config = configs.get(file);
  if (config === undefined) {
    const text = fs.readFileSync(path.join(ROOT, file), "utf8");
    ({ config } = parse(text) as { config: Record<string, unknown> });
    configs.set(file, config);
  }
  return structuredClone(config);
}

/** Settings that `Pulumi.yaml` declares. */
export function declarations(): Record<string, Declaration> {
  return configOf("Pulumi.yaml") as Record<string, Declaration>;
}

/** Configuration of a stack as the engine hands it on: the project's defaults, then the stack's. */
export function stackConfig(stack: StackName): Record<string, unknown> {
  const own = Object.entries(configOf(`Pulumi.${stack}.yaml`)).map(([key, value]) => [
    key.replace(`${PROJECT}:`, ""),
    value,
  ]);
  const defaults = Object.entries(declarations()).map(([key, value]) => [key, value.default]);
  return Object.fromEntries([...defaults, ...own]) as Record<string, unknown>;
}

/** Whether a stack lists every pipeline that the project ships. */
export function listsShipped(stack: StackName): boolean {
  const listed = stackConfig(stack).pipelines as readonly string[];
  return SHIPPED_PIPELINES.every((name) => listed.includes(name));
}

import * as fs from "node:fs";
import * as path from "node:path";

import { parse } from "yaml";

import type { Location } from "../../components/location";
import { type ConfiguredPipeline, extensionsOf } from "../../components/pipeline";
import { PIPELINES } from "../../components/pipelines";
import { stackContext } from "../../components/stackContext";
import { type Settings, readSettings } from "../../settings";
import { ROOT, projectName } from "../project";

/** A stack of the program: where it is, and its settings, which hold the names of what it makes. */
export interface ProgramStack {
  readonly project: string;
  readonly stack: string;
  readonly location: Location;
  readonly settings: Settings;
}

/**
 * Reads a stack's settings from its file, as the program itself would.
 *
 * @param account where the roles are created, which is where the stack is; its region is in the stack's file
 * @param root folder of the program
 * @throws Error where there is no such file, or it names no region
 * @throws SettingsError where a setting is wrong
 */
export function readStack(
  stack: string,
  account: Omit<Location, "region">,
  root: string = ROOT,
): ProgramStack {
  return programStack(stack, stackFile(stack, root), account, projectName(root));
}

/**
 * The configuration in a stack's file.
 *
 * @param root folder of the program
 * @throws Error where there is no such file
 */
export function stackFile(stack: string, root: string = ROOT): Readonly<Record<string, unknown>> {
  const name = `Pulumi.${stack}.yaml`;
  const file = path.join(root, name);
  if (!fs.existsSync(file)) {
    throw new Error(
      `There is no ${name} beside the program; a stack of these roles has the name of the stack that they are for.`,
    );
  }
  const { config = {} } = parse(fs.readFileSync(file, "utf8")) as {
    config?: Readonly<Record<string, unknown>>;
  };
  return config;
}

/**
 * A stack by its configuration.
 *
 * @throws Error where it names no region
 * @throws SettingsError where a setting is wrong
 */
export function programStack(
  stack: string,
  config: Readonly<Record<string, unknown>>,
  account: Omit<Location, "region">,
  project: string,
): ProgramStack {
  const region = config["aws:region"];
  if (typeof region !== "string") {
    throw new Error(
      `Pulumi.${stack}.yaml has no aws:region; the roles are limited to the stack's region.`,
    );
  }
  const own = new Map(
    Object.entries(config)
      .filter(([key, value]) => key.startsWith(`${project}:`) && !isEncrypted(value))
      .map(([key, value]) => [
        key.slice(project.length + 1),
        typeof value === "string" ? value : JSON.stringify(value, readable),
      ]),
  );
  const location = { ...account, region };
  const settings = readSettings(
    { get: (key) => own.get(key) },
    [...own.keys()],
    { project, stack, accountId: account.accountId, region },
    extensionsOf(PIPELINES),
  );
  return { project, stack, location, settings };
}

/** Whether a value of a stack's file is encrypted. */
export function isEncrypted(value: unknown): value is { readonly secure: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).join() === "secure" &&
    typeof (value as { secure: unknown }).secure === "string"
  );
}

/** What stands for an encrypted value within a setting, whose key is not at hand: nothing here goes by a secret. */
function readable(_: string, value: unknown): unknown {
  return isEncrypted(value) ? "encrypted://" : value;
}

/**
 * Every pipeline of the program as it would be in the stack. Also those that the stack does not list: the roles
 * have to be able to delete what a pipeline leaves when it is taken off the list.
 */
export function pipelinesOf(program: ProgramStack): ConfiguredPipeline[] {
  const { settings } = program;
  const context = stackContext({ ...program, root: ROOT }, settings);
  return PIPELINES.map((pipeline) => pipeline.configure(context, settings));
}

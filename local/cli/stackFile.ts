import * as fs from "node:fs";
import * as path from "node:path";

import { parse, stringify } from "yaml";

import { isEncrypted } from "../../deploy/oidc/stackSettings";
import { ROOT, projectName } from "../../deploy/project";
import { REGION } from "../engine/endpoint";
import { type Home, STACK_NAME } from "../home";
import { UserError } from "../setup/steps";
import { SOURCE_BUCKET, SOURCE_KEY } from "./movielensSource";

/** Which stack is on the laptop, and where. */
export interface LaptopPlace {
  /** Name of the stack; default: `local`. */
  readonly stack?: string;
  /** Folder of the program; default: this checkout. */
  readonly root?: string;
  /** Has the laptop's values of the stack's secrets. */
  readonly home: Home;
}

/** A stack's file as the laptop takes it. */
export interface StackFile {
  /** The configuration, with the laptop's values in place of what is encrypted. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The file without what is encrypted, and without what it is encrypted with. */
  readonly text: string;
  /** What is encrypted, as paths of the configuration, with the laptop's values. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What differs from the file, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Reads a stack's file for the laptop. What cannot work there is changed and told: its one region, the account's
 * data set, and how the engine would get at AWS. What names something of the account stays, and has to be in the local
 * cloud.
 *
 * @throws UserError where there is no such file, or the laptop has no value for what is encrypted in it
 */
export function readStackFile({ stack = STACK_NAME, root = ROOT, home }: LaptopPlace): StackFile {
  const file = path.join(root, `Pulumi.${stack}.yaml`);
  if (!fs.existsSync(file)) {
    throw new UserError(
      `--stack is ${stack}, but there is no ${file}. Create it, or name another.`,
    );
  }
  const { config: found = {} } = parse(fs.readFileSync(file, "utf8")) as {
    config?: Record<string, unknown>;
  };
  const { config, notes } =
    stack === STACK_NAME
      ? { config: found, notes: [] }
      : onLaptop(projectName(root), structuredClone(found));
  const open = structuredClone(config);
  const secrets = decrypt(open, home.file("stack-secrets.yaml"), stack);
  return { config: open, text: stringify({ config: without(config) }), secrets, notes };
}

/** A configuration with what the laptop has in place of what only AWS has. */
function onLaptop(
  project: string,
  config: Record<string, unknown>,
): { config: Record<string, unknown>; notes: string[] } {
  const notes: string[] = [];
  for (const key of Object.keys(config).filter((one) => one.startsWith("aws:"))) {
    if (key !== "aws:region") {
      delete config[key];
      notes.push(`${key} is left out: calls go to the local cloud.`);
    }
  }
  const region = config["aws:region"];
  const zones = `${project}:availabilityZones`;
  if (region !== REGION) {
    config["aws:region"] = REGION;
    notes.push(
      `aws:region is ${REGION} in place of ${String(region)}: the local cloud has no other.`,
    );
    if (config[zones] !== undefined) {
      delete config[zones];
      notes.push(`${zones} is left out with it.`);
    }
  }
  const source = `${project}:movielensSource`;
  const laptop = `s3://${SOURCE_BUCKET}/${SOURCE_KEY}`;
  if (config[source] !== laptop) {
    notes.push(`${source} is ${laptop}: the zip that --movielens names, or the published one.`);
    config[source] = laptop;
  }
  return { config, notes };
}

/** A value without what is encrypted in it. */
function without(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((one) => !isEncrypted(one)).map(without);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([, one]) => !isEncrypted(one))
          .map(([key, one]) => [key, without(one)]),
      )
    : value;
}

/**
 * Puts the laptop's values in place of what is encrypted, which only the stack's own key opens.
 *
 * @returns the values by their paths
 * @throws UserError naming those that the laptop's file does not have
 */
function decrypt(
  config: Record<string, unknown>,
  file: string,
  stack: string,
): Record<string, string> {
  const own = fs.existsSync(file)
    ? (parse(fs.readFileSync(file, "utf8")) as Record<string, unknown> | null)
    : {};
  const found: Record<string, string> = {};
  const missing: string[] = [];
  const visit = (parent: Record<string, unknown>, at: string): void => {
    for (const [key, value] of Object.entries(parent)) {
      const name = at === "" ? key : `${at}.${key}`;
      if (isEncrypted(value)) {
        const given = own?.[name];
        if (typeof given === "string") {
          parent[key] = given;
          found[name] = given;
        } else {
          missing.push(name);
        }
      } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
        visit(value as Record<string, unknown>, name);
      }
    }
  };
  visit(config, "");
  if (missing.length > 0) {
    throw new UserError(
      `Pulumi.${stack}.yaml has encrypted values, which the laptop cannot and need not read. Give it values of its ` +
        `own in ${file}, a line each:\n${missing.map((name) => `  ${name}: "…"\n`).join("")}`,
    );
  }
  return found;
}

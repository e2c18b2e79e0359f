import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";

import { faultsOf } from "./configuration";
import { configurable, rules } from "./index";
import { Written, levelsIn } from "./levels";
import { readEvents } from "./report/events";
import { junit } from "./report/junit";
import { sarif } from "./report/sarif";
import { About } from "./rule";
import { Schema, faultsOfValue } from "./schema";

/** Name of the pack, as the engine puts it into its events. */
const PACK = "mwaa-analytics";

const USAGE = `Usage: mwaa-analytics-policy <command>

  rules [--config FILE | --preset NAME] [--json]   list the rules, and the level that each has there
  explain RULE                                     what a rule wants, why, and how to change its level
  check FILE                                       whether a configuration of the pack is right; 1 where not
  preset [NAME]                                    print a preset; without a name, what there is
  report --format sarif|junit [--file FILE] EVENTS turn what --event-log of the Pulumi CLI wrote into a report

Presets: fails-on-aws (what holds without a configuration), recommended, strict.
`;

const CONFIG = path.join(__dirname, "config");

/** Ends the command with a message in place of a stack trace. */
class UsageError extends Error {}

function readJson(file: string): Record<string, unknown> {
  let read: unknown;
  try {
    read = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (typeof read !== "object" || read === null || Array.isArray(read)) {
    throw new UsageError(`${file} is no JSON object.`);
  }
  return read as Record<string, unknown>;
}

function presets(): string[] {
  return fs
    .readdirSync(CONFIG)
    .map((name) => path.basename(name, ".json"))
    .sort();
}

function presetFile(name: string): string {
  if (!presets().includes(name)) {
    throw new UsageError(`There is no preset "${name}"; there are ${presets().join(", ")}.`);
  }
  return path.join(CONFIG, `${name}.json`);
}

function list(args: string[]): string {
  const { values } = parseArgs({
    args,
    options: { config: { type: "string" }, preset: { type: "string" }, json: { type: "boolean" } },
  });
  const file =
    values.config ?? (values.preset === undefined ? undefined : presetFile(values.preset));
  const levels = levelsIn((file === undefined ? {} : readJson(file)) as Written, rules);
  if (values.json === true) {
    const all = rules.map(([rule]) => ({ ...aboutOf(rule), level: levels[rule.name].level }));
    return `${JSON.stringify(all, undefined, 2)}\n`;
  }
  const longest = Math.max(...rules.map(([{ name }]) => name.length));
  return rules
    .map(
      ([{ name, severity, description }]) =>
        `${name.padEnd(longest)}  ${levels[name].level.padEnd(9)}  ${severity.padEnd(8)}  ${description}\n`,
    )
    .join("");
}

function aboutOf(rule: About): About {
  const { name, description, severity, reason, remediationSteps, url, also, parameters } = rule;
  return { name, description, severity, reason, remediationSteps, url, also, parameters };
}

function explain(name: string | undefined): string {
  const rule = configurable.find((one) => one.name === name);
  if (rule === undefined) {
    throw new UsageError(
      name === undefined
        ? "explain takes the name of a rule."
        : faultsOf({ [name]: {} }, configurable)[0],
    );
  }
  const levels = ["(none)", ...presets()].map((preset) => {
    const written = preset === "(none)" ? {} : readJson(path.join(CONFIG, `${preset}.json`));
    const level = levelsIn(written as Written, rules)[rule.name]?.level ?? "advisory";
    return `  ${preset.padEnd(14)} ${level}`;
  });
  const parameters = Object.entries(rule.parameters ?? {}).map(([parameter, schema]) => {
    const { description, default: standard } = schema as {
      description?: string;
      default?: unknown;
    };
    return `  ${parameter}: ${description ?? ""} Default: ${JSON.stringify(standard)}`;
  });
  return [
    `${rule.name} (${rule.severity})`,
    "",
    `${rule.description} ${rule.reason}`,
    "",
    `Remedy: ${rule.remediationSteps}`,
    `Source: ${rule.url}`,
    ...(rule.also === undefined ? [] : [`Elsewhere: ${rule.also.join(", ")}`]),
    "",
    "Level with each preset:",
    ...levels,
    ...(parameters.length === 0 ? [] : ["", "Parameters:", ...parameters]),
    "",
    "In a configuration:",
    `  { "${rule.name}": "advisory" }`,
    `  { "${rule.name}": { "suppress": [{ "resource": "name", "reason": "why", "expires": "2027-06-30" }] } }`,
    "",
  ].join("\n");
}

/** The faults of a configuration, those of its parameters' values as well. */
export function allFaultsOf(written: Readonly<Record<string, unknown>>): string[] {
  const values = configurable.flatMap(({ name, parameters = {} }) => {
    const given = written[name];
    return typeof given !== "object" || given === null
      ? []
      : Object.entries(given).flatMap(([key, value]) =>
          parameters[key] === undefined
            ? []
            : faultsOfValue(value, parameters[key] as Schema, `${name}.${key}`),
        );
  });
  return [...faultsOf(written, configurable), ...values];
}

function check(file: string | undefined): string {
  if (file === undefined) {
    throw new UsageError("check takes the file of a configuration.");
  }
  const written = readJson(file);
  const faults = allFaultsOf(written);
  if (faults.length > 0) {
    throw new UsageError([`${file} is wrong:`, ...faults.map((one) => `  ${one}`)].join("\n"));
  }
  const counts = new Map<string, number>();
  for (const { level } of Object.values(levelsIn(written as Written, rules))) {
    counts.set(level, (counts.get(level) ?? 0) + 1);
  }
  const shown = [...counts].sort().map(([level, count]) => `${count} ${level}`);
  return `${file} is right: ${shown.join(", ")}.\n`;
}

function report(args: string[]): string {
  const { values, positionals } = parseArgs({
    args,
    options: { format: { type: "string" }, file: { type: "string", default: "Pulumi.yaml" } },
    allowPositionals: true,
  });
  const [events] = positionals;
  if (events === undefined || !["sarif", "junit"].includes(values.format ?? "")) {
    throw new UsageError(
      "report takes --format sarif or --format junit, and the file of the events.",
    );
  }
  let run;
  try {
    run = readEvents(fs.readFileSync(events, "utf8"), PACK);
  } catch (error) {
    throw new UsageError(`${events}: ${(error as Error).message}`);
  }
  if (values.format === "junit") {
    return junit(run, PACK);
  }
  const { version } = readJson(path.join(__dirname, "package.json")) as { version: string };
  const tool = { name: PACK, version, rules: configurable };
  return `${JSON.stringify(sarif(run, tool, values.file), undefined, 2)}\n`;
}

/** What a command prints; throws where it cannot. */
export function answer([command, ...args]: readonly string[]): string {
  switch (command) {
    case "rules":
      return list(args);
    case "explain":
      return explain(args.at(0));
    case "check":
      return check(args.at(0));
    case "preset":
      return args[0] === undefined
        ? `${presets().join("\n")}\n`
        : fs.readFileSync(presetFile(args[0]), "utf8");
    case "report":
      return report(args);
    case undefined:
    case "help":
    case "--help":
    case "-h":
      return USAGE;
    default:
      throw new UsageError(`There is no command "${command}".\n\n${USAGE}`);
  }
}

/** Runs the command of the process. */
export function main(args: readonly string[]): void {
  try {
    process.stdout.write(answer(args));
  } catch (error) {
    const isOurs =
      error instanceof UsageError ||
      (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") === true;
    process.stderr.write(`${isOurs ? (error as Error).message : String((error as Error).stack)}\n`);
    process.exitCode = 1;
  }
}

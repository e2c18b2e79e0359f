import * as fs from "node:fs";
import * as path from "node:path";

import {
  AIRFLOW_HOME,
  constraintsOf,
  optionValue,
  requirementLines,
} from "../../checks/requirements";
import { UserError, command } from "../../local/setup/steps";

/** MWAA's Python, in every version of Airflow 3: https://docs.aws.amazon.com/mwaa/latest/userguide/airflow-versions.html */
const PYTHON = "3.12";

/** The newest C library that a wheel may want: MWAA's images are Amazon Linux 2023, whose glibc is 2.34. */
const GLIBC = 34;

/** What MWAA's image has of Airflow and its own packages, at the versions of Airflow's constraints. */
const IMAGE = ["apache-airflow", "apache-airflow-providers-amazon"] as const;

/** What is resolved, and with what. */
export interface ResolveArgs {
  /** Content of the requirements file, with this machine's paths in it. */
  readonly text: string;
  readonly airflowVersion: string;
  /** Path or address of Airflow's constraints for the version; undefined means the published address. */
  readonly constraints?: string;
  /** Folder for files in between. */
  readonly folder: string;
  readonly uv: string;
  readonly python: string;
  readonly log: string;
}

/** A package at the version that was found, with the hashes of its files. */
export interface Resolved {
  readonly name: string;
  readonly version: string;
  /** As a requirement of pip's: hashes on lines of their own. */
  readonly requirement: string;
}

/** Constraints that Airflow publishes for a version and MWAA's Python. */
export function publishedConstraints(airflowVersion: string): string {
  return `https://raw.githubusercontent.com/apache/airflow/constraints-${airflowVersion}/constraints-${PYTHON}.txt`;
}

/**
 * Resolves requirements for MWAA: against the constraints that they name, or Airflow's own, beside
 * the packages that MWAA has, with wheels only.
 *
 * @returns what has to be installed beside MWAA's packages
 * @throws UserError naming what has no wheel or no version that fits, in uv's words
 */
export async function resolve(args: ResolveArgs): Promise<Resolved[]> {
  const published = args.constraints ?? publishedConstraints(args.airflowVersion);
  const image = IMAGE.map((name, i) => (i === 0 ? `${name}==${args.airflowVersion}` : name));
  const brought = await compile(args, "image", image, [published]);
  const lines = requirementLines(args.text).map(({ text }) => text);
  const addresses = lines.filter((line) =>
    /^[^-][^;]*@\s*\S+:|^[a-z][a-z0-9+.-]*:|^-e/i.test(line),
  );
  if (addresses.length > 0) {
    throw new UserError(
      `${addresses.join(", ")} names an address, which a web server without internet cannot reach. ` +
        "Name a version of the package; build its wheel into pluginsFolder where no index has it, with the line " +
        `--find-links ${AIRFLOW_HOME}/plugins.`,
    );
  }
  const wanted = lines.filter((line) => !isConstraint(line) && line !== "--no-index");
  // What MWAA has is kept where it satisfies, as pip does: uv prefers what stands in its output.
  fs.copyFileSync(path.join(args.folder, "image.txt"), path.join(args.folder, "all.txt"));
  const all = await compile(
    args,
    "all",
    [...image, ...wanted],
    constraintsFor(args.text, published),
  );
  const has = new Set(brought.map(({ name, version }) => `${name}==${version}`));
  return all.filter(({ name, version }) => !has.has(`${name}==${version}`));
}

/** The constraints of a file: its own, or Airflow's where it names those or none. */
function constraintsFor(text: string, published: string): string[] {
  const own = constraintsOf(requirementLines(text)).map((named) =>
    /\bconstraints-\d+\.\d+\.\d+\//.test(named) ? published : named,
  );
  // MWAA adds none where it finds the option in a comment: so a file says that it wants none.
  return own.length > 0 || /-c |--constraint /.test(text) ? own : [published];
}

function isConstraint(line: string): boolean {
  return optionValue(line, "-c", "--constraint") !== undefined;
}

async function compile(
  { folder, uv, python, log }: ResolveArgs,
  name: string,
  lines: readonly string[],
  constraints: readonly string[],
): Promise<Resolved[]> {
  const input = path.join(folder, `${name}.in`);
  const output = path.join(folder, `${name}.txt`);
  fs.writeFileSync(input, `${lines.join("\n")}\n`);
  try {
    await command(
      uv,
      [
        ...["pip", "compile", input, "--output-file", output, "--quiet", "--python", python],
        ...["--python-version", PYTHON, "--python-platform", `x86_64-manylinux_2_${GLIBC}`],
        ...["--only-binary", ":all:", "--generate-hashes", "--no-header", "--no-annotate"],
        ...constraints.flatMap((file) => ["--constraints", file]),
      ],
      { log },
    );
  } catch (error) {
    // After the line with the whole command comes what uv says.
    throw new UserError(explain((error as Error).message.split("\n").slice(1).join("\n")));
  }
  return resolved(fs.readFileSync(output, "utf8"));
}

/** Says of what uv refused what can be done about it. */
function explain(said: string): string {
  const wheelless = [...said.matchAll(/Wheels are required for `([^`]+)`/g)].map(
    ([, name]) => name,
  );
  if (wheelless.length > 0) {
    return (
      `${wheelless.join(", ")} has no wheel for MWAA (Python ${PYTHON}, manylinux x86_64), and a web ` +
      "server without internet can build none. Name a version that has one, or another package, or build " +
      `the wheel into pluginsFolder and add the line --find-links ${AIRFLOW_HOME}/plugins.\n${said}`
    );
  }
  if (/error:.*\bremote requirements file\b.*\bconstraints-\d/.test(said)) {
    return (
      "Airflow's constraints cannot be fetched. Where their address cannot be reached, name a copy: " +
      `npm run wheels -- --constraints FILE\n${said}`
    );
  }
  return said;
}

/** Reads what uv writes: a package a line, its hashes on the lines below. */
function resolved(text: string): Resolved[] {
  return text
    .split(/\n(?=\S)/)
    .filter((entry) => entry.trim() !== "")
    .map((entry) => {
      const [, name, version] = /^([\w.-]+)(?:\[[^\]]*\])?==(\S+)/.exec(entry) ?? [];
      if (name === undefined) {
        throw new Error(`uv wrote ${entry}, which is no package at a version`);
      }
      return { name, version, requirement: entry.trim() };
    });
}

/** Options of pip by which it fetches what suits MWAA, whatever machine it runs on. */
export function pipPlatform(): string[] {
  const platforms = [
    ...Array.from({ length: GLIBC - 4 }, (_, i) => `manylinux_2_${GLIBC - i}_x86_64`),
    ...["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"],
  ];
  return [
    ...["--python-version", PYTHON, "--implementation", "cp", "--only-binary", ":all:"],
    ...platforms.flatMap((platform) => ["--platform", platform]),
  ];
}

/** Lines of a requirements file that say where packages are. */
export function indexLines(text: string): string[] {
  return requirementLines(text)
    .map(({ text: line }) => line)
    .filter((line) =>
      /^(-i|-f|--(index-url|extra-index-url|find-links|trusted-host)\b)/.test(line),
    );
}

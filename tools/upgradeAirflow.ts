import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { Command } from "commander";

import { DEFAULTS } from "../checks/defaults";
import { ROOT, toolHome } from "../local/home";
import { VERSIONS_FOLDER, VERSION_TESTS_FOLDER } from "../local/setup/airflowVersions";
import { pythonTools } from "../local/setup/python";
import { UserError, command, step } from "../local/setup/steps";
import { toEnd } from "../local/setup/toEnd";
import { publishedConstraints } from "./wheels/resolve";

/** The package that Airflow's AWS operators come in; MWAA has the version of Airflow's constraints. */
const PROVIDER = "apache-airflow-providers-amazon";

/**
 * Where the version stands beside the default of `airflowVersion`, which the program reads: each file with what is
 * around it, and `%` for the version. `test/tools/upgradeAirflow.test.ts` keeps them alike, and finds any other.
 */
export const PLACES: Readonly<Record<string, readonly string[]>> = {
  "checks/defaults.ts": ['airflowVersion: "%"'],
  "Pulumi.yaml": ["default: %"],
  "README.md": ["Airflow %"],
  "dags/requirements.txt": ["constraints-%/"],
  "test/requirements.in": ["apache-airflow==%"],
};

/** Files that name the version of the provider. */
export const PROVIDER_PLACES = ["dags/requirements.txt", "test/requirements.in"] as const;

/** A version of Airflow, and of the provider that goes with it. */
export interface Versions {
  readonly airflow: string;
  readonly provider: string;
}

/**
 * The content of a file for another version.
 *
 * @throws UserError where the file does not name the version that it should
 */
export function upgraded(name: string, text: string, from: string, to: Versions): string {
  let changed = text;
  for (const place of PLACES[name] ?? []) {
    const [before, after] = [place.replace("%", from), place.replace("%", to.airflow)];
    if (!changed.includes(before)) {
      throw new UserError(`${name} does not have ${before}: correct it, then run this again.`);
    }
    changed = changed.replaceAll(before, after);
  }
  return (PROVIDER_PLACES as readonly string[]).includes(name)
    ? changed.replace(new RegExp(`^${PROVIDER}==.*$`, "m"), `${PROVIDER}==${to.provider}`)
    : changed;
}

/**
 * The version of the provider in Airflow's constraints.
 *
 * @throws UserError where they have none
 */
export function providerOf(constraints: string): string {
  const [, version] = new RegExp(`^${PROVIDER}==(\\S+)$`, "m").exec(constraints) ?? [];
  if (version === undefined) {
    throw new UserError(`The constraints do not name ${PROVIDER}: they are not Airflow's.`);
  }
  return version;
}

/** What MWAA's image holds installations to, as the version's `constraints.txt` has it. */
export function imageConstraints(published: string, version: string): string {
  return (
    `# What MWAA's image for Airflow ${version} holds every installation to, whatever requirements.txt says:\n` +
    "# etc/mwaa_essential_constraints.txt of https://github.com/aws/amazon-mwaa-docker-images\n" +
    `${published.replace(/^#.*\n/gm, "").trim()}\n`
  );
}

/** Airflow's constraints, as the version's `published.txt` has them: what a rehearsal resolves requirements against. */
export function published(constraints: string, version: string): string {
  return (
    `# Airflow's own constraints for ${version}, of MWAA's Python: constraints-${version}/constraints-3.12.txt of ` +
    "https://github.com/apache/airflow\n" +
    `${constraints.replace(/^\s*(#.*)?\n/gm, "").trim()}\n`
  );
}

/** What the laptop installs for a version, beside its lock. */
export function imageRequirements({ airflow, provider }: Versions): string {
  return (
    `# MWAA's own Airflow and provider for ${airflow}, what deferrable operators need beside them, the drivers of its metadata\n` +
    "# database, PostgreSQL, and pip, which installs the environment's own requirements as MWAA does.\n" +
    `apache-airflow==${airflow}\n${PROVIDER}==${provider}\naiobotocore\nasyncpg\npsycopg2-binary\npip\n`
  );
}

interface Options {
  readonly constraints?: string;
  readonly imageConstraints?: string;
}

async function main(version: string, options: Options): Promise<void> {
  if (!/^3\.\d+\.\d+$/.test(version)) {
    throw new UserError(`The version is ${version}; allowed: Airflow 3, such as 3.2.1.`);
  }
  const image =
    "https://raw.githubusercontent.com/aws/amazon-mwaa-docker-images/main/images/airflow/" +
    `${version}/etc/mwaa_essential_constraints.txt`;
  const address = publishedConstraints(version);
  const constraints = await textOf(options.constraints, address, "--constraints");
  const ofImage = await textOf(options.imageConstraints, image, "--image-constraints");
  const to = { airflow: version, provider: providerOf(constraints) };
  // All are read before the first is written.
  const files = Object.keys(PLACES).map((name): [string, string] => {
    const text = fs.readFileSync(path.join(ROOT, name), "utf8");
    return [name, upgraded(name, text, DEFAULTS.airflowVersion, to)];
  });
  keepTests(DEFAULTS.airflowVersion, version);
  for (const [name, text] of files) {
    fs.writeFileSync(path.join(ROOT, name), text);
  }
  const own = path.join(ROOT, VERSIONS_FOLDER, version);
  fs.mkdirSync(own, { recursive: true });
  fs.writeFileSync(path.join(own, "constraints.txt"), imageConstraints(ofImage, version));
  fs.writeFileSync(path.join(own, "published.txt"), published(constraints, version));
  fs.writeFileSync(path.join(own, "requirements.in"), imageRequirements(to));
  await lock(constraints, [`${VERSIONS_FOLDER}/${version}/requirements`, "test/requirements"]);
  process.stdout.write(
    `Airflow ${version} with ${PROVIDER} ${to.provider}. Stacks that set airflowVersion themselves go on with ` +
      "theirs. Look at the difference, then run: npm run test:full\n",
  );
}

/** DAGs go on being tested on the version that was the default: with what they have been tested with. */
function keepTests(from: string, to: string): void {
  if (from === to) {
    return;
  }
  const kept = path.join(ROOT, VERSION_TESTS_FOLDER, from);
  fs.mkdirSync(kept, { recursive: true });
  for (const name of ["requirements.in", "requirements.txt"]) {
    fs.copyFileSync(path.join(ROOT, "test", name), path.join(kept, name));
  }
  fs.rmSync(path.join(ROOT, VERSION_TESTS_FOLDER, to), { recursive: true, force: true });
}

/** Locks what the laptop and the tests install, and the requirements of the environment. */
async function lock(constraints: string, names: readonly string[]): Promise<void> {
  const log = toolHome.log("upgrade");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "airflow-"));
  try {
    const file = path.join(folder, "constraints.txt");
    fs.writeFileSync(file, constraints);
    const { uv, python } = await pythonTools(toolHome, log);
    for (const name of names) {
      const compile = ["pip", "compile", `${name}.in`, "--output-file", `${name}.txt`, "--quiet"];
      const form = ["--generate-hashes", "--no-header", "--no-annotate", "--python", python];
      await step(`lock ${name}.txt`, () =>
        command(uv, [...compile, ...form, "--constraints", file], { log, cwd: ROOT }),
      );
    }
    const npm = (...args: string[]) => command("npm", ["run", ...args], { log, cwd: ROOT });
    await step("lock the environment's requirements", () =>
      npm("wheels", "--", "--constraints", file),
    );
    await step("write the documents", () => npm("docs"));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** A file, or what is published. */
async function textOf(file: string | undefined, address: string, option: string): Promise<string> {
  if (file !== undefined) {
    return fs.readFileSync(file, "utf8");
  }
  const found = await fetch(address).catch(() => undefined);
  if (found?.ok !== true) {
    throw new UserError(
      `${address} cannot be fetched${found === undefined ? "" : `: status ${found.status}`}. Where it cannot be ` +
        `reached, name a copy by ${option}; where there is none, MWAA does not have the version.`,
    );
  }
  return found.text();
}

if (require.main === module || process.argv[1] === __filename) {
  const program = new Command("npm run upgrade:airflow --")
    .description(
      "Makes another version of Airflow the default: its constraints, requirements and locks.",
    )
    .argument("<version>", "the version, which MWAA has to offer, such as 3.2.1")
    .option("--constraints <file>", "a copy of Airflow's constraints for the version")
    .option(
      "--image-constraints <file>",
      "a copy of the constraints of MWAA's image for the version",
    )
    .showHelpAfterError()
    .action(main);
  toEnd(program.parseAsync());
}

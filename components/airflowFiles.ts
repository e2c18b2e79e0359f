import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { WebserverAccessMode } from "../checks/environment";
import { asksInternet } from "../checks/internet";
import { describeProblem } from "../checks/problem";
import { checkRequirements } from "../checks/requirements";
import { type Additions, NO_ADDITIONS, withExports, withRequirements } from "./airflowAdditions";
import { type LocalFile, readFile, readFolder } from "./localFiles";
import { lockOf, readLockedRequirements } from "./wheels";

/** A file that is written by the program itself. */
export interface GeneratedFile {
  readonly text: string;
  /** SHA-256 of the text, in hexadecimal. */
  readonly hash: string;
}

/** The files of an environment. */
export interface AirflowFiles {
  readonly dags: readonly LocalFile[];
  /** Content of plugins.zip, wheels of the requirements among it; empty when there is none. */
  readonly plugins: readonly LocalFile[];
  /** The file itself, or, where there is a lock beside it, one that asks for the lock's wheels. */
  readonly requirements?: LocalFile | GeneratedFile;
  readonly startupScript?: LocalFile | GeneratedFile;
  /** The requirements are installed from the internet. */
  readonly asksInternet: boolean;
}

/** Where the files of an environment are; relative paths begin at `root`. */
export interface AirflowFilesArgs {
  /** Where the web server is reached; a private one reaches no index of packages. */
  readonly webserverAccessMode: WebserverAccessMode;
  /** Folder of the project. */
  readonly root: string;
  readonly dagsFolder: string;
  /** Patterns, as in a `.gitignore`, of further files that stay out. */
  readonly dagsIgnore: readonly string[];
  readonly requirementsFile?: string;
  readonly pluginsFolder?: string;
  readonly startupScript?: string;
  /** Version of Airflow that the requirements are resolved for. */
  readonly airflowVersion: string;
  /** What the listed pipelines add. */
  readonly additions?: Additions;
}

/**
 * Finds and hashes the files of an environment, sorted by path.
 *
 * The requirements file and the start-up script may lie in the DAG folder; they are objects of
 * their own and do not go up among the DAGs as well.
 *
 * @throws when a folder or file that is named does not exist, a folder holds nothing, or MWAA could
 *   not install the requirements
 */
export function readAirflowFiles(args: AirflowFilesArgs): AirflowFiles {
  const single = (setting: string, file: string | undefined): LocalFile | undefined =>
    file === undefined ? undefined : readFile(setting, path.resolve(args.root, file));
  const folder = (setting: string, directory: string): LocalFile[] =>
    readFolder(setting, path.resolve(args.root, directory), args.dagsIgnore);
  const { additions = NO_ADDITIONS } = args;
  const requirements = single("requirementsFile", args.requirementsFile);
  const startupScript = single("startupScript", args.startupScript);
  if (requirements !== undefined) {
    const content = fs.readFileSync(requirements.location);
    const problems = checkRequirements(requirements.location, content, args.airflowVersion);
    if (problems.length > 0) {
      throw new pulumi.RunError(problems.map(describeProblem).join("\n"));
    }
  }
  const source =
    args.requirementsFile === undefined
      ? undefined
      : { ...args, requirementsFile: args.requirementsFile };
  const elsewhere = [
    requirements?.location,
    startupScript?.location,
    source === undefined ? undefined : lockOf(source),
  ];
  const locked =
    source === undefined || additions.requirements.length > 0
      ? undefined
      : readLockedRequirements(source, args.airflowVersion);
  if (
    requirements !== undefined &&
    locked === undefined &&
    args.webserverAccessMode === "PRIVATE_ONLY"
  ) {
    // https://docs.aws.amazon.com/mwaa/latest/userguide/best-practices-dependencies.html
    void pulumi.log.warn(
      `webserverAccessMode is PRIVATE_ONLY, so that the web server cannot install ${requirements.path} ` +
        "from the internet: each of its starts loses minutes and goes on without the packages. Lock them " +
        "into plugins.zip: npm run wheels",
    );
  }
  const plugins =
    args.pluginsFolder === undefined ? [] : folder("pluginsFolder", args.pluginsFolder);
  const installed =
    locked === undefined
      ? requirementsWith(requirements, additions)
      : generated(locked.requirements);
  return {
    dags: folder("dagsFolder", args.dagsFolder).filter(
      (file) => !elsewhere.includes(file.location),
    ),
    plugins: withWheels(withPlugins(plugins, additions.plugins), locked?.wheels ?? []),
    requirements: installed,
    asksInternet: locked === undefined && asksInternet(textOf(installed) ?? ""),
    startupScript:
      additions.exports.length === 0
        ? startupScript
        : generated(withExports(textOf(startupScript), additions.exports)),
  };
}

function textOf(file: LocalFile | GeneratedFile | undefined): string | undefined {
  if (file === undefined) {
    return undefined;
  }
  return "text" in file ? file.text : fs.readFileSync(file.location, "utf8");
}

/** The requirements with those of pipelines; a file without them goes up as it is. */
function requirementsWith(
  file: LocalFile | undefined,
  { requirements }: Additions,
): LocalFile | GeneratedFile | undefined {
  return requirements.length === 0 ? file : generated(withRequirements(textOf(file), requirements));
}

/** @throws when a pipeline has a plugin of a name that pluginsFolder has as well, and it differs */
function withPlugins(own: readonly LocalFile[], added: readonly LocalFile[]): LocalFile[] {
  for (const plugin of added) {
    const other = own.find((file) => file.path === plugin.path);
    if (other !== undefined && other.hash !== plugin.hash) {
      throw new pulumi.RunError(
        `pluginsFolder and a pipeline both have a plugin ${plugin.path}: rename one of the two.`,
      );
    }
  }
  return [...own, ...added.filter((plugin) => !own.some((file) => file.path === plugin.path))];
}

function generated(text: string): GeneratedFile {
  return { text, hash: createHash("sha256").update(text).digest("hex") };
}

/** @throws when a plugin has the name of a wheel, and is not that wheel itself */
function withWheels(plugins: readonly LocalFile[], wheels: readonly LocalFile[]): LocalFile[] {
  const plugin = (wheel: LocalFile) => plugins.find(({ path: name }) => name === wheel.path);
  const other = wheels.find((wheel) => (plugin(wheel)?.hash ?? wheel.hash) !== wheel.hash);
  if (other !== undefined) {
    throw new pulumi.RunError(
      `pluginsFolder has a ${other.path} that is not the one of the requirements' lock, and both go ` +
        "into plugins.zip. Take it out of pluginsFolder, or write the lock again: npm run wheels",
    );
  }
  return [...plugins, ...wheels.filter((wheel) => plugin(wheel) === undefined)];
}

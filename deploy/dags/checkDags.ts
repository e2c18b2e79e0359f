import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { toolHome } from "../../local/home";
import { setUpPythons } from "../../local/setup";
import { airflowEnvironment } from "../../local/setup/airflowVersions";
import { pythonOf } from "../../local/setup/python";
import { outputOf } from "../../local/setup/steps";
import { ROOT } from "../project";
import type { EnvironmentFiles, StagedFile } from "./stackFiles";

/** One thing that is wrong with a DAG file, or with what it is imported with. */
export interface DagFinding {
  /** Path below the folder of the DAGs; `requirements.txt`, or a path below `plugins/`. */
  readonly file: string;
  /** Line of the file; null where it cannot be told. */
  readonly line: number | null;
  /** Name of the rule, such as `dag-cycle`: docs/checking-dags.md lists them. */
  readonly rule: string;
  /** `error`: the file cannot be imported, or a run of it fails. */
  readonly level: "error" | "warning";
  readonly message: string;
}

/** What an environment has that DAG files may name. */
export interface KnownNames {
  /** Airflow Variables by name, null for a value that is not known; null where the names are not known. */
  readonly variables: Readonly<Record<string, string | null>> | null;
  /** Ids of connections; null where they are not known. */
  readonly connections: readonly string[] | null;
  /** Airflow's configuration options, such as `core.dag_ignore_file_syntax`. */
  readonly options: Readonly<Record<string, string>>;
}

/** An environment of which only its files are known. */
export const NOTHING_KNOWN: KnownNames = { variables: null, connections: null, options: {} };

/**
 * Imports DAG files as the laptop's Airflow does, with the stack's plugins and requirements, and tells what is wrong
 * with them. No server is started, and no AWS API called.
 *
 * @param airflowVersion version of the environment
 *
 * @throws UserError where that cannot be told, with the reason
 */
export async function checkDags(
  files: EnvironmentFiles,
  airflowVersion: string,
  names: KnownNames = NOTHING_KNOWN,
): Promise<DagFinding[]> {
  const environment = airflowEnvironment(airflowVersion);
  await setUpPythons(toolHome, [environment]);
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "check-dags-"));
  try {
    stage(path.join(home, "dags"), files.dags);
    stage(path.join(home, "plugins"), files.plugins);
    // What the requirements ask for beyond Airflow's own packages is installed once.
    fs.symlinkSync(toolHome.dir("check", airflowVersion), path.join(home, "packages"));
    if (files.requirements !== undefined) {
      fs.writeFileSync(path.join(home, "requirements.txt"), files.requirements);
    }
    return JSON.parse(await checked(home, pythonOf(toolHome, environment), names)) as DagFinding[];
  } finally {
    fs.rmSync(home, { recursive: true, force: true });
  }
}

/** What the check of a home prints. */
function checked(home: string, python: string, names: KnownNames): Promise<string> {
  const script = path.join(ROOT, "local", "airflow", "check_dags.py");
  const child = spawn(python, [script, home, JSON.stringify(names)]);
  return outputOf(child, "The DAG files could not be checked.");
}

/** Writes files into a folder, which is made. */
export function stage(folder: string, files: readonly StagedFile[]): void {
  fs.mkdirSync(folder);
  for (const { path: name, content } of files) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
}

/** Findings as a terminal shows them, a line each; empty where there is none. */
export function shownFindings(findings: readonly DagFinding[]): string {
  return findings
    .map(({ file, line, rule, level, message }) => {
      const sign = level === "error" ? "✘" : "⚠";
      return `${sign} ${file}${line === null ? "" : `:${line}`} ${message} [${rule}]\n`;
    })
    .join("");
}

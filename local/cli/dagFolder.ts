import * as fs from "node:fs";
import * as path from "node:path";

import { RawImportError } from "./airflowErrors";

/** A DAG as Airflow's REST API shows it, as far as it is looked at. */
export interface KnownDag {
  readonly dag_id: string;
  /** When its file was parsed last. */
  readonly last_parsed_time: string | null;
  /** Its file, below the DAG folder. */
  readonly relative_fileloc: string | null;
}

/** The Python files of a DAG folder, with when each was changed last, in milliseconds. */
function pythonFiles(folder: string): { readonly file: string; readonly changed: number }[] {
  if (!fs.existsSync(folder)) {
    return [];
  }
  return fs
    .readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, String(name)))
    .filter((file) => file.endsWith(".py"))
    .map((file) => ({ file, changed: fs.statSync(file).mtimeMs }));
}

/** Milliseconds in which Airflow parses files that are new, also on a machine that is busy with all else as well. */
const PARSED_MS = 60_000;

/**
 * Whether a DAG that Airflow does not know may still turn up: a file has its id in it, or has been changed since all
 * were parsed. Airflow parses what is new first, so a DAG that is missing after a round of all files is not there.
 * While it knows none at all, no such round is known either, and files that came within the last minute count.
 *
 * @param home folder of the running Airflow
 * @param known the DAGs that it knows
 * @param broken names below the DAG folder of the files that it cannot import
 * @param now milliseconds of the clock
 */
export function mayTurnUp(
  dagId: string,
  home: string,
  known: readonly KnownDag[],
  broken: readonly string[],
  now: number,
): boolean {
  const folder = path.join(home, "dags");
  const all = pythonFiles(folder);
  if (all.length === 0) {
    return !fetchedSince(home, now - PARSED_MS);
  }
  const parsed =
    known.length === 0
      ? now - PARSED_MS
      : Math.min(...known.map(({ last_parsed_time: at }) => Date.parse(at ?? "") || 0));
  return all
    .filter(({ file }) => !broken.includes(path.relative(folder, file)))
    .some(
      ({ file, changed }) => changed >= parsed || fs.readFileSync(file, "utf8").includes(dagId),
    );
}

/**
 * Whether the DAG folder has been compared with the bucket in a look that began after a time.
 *
 * @param home folder of the running Airflow
 * @param time milliseconds of the clock
 */
export function fetchedSince(home: string, time: number): boolean {
  const looked = path.join(home, "looked");
  return fs.existsSync(looked) && fs.statSync(looked).mtimeMs >= time;
}

/**
 * Whether Airflow has parsed every file since it came into the DAG folder.
 *
 * @param folder the DAG folder of the running Airflow
 * @param known the DAGs that it knows
 * @param errors the files that it cannot import
 */
export function isShown(
  folder: string,
  known: readonly KnownDag[],
  errors: readonly RawImportError[],
): boolean {
  const newest = Math.max(0, ...pythonFiles(folder).map(({ changed }) => changed));
  const broken = errors.map(({ filename }) => filename);
  return [
    ...errors.map(({ timestamp }) => timestamp),
    ...known
      .filter(({ relative_fileloc: file }) => !broken.includes(file ?? ""))
      .map(({ last_parsed_time: at }) => at),
  ].every((at) => Date.parse(at ?? "") >= newest);
}

import * as fs from "node:fs";
import * as path from "node:path";

/** A DAG as Airflow's REST API shows it, as far as it is looked at. */
export interface KnownDag {
  readonly dag_id: string;
  /** When its file was parsed last. */
  readonly last_parsed_time: string | null;
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

/**
 * Whether a DAG that Airflow does not know may still turn up: a file has its id in it, or has been changed since all
 * were parsed. Airflow parses what is new first, so a DAG that is missing after a round of all files is not there.
 *
 * @param folder the DAG folder of the running Airflow
 * @param known the DAGs that it knows
 * @param broken names below the folder of the files that it cannot import
 */
export function mayTurnUp(
  dagId: string,
  folder: string,
  known: readonly KnownDag[],
  broken: readonly string[],
): boolean {
  const files = pythonFiles(folder).filter(
    ({ file }) => !broken.includes(path.relative(folder, file)),
  );
  if (known.length === 0) {
    return files.length > 0 || broken.length === 0;
  }
  const parsed = Math.min(...known.map(({ last_parsed_time: at }) => Date.parse(at ?? "") || 0));
  return files.some(
    ({ file, changed }) => changed >= parsed || fs.readFileSync(file, "utf8").includes(dagId),
  );
}

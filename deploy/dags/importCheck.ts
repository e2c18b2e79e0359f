import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type ImportError, type RawImportError, importErrorOf } from "../../local/cli/airflowErrors";
import { toolHome } from "../../local/home";
import { setUpPythons } from "../../local/setup";
import { pythonOf } from "../../local/setup/python";
import { UserError } from "../../local/setup/steps";
import { ROOT } from "../project";

/** What an environment imports its DAGs with. */
export interface EnvironmentFiles {
  /** All DAG files that go up, and no other. */
  readonly dags: readonly StagedFile[];
  /** Content of plugins.zip. */
  readonly plugins: readonly StagedFile[];
  /** Content of requirements.txt; undefined where there is none. */
  readonly requirements?: string;
}

/** A file with its path in the folder that it goes to. */
export interface StagedFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/**
 * Imports DAG files as the laptop's Airflow does, with the stack's plugins and requirements, and tells those that it
 * cannot.
 *
 * @throws UserError where that cannot be told, with the reason
 */
export async function importErrorsOf(files: EnvironmentFiles): Promise<ImportError[]> {
  await setUpPythons(toolHome, ["airflow"]);
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "deploy-dags-"));
  try {
    stage(path.join(home, "dags"), files.dags);
    stage(path.join(home, "plugins"), files.plugins);
    const requirements = path.join(home, "requirements.txt");
    if (files.requirements !== undefined) {
      fs.writeFileSync(requirements, files.requirements);
    }
    const { status, stdout, stderr } = spawnSync(
      pythonOf(toolHome, "airflow"),
      [path.join(ROOT, "local", "airflow", "check_dags.py"), home],
      { encoding: "utf8" },
    );
    if (status !== 0) {
      throw new UserError(`The DAG files could not be checked; nothing was uploaded.\n${stderr}`);
    }
    return (JSON.parse(stdout) as Omit<RawImportError, "timestamp">[]).map(importErrorOf);
  } finally {
    fs.rmSync(home, { recursive: true, force: true });
  }
}

function stage(folder: string, files: readonly StagedFile[]): void {
  fs.mkdirSync(folder);
  for (const { path: name, content } of files) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
}

import * as fs from "node:fs";
import * as path from "node:path";

import { Endpoint } from "../engine/endpoint";
import { secretsOf } from "../engine/secrets";
import { Home, ROOT, toolHome } from "../home";
import type { EnvironmentSettings } from "../../checks/airflow";
import { airflowEnvironment } from "../setup/airflowVersions";
import { metadataTemplate, otherPython, postgresqlPrograms, pythonOf } from "../setup/python";
import { running, startServer, stopServer } from "./processes";

/** The name of the server, in files and options. */
export const AIRFLOW = "airflow";

/** Seconds that Airflow may take to end its tasks and its servers. */
const STOP_SECONDS = 60;

/** What the server that stands for MWAA says of itself, in `airflow/status.json` of the home. */
interface Status {
  readonly state: string;
  readonly environment: string;
  /** Version of Airflow. */
  readonly version: string;
  readonly url?: string;
  readonly username?: string;
  readonly password?: string;
  /** The folder with the socket of the metadata database. */
  readonly database?: string;
  readonly error?: string;
}

/**
 * Starts the server that stands for MWAA where it does not run yet; it then waits for its environment. One of an
 * environment of another name, or of another version, which the settings had before, is stopped.
 */
export async function startAirflow(
  home: Home,
  { name, airflowVersion: version }: Pick<EnvironmentSettings, "airflowVersion" | "name">,
  endpoint: Endpoint,
  port: number,
  onStart: () => void,
): Promise<void> {
  if (running(home, AIRFLOW) !== undefined) {
    const said = airflowStatus(home) ?? { environment: name, version };
    if (said.environment === name && said.version === version) {
      return;
    }
    await stopAirflow(home);
  }
  const python = airflowEnvironment(version);
  fs.rmSync(statusFile(home), { force: true });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...endpoint.environment,
    LOCAL_CLOUD_TOKEN: secretsOf(home).token,
  };
  // To boto3 an empty name is a profile as well, one that it does not find.
  delete env.AWS_PROFILE;
  await startServer(
    home,
    AIRFLOW,
    port,
    [
      pythonOf(toolHome, python),
      path.join(ROOT, "local", "airflow", "main.py"),
      ...["--environment", name],
      ...["--home", home.dir("airflow")],
      ...["--port", String(port)],
      ...["--postgresql", postgresqlPrograms(toolHome)],
      ...["--template", metadataTemplate(toolHome, python)],
    ],
    env,
  );
  const other = otherPython(toolHome, python);
  process.stdout.write(other === undefined ? "" : `⚠ ${other}\n`);
  onStart();
}

/** Stops Airflow; its metadata database is kept. */
export function stopAirflow(home: Home): Promise<void> {
  return stopServer(home, AIRFLOW, STOP_SECONDS);
}

function statusFile(home: Home): string {
  return path.join(home.dir("airflow"), "status.json");
}

/**
 * What the server last said; undefined before it said anything.
 *
 * @param since milliseconds of the clock: what it said before counts no more
 */
export function airflowStatus(home: Home, since = 0): Status | undefined {
  const file = statusFile(home);
  return fs.existsSync(file) && fs.statSync(file).mtimeMs >= since
    ? (JSON.parse(fs.readFileSync(file, "utf8")) as Status)
    : undefined;
}

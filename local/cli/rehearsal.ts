import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { decodeRequirements } from "../../checks/requirements";
import { withRequirements } from "../../components/airflowAdditions";
import { type DagFinding, NOTHING_KNOWN, stage } from "../../deploy/dags/checkDags";
import { contentsOf, filesOf } from "../../deploy/dags/stackFiles";
import { type ProgramStack, stackFile } from "../../deploy/oidc/stackSettings";
import { type Home, ROOT, toolHome } from "../home";
import { setUpPythons } from "../setup";
import { airflowEnvironment } from "../setup/airflowVersions";
import { postgresqlPrograms, pythonOf, pythonTools } from "../setup/python";
import { UserError, outputOf, step } from "../setup/steps";
import { AIRFLOW } from "./airflowServer";
import { plannedEnvironment } from "./plannedEnvironment";
import { running } from "./processes";
import { rehearseRuns, stopCopy } from "./rehearsalRuns";

/** The steps of a rehearsal, as `local/airflow/rehearse.py` has them, and as a person is told of them. */
const STEPS = {
  requirements: "requirements, resolved",
  startup: "start-up script, run",
  options: "configuration options",
  dags: "DAG files and plugins, imported",
  uses: "removed and deprecated uses",
  metadata: "metadata, a copy migrated",
} as const;

/** Folder of a home that rehearsals work in, each in one of its own. */
const FOLDER = "rehearsals";

/** An upgrade that is rehearsed. */
export interface Upgrade {
  readonly program: ProgramStack;
  /** Home of the stack, whose running environment has the metadata. */
  readonly home: Home;
  /** Version that DAG files and requirements are of, such as 2.11. */
  readonly from: string;
  /** Version of the laptop's that is tried. */
  readonly to: string;
  /** Ids of DAGs that are run once, in an environment of their own. Default: none. */
  readonly run?: readonly string[];
  /** Folder of the program, without runs. Default: this checkout. */
  readonly root?: string;
  /** Ends it, and what it started. */
  readonly signal?: AbortSignal;
}

/** What a rehearsal found, and what it looked at. */
export interface Rehearsed {
  readonly findings: readonly DagFinding[];
  /** Paths of the files, as findings name them. */
  readonly files: readonly string[];
}

/**
 * Rehearses an upgrade in a folder that is removed: nothing of the program or of its running environment is changed,
 * also where it is killed. What one that was killed left is removed by the next.
 *
 * @throws UserError where the laptop has not the version, or something cannot be told
 */
export async function rehearsal(upgrade: Upgrade): Promise<Rehearsed> {
  const environment = airflowEnvironment(upgrade.to);
  await setUpPythons(toolHome, [environment, "postgresql", "rehearsal"], upgrade.signal);
  await removeLeftOver(upgrade.home);
  const folder = upgrade.home.dir(FOLDER, String(process.pid));
  try {
    const files = await prepare(upgrade, folder);
    const findings: DagFinding[] = [];
    for (const [name, shown] of Object.entries(STEPS)) {
      const take = () => taken(pythonOf(toolHome, environment), name, folder, upgrade.signal);
      findings.push(...(await step(shown, take, undefined, passed)));
    }
    const { run = [] } = upgrade;
    if (run.length > 0 && !passed(findings)) {
      process.stdout.write(`Not run: ${run.join(", ")}. Correct the errors first.\n`);
    } else if (run.length > 0) {
      findings.push(...(await rehearseRuns(upgrade, run, folder)));
    }
    return { findings, files: [...files, ...run] };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function passed(findings: readonly DagFinding[]): boolean {
  return findings.every(({ level }) => level !== "error");
}

/** Removes what rehearsals have left that were killed: folders, named by their processes, and servers. */
async function removeLeftOver(home: Home): Promise<void> {
  const folder = home.dir(FOLDER);
  for (const name of fs.readdirSync(folder)) {
    try {
      process.kill(Number(name), 0);
    } catch {
      await stopCopy(path.join(folder, name));
      fs.rmSync(path.join(folder, name), { recursive: true, force: true });
    }
  }
}

/** Puts what the steps need into the folder; returns the files that are looked at. */
async function prepare(upgrade: Upgrade, folder: string): Promise<string[]> {
  const { program, home, from, to, root = ROOT } = upgrade;
  const { files: named, environment } = program.settings;
  // The lock of the requirements, and its wheels, are of the version that is left: an upgrade makes them anew.
  const settings = { ...program.settings, files: { ...named, requirementsFile: undefined } };
  const found = filesOf({ ...program, settings }, root);
  const { dags, plugins, requirements: added } = contentsOf(found);
  stage(path.join(folder, "dags"), dags);
  stage(path.join(folder, "plugins"), plugins);
  fs.symlinkSync(toolHome.dir("check", to), path.join(folder, "packages"));
  const looked = [
    ...dags.map((file) => file.path),
    ...plugins.map((file) => `plugins/${file.path}`),
  ];
  const requirements = requirementsOf(named.requirementsFile, added, root);
  if (requirements !== undefined) {
    fs.writeFileSync(path.join(folder, "requirements.txt"), requirements);
    looked.push("requirements.txt");
  }
  const script = found.startupScript;
  if (script !== undefined) {
    const text = "text" in script ? script.text : fs.readFileSync(script.location, "utf8");
    fs.writeFileSync(path.join(folder, "startup.sh"), text);
    looked.push(named.startupScript ?? "startup.sh");
  }
  const config = stackFile(program.stack, root);
  const planned = await plannedEnvironment(program, config, root);
  if (typeof planned === "string") {
    process.stdout.write(
      `Variables and connections are not compared: what the stack has is not known without AWS (${planned}).\n`,
    );
  }
  const known =
    typeof planned === "string"
      ? { ...NOTHING_KNOWN, options: environment.configurationOptions }
      : planned;
  const optionsFile = `Pulumi.${program.stack}.yaml`;
  const database = path.join(home.folder, "airflow", "postgresql");
  if (!fs.existsSync(database)) {
    process.stdout.write(
      `No metadata is migrated: there is no ${database}, the stack has not been up.\n`,
    );
  }
  const { uv } = await pythonTools(toolHome, toolHome.log("rehearsal"), upgrade.signal);
  const told = {
    ...known,
    origin: from,
    options_file: optionsFile,
    options_path: path.join(root, optionsFile),
    startup_script: named.startupScript ?? "startup.sh",
    metadata: fs.existsSync(database) ? database : null,
    running: running(home, AIRFLOW) !== undefined,
    postgresql: postgresqlPrograms(toolHome),
    uv,
    ruff: path.join(path.dirname(pythonOf(toolHome, "rehearsal")), "ruff"),
  };
  fs.writeFileSync(path.join(folder, "rehearsal.json"), JSON.stringify(told));
  return [...looked, optionsFile];
}

/** The requirements that the stack names, with what its pipelines add; undefined where there are none. */
function requirementsOf(
  file: string | undefined,
  added: string | undefined,
  root: string,
): string | undefined {
  const content = file === undefined ? undefined : fs.readFileSync(path.resolve(root, file));
  const own = content === undefined ? undefined : decodeRequirements(content);
  if (content !== undefined && own === undefined) {
    throw new UserError(`requirementsFile is ${String(file)}, which is not UTF-8. Save it so.`);
  }
  return added === undefined ? own : withRequirements(own, added.trim().split("\n"));
}

/** What a step of `rehearse.py` finds. */
async function taken(
  python: string,
  name: string,
  folder: string,
  signal?: AbortSignal,
): Promise<DagFinding[]> {
  const script = path.join(ROOT, "local", "airflow", "rehearse.py");
  const child = spawn(python, [script, name, folder]);
  // It ends, with all that it started, once nobody holds the other end of its input.
  const end = () => child.stdin.destroy();
  signal?.addEventListener("abort", end, { once: true });
  try {
    const printed = await outputOf(child, "This could not be rehearsed.");
    return JSON.parse(printed.trimEnd().split("\n").at(-1) ?? "") as DagFinding[];
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

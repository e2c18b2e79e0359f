import * as fs from "node:fs";
import * as path from "node:path";

import { parse, stringify } from "yaml";

import type { DagFinding } from "../../deploy/dags/checkDags";
import { LocalStack } from "../engine/stack";
import { Home, toolHome } from "../home";
import { setUp } from "../setup";
import { airflowEnvironment } from "../setup/airflowVersions";
import { Interrupted, UserError, step } from "../setup/steps";
import { Airflow } from "./airflow";
import { AIRFLOW, startAirflow, stopAirflow } from "./airflowServer";
import { CLOUD, startCloud, stopCloud } from "./cloud";
import { readMovieLens } from "./movielens";
import { publishSource } from "./movielensSource";
import { freePort } from "./processes";
import type { Upgrade } from "./rehearsal";
import { dagsOfStack } from "./results";
import { readStackFile } from "./stackFile";
import { runDag } from "./work";

/** The home of an environment of its own, in the folder of a rehearsal. */
function copyIn(folder: string): Home {
  return new Home(path.join(folder, "copy"));
}

/** Stops the servers that a rehearsal of that folder has left running. */
export async function stopCopy(folder: string): Promise<void> {
  const copy = copyIn(folder);
  if (fs.existsSync(copy.folder)) {
    await stopAirflow(copy);
    await stopCloud(copy);
  }
}

/**
 * Runs DAGs once each under the new version: the stack is brought up in a home of its own, on ports that are free, and
 * knows nothing of what the running one holds. What makes the input of a DAG runs before it.
 *
 * @param dags ids
 * @param folder that of the rehearsal, after its step `requirements`
 * @returns a finding for each DAG that did not succeed
 */
export async function rehearseRuns(
  upgrade: Upgrade,
  dags: readonly string[],
  folder: string,
): Promise<DagFinding[]> {
  const { program, home, to, signal } = upgrade;
  const needed = ["cloud", airflowEnvironment(to), "postgresql", "spark"] as const;
  const pulumi = await setUp(toolHome, needed, signal);
  const copy = copyIn(folder);
  const cache = path.join(home.folder, "cache");
  if (fs.existsSync(cache)) {
    fs.cpSync(cache, copy.dir("cache"), { recursive: true });
  }
  try {
    const { zip } = await readMovieLens(copy, undefined);
    const cloud = await step(
      "local cloud of its own",
      async () => startCloud(copy, await freePort(), () => undefined, signal),
      copy.log(CLOUD),
    );
    await publishSource(cloud, zip);
    const { name } = program.settings.environment;
    const environment = { name, airflowVersion: to };
    await startAirflow(copy, environment, cloud, await freePort(), () => undefined);
    const log = copy.log("up");
    await step(
      `stack ${program.stack} with Airflow ${to}`,
      async () => {
        const onOutput = (text: string) => fs.appendFileSync(log, text);
        const settings = settingsOf(upgrade, folder);
        const { stack } = program;
        const opened = { home: copy, stack, settings, pulumi, cloud, onOutput, signal };
        // The policies speak in `up` itself.
        await (await LocalStack.open({ ...opened, policyPack: null })).up();
      },
      log,
    );
    const airflow = await step(
      `Airflow ${to}`,
      (note) => Airflow.connect(copy, { note, signal }),
      copy.log(AIRFLOW),
    );
    return await runAll(airflow, withInputs(upgrade, dags), to);
  } finally {
    await stopCopy(folder);
  }
}

/** The stack's settings with the new version, and requirements as an upgrade writes them. */
function settingsOf({ program, home, to }: Upgrade, folder: string) {
  const { text, secrets } = readStackFile({ home, stack: program.stack });
  const { config } = parse(text) as { config: Record<string, unknown> };
  config[`${program.project}:airflowVersion`] = to;
  const requirements = path.join(folder, "upgraded.txt");
  if (program.settings.files.requirementsFile !== undefined && fs.existsSync(requirements)) {
    config[`${program.project}:requirementsFile`] = requirements;
  }
  return { text: stringify({ config }), secrets };
}

/** DAGs after those that make their input, each once. */
function withInputs({ program }: Upgrade, dags: readonly string[]): string[] {
  const plans = dagsOfStack(program);
  const ordered = dags.flatMap((id) => {
    const after = plans.find((plan) => plan.id === id)?.after;
    return after === undefined ? [id] : [after, id];
  });
  return [...new Set(ordered)];
}

async function runAll(
  airflow: Airflow,
  dags: readonly string[],
  to: string,
): Promise<DagFinding[]> {
  const findings: DagFinding[] = [];
  for (const id of dags) {
    const failed = (why: string) =>
      findings.push({ file: id, line: null, rule: "run", level: "error", message: why });
    try {
      const { state, tasks } = await runDag(airflow, id, {});
      if (state !== "success") {
        const names = Object.keys(tasks).filter((task) => tasks[task].state === "failed");
        failed(
          `The run ended in state ${state} under Airflow ${to}; failed tasks: ${names.join(", ") || "none"}. ` +
            "Their logs are above.",
        );
      }
    } catch (error) {
      if (!(error instanceof UserError) || error instanceof Interrupted) {
        throw error;
      }
      failed(error.message);
    }
  }
  return findings;
}

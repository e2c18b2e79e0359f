import { Airflow } from "../airflow";
import { AIRFLOW, airflowStatus } from "../airflowServer";
import { CLOUD } from "../cloud";
import { running } from "../processes";
import type { GlobalOptions } from "../session";
import { brokenDags } from "../airflowErrors";
import { homeOf } from "../stackHome";

/** Tells what runs, and where, and which DAG files cannot be imported. */
export async function status(options: GlobalOptions): Promise<void> {
  const home = homeOf(options);
  for (const name of [CLOUD, AIRFLOW]) {
    const server = running(home, name);
    process.stdout.write(
      server === undefined
        ? `${name}: not running\n`
        : `${name}: running, process ${server.pid}, http://127.0.0.1:${server.port}` +
            `${name === AIRFLOW ? ` (${airflowStatus(home)?.state ?? "starting"})` : ""}\n`,
    );
  }
  process.stdout.write(`state, logs and report: ${home.folder}\n`);
  if (running(home, AIRFLOW) !== undefined && airflowStatus(home)?.state === "healthy") {
    const airflow = await Airflow.connect(home);
    process.stdout.write(brokenDags(await airflow.importErrors()));
  }
}

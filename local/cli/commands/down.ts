import { step } from "../../setup/steps";
import { AIRFLOW, stopAirflow } from "../airflowServer";
import { CLOUD, stopCloud } from "../cloud";
import { lockHome } from "../processes";
import type { GlobalOptions } from "../session";
import { homeOf } from "../stackHome";

/** Stops the local cloud and Airflow; their state is kept. */
export async function down(options: GlobalOptions): Promise<void> {
  const home = homeOf(options);
  const unlock = lockHome(home);
  try {
    await step("stop airflow", () => stopAirflow(home), home.log(AIRFLOW));
    await step("stop cloud", () => stopCloud(home), home.log(CLOUD));
  } finally {
    unlock();
  }
}

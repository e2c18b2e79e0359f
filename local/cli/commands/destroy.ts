import { stopAirflow } from "../airflowServer";
import { Inventory, inventoryOf, stopCloud } from "../cloud";
import { withdrawSource } from "../movielensSource";
import { GlobalOptions, Session } from "../session";

/** Removes every resource of the stack, tells what is left, and stops what runs. */
export async function destroy(options: GlobalOptions): Promise<void> {
  await Session.run(options, { keep: false, airflow: false }, async (session) => {
    const endpoint = await session.cloud();
    await stopAirflow(session.home);
    await (await session.stack()).destroy();
    await withdrawSource(endpoint);
    process.stdout.write(
      leftOver(await inventoryOf(session.home, endpoint), session.home.dir("cloud")),
    );
    await stopCloud(session.home);
  });
}

/**
 * What runs have created and the stack does not know, a line for each kind; empty where nothing is left.
 *
 * @param folder what the local cloud keeps its state in
 */
export function leftOver(inventory: Inventory, folder: string): string {
  const lines = Object.entries(inventory).flatMap(([service, collections]) =>
    Object.entries(collections)
      .filter(([, names]) => names.length > 0)
      .map(([collection, names]) => `  ${service} ${collection}: ${names.join(", ")}\n`),
  );
  return lines.length === 0
    ? ""
    : "\nStill there, since a run created it and the stack does not know it:\n" +
        lines.join("") +
        "On AWS it would stay, and cost, until whoever created it deletes it. Here, with the stack destroyed, " +
        `deleting the folder ${folder} removes it.\n`;
}

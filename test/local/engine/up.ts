/**
 * Brings the local stack up, in a process of its own that a test interrupts or kills, as `npm run local -- up` does but
 * for the policy pack and Airflow: `up.ts HOME FOLDER`, with the folder of the program, while the local cloud runs.
 */
import { PulumiCommand } from "@pulumi/pulumi/automation";

import { startCloud } from "../../../local/cli/cloud";
import { LocalStack } from "../../../local/engine/stack";
import { Home, toolHome } from "../../../local/home";
import { findPulumi } from "../../../local/setup/pulumiCli";

async function up(folder: string, source: string): Promise<void> {
  const interrupt = new AbortController();
  process.on("SIGINT", () => interrupt.abort());
  const home = new Home(folder);
  const cloud = await startCloud(home, 0, () => undefined);
  Object.assign(process.env, cloud.environment);
  const stack = await LocalStack.open({
    home,
    cloud,
    source,
    pulumi: (await findPulumi(toolHome)) as PulumiCommand,
    policyPack: null,
    onOutput: (text) => process.stdout.write(text),
    signal: interrupt.signal,
  });
  await stack.up();
}

void up(process.argv[2], process.argv[3]).then(
  () => process.exit(0),
  () => process.exit(1),
);

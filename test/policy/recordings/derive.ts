import * as fs from "node:fs";
import * as path from "node:path";

import type { PulumiCommand } from "@pulumi/pulumi/automation";

import { startCloud, stopCloud } from "../../../local/cli/cloud";
import { endLeftOverEngine } from "../../../local/engine/recover";
import { LocalStack, backendOf } from "../../../local/engine/stack";
import { Home, ROOT } from "../../../local/home";
import { WITHOUT_CHECKPOINTS, freePort } from "../../local/running";
import type { StackName } from "../../stackFiles";

/** Writes down what the engine shows a policy pack. */
const CAPTURE = path.join(ROOT, "test", "policy", "capture");

/**
 * Has the engine preview a stack and bring it up on an empty local cloud of its own, and writes what it shows a policy
 * pack each time: `planned.json` and `deployed.json`. Several may be derived at a time.
 *
 * @param folder gets the graphs
 * @param home what is needed meanwhile; nothing runs of it afterwards
 * @param log gets the engine's own progress
 * @throws UserError with what the engine says where it fails
 */
export async function deriveGraphs(
  stack: StackName,
  folder: string,
  home: Home,
  { pulumi, log, signal }: { pulumi: PulumiCommand; log: string; signal?: AbortSignal },
): Promise<void> {
  try {
    const cloud = await startCloud(home, await freePort(), () => undefined, signal);
    const opened = await LocalStack.open({
      home,
      pulumi,
      cloud,
      variables: { ...WITHOUT_CHECKPOINTS, POLICY_CAPTURE: folder },
      stack,
      policyPack: CAPTURE,
      onOutput: (text) => fs.appendFileSync(log, text),
      signal,
    });
    await opened.preview();
    await opened.up();
  } finally {
    await stopCloud(home);
  }
}

/** Ends what runs of a home whose process was killed while it derived. */
export async function endDerivation(home: Home): Promise<void> {
  await endLeftOverEngine(backendOf(home));
  await stopCloud(home);
}

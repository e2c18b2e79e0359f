import { PulumiCommand } from "@pulumi/pulumi/automation";

import { toolHome } from "../../../local/home";
import { setUp } from "../../../local/setup";
import { step } from "../../../local/setup/steps";
import { toEnd } from "../../../local/setup/toEnd";
import { deriveGraphs, endDerivation } from "./derive";
import { type Deriver, Store } from "./store";

/** What derives by the engine and local clouds, once what these need is set up. */
async function open(signal: AbortSignal): Promise<Deriver> {
  const pulumi: PulumiCommand = await setUp(toolHome, ["cloud"], signal);
  return {
    derive: (stack, folder, home) =>
      deriveGraphs(stack, folder, home, {
        pulumi,
        log: toolHome.log(`recordings-${stack}`),
        signal,
      }),
    end: endDerivation,
  };
}

/** `npm run recordings`: derives the graphs of the shipped stacks that are missing, or were derived of what changed since. */
async function main(): Promise<void> {
  const store = new Store();
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => interrupt.abort());
  }
  await step("graphs of the shipped stacks", (note) =>
    store.fill(() => open(interrupt.signal), note),
  );
  process.stdout.write(`  in ${store.folder}\n`);
}

toEnd(main());

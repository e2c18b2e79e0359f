import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { Command } from "commander";

import { WheelsLock, offlineRequirements } from "../checks/wheels";
import { lockOf } from "../components/wheels";
import { ROOT, toolHome } from "../local/home";
import { toEnd } from "../local/setup/toEnd";
import { fetchLocked, lockWheels, readWanted } from "./wheels/lock";

interface Options {
  readonly stack: string;
  readonly constraints?: string;
  readonly locked?: boolean;
}

async function main({ stack, constraints, locked }: Options): Promise<void> {
  const wanted = readWanted(stack, ROOT);
  if (wanted === undefined) {
    process.stdout.write(`Stack ${stack} has no requirementsFile: there is nothing to lock.\n`);
    return;
  }
  const log = toolHome.log("wheels");
  const name = path.relative(ROOT, lockOf(wanted.source));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "wheels-"));
  try {
    const lock = locked
      ? await fetchLocked(wanted, folder, log)
      : await lockWheels(wanted, constraints, folder, log);
    process.stdout.write(`${lock === undefined ? `There is no ${name}.` : told(name, lock)}\n`);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** What comes of a lock, for whoever is to commit it. */
function told(name: string, { pins }: WheelsLock): string {
  return pins.length === 0
    ? `${name}: MWAA has all that is asked for; plugins.zip needs no wheel.`
    : `${name}: wheels for plugins.zip: ${pins.length}. MWAA gets this requirements.txt:\n\n` +
        offlineRequirements(pins);
}

const program = new Command("npm run wheels --")
  .description(
    "Locks the requirements of a stack and fetches their wheels for plugins.zip, from which MWAA installs " +
      "without internet.",
  )
  .option("--stack <name>", "the stack whose settings name requirements and airflowVersion", "dev")
  .option(
    "--constraints <file>",
    "a copy of Airflow's constraints for the version, where their address cannot be reached",
  )
  .option("--locked", "only fetch what the lock names and is not there")
  .showHelpAfterError()
  .action(main);

toEnd(program.parseAsync());

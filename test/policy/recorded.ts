import { spawnSync } from "node:child_process";
import * as path from "node:path";

import { ROOT } from "../../local/home";
import { STACKS, type StackName } from "../stackFiles";
import { RecordedResource } from "./mutant";
import { digestOf } from "./recordings/inputs";
import { MODES, type Mode, Store } from "./recordings/store";

/** What the graphs follow from is read once a process. */
const digests = new Map<StackName, string>();

const store = new Store(undefined, (stack) => {
  const digest = digests.get(stack) ?? digestOf(stack);
  digests.set(stack, digest);
  return digest;
});

/** The graphs, as JSON, by stack and mode. */
const texts = new Map<string, string>();

const keyOf = (stack: StackName, mode: Mode): string => `${stack} ${mode}`;

/** Reads the graphs; whether all of them are there. */
function readAll(): boolean {
  for (const stack of STACKS) {
    for (const mode of MODES) {
      const text = store.read(stack, mode);
      if (text === undefined) {
        return false;
      }
      texts.set(keyOf(stack, mode), text);
    }
  }
  return true;
}

/**
 * Derives the graphs that are missing in a process of their own: those who ask, at the begin of a file of tests, cannot
 * wait but for a process.
 *
 * @throws Error where they cannot be derived; the process has said why
 */
function deriveMissing(): void {
  process.stderr.write(
    "The graphs of the shipped stacks are not derived yet from the program as it is now. That takes a minute or two, " +
      "more where the Pulumi CLI is set up first; it is what npm run recordings does.\n",
  );
  const { status } = spawnSync(
    process.execPath,
    [
      ...["-r", "ts-node/register/transpile-only"],
      path.join(ROOT, "test", "policy", "recordings", "main.ts"),
    ],
    // What reads the tests' standard output expects nothing of this there.
    { cwd: ROOT, stdio: ["ignore", 2, 2] },
  );
  if (status !== 0 || !readAll()) {
    throw new Error(
      `The graphs of the shipped stacks could not be derived; what is above says why. Again: npm run recordings`,
    );
  }
}

// As a file of tests is loaded, not in one of its tests: those have a deadline, and nobody knows how long this takes.
if (!readAll()) {
  deriveMissing();
}

/** What the engine shows a policy pack of a shipped stack; a copy that may be changed. */
export function recording(stack: StackName, mode: Mode): RecordedResource[] {
  return JSON.parse(texts.get(keyOf(stack, mode)) as string) as RecordedResource[];
}

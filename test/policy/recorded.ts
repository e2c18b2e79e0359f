import { spawnSync } from "node:child_process";
import * as path from "node:path";

import { PolicyResource } from "@pulumi/policy";

import { ROOT } from "../../local/home";
import { StackName } from "../stackFiles";
import { resource } from "./graph";
import { RecordedResource } from "./mutant";
import { digestOf } from "./recordings/inputs";
import { type Mode, Store } from "./recordings/store";

/** What the graphs follow from is read once a process. */
const digests = new Map<StackName, string>();

const store = new Store(undefined, (stack) => {
  const digest = digests.get(stack) ?? digestOf(stack);
  digests.set(stack, digest);
  return digest;
});

/** The graphs that were asked for, as JSON. */
const texts = new Map<string, string>();

/** What the engine shows a policy pack of a shipped stack, derived where it is missing; a copy that may be changed. */
export function recording(stack: StackName, mode: Mode): RecordedResource[] {
  const key = `${stack} ${mode}`;
  const text = texts.get(key) ?? store.read(stack, mode) ?? derived(stack, mode);
  texts.set(key, text);
  return JSON.parse(text) as RecordedResource[];
}

/**
 * A graph that is missing, once all that are missing are derived, in a process of their own: those who ask, at the
 * begin of a file of tests, cannot wait but for a process.
 *
 * @throws Error where it cannot be derived; the process has said why
 */
function derived(stack: StackName, mode: Mode): string {
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
  const text = status === 0 ? store.read(stack, mode) : undefined;
  if (text === undefined) {
    throw new Error(
      `The graphs of the shipped stacks could not be derived; what is above says why. Again: npm run recordings`,
    );
  }
  return text;
}

/** Recorded resources as rules see them. */
export function asSeen(recorded: readonly RecordedResource[]): PolicyResource[] {
  const label = ({ type, name }: RecordedResource) => `${type}::${name}`;
  const seen = new Map(
    recorded.map((r) => [label(r), resource(r.type, r.name, r.props, {}, { protect: r.protect })]),
  );
  for (const r of recorded) {
    const one = seen.get(label(r)) as PolicyResource;
    for (const [property, labels] of Object.entries(r.propertyDependencies)) {
      const found = labels
        .map((l) => seen.get(l))
        .filter((s): s is PolicyResource => s !== undefined);
      one.propertyDependencies[property] = found;
      one.dependencies.push(...found);
    }
  }
  return [...seen.values()];
}

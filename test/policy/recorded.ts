import * as fs from "node:fs";
import * as path from "node:path";

import { PolicyResource } from "@pulumi/policy";

import { StackName } from "../stackFiles";
import { resource } from "./graph";
import { RecordedResource } from "./mutant";

/** `planned`: at the first preview, when no id is known; `deployed`: with the ids of one update. */
export type Mode = "planned" | "deployed";

/** File of a recording; `test/local/engine/recorded.test.ts` writes them and keeps them true. */
export function recordingFile(stack: StackName, mode: Mode): string {
  return path.join(__dirname, "recorded", `${stack}.${mode}.json`);
}

/** What the engine shows a policy pack of a shipped stack; a copy that may be changed. */
export function recording(stack: StackName, mode: Mode): RecordedResource[] {
  return JSON.parse(fs.readFileSync(recordingFile(stack, mode), "utf8")) as RecordedResource[];
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

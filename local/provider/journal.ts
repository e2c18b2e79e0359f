import * as fs from "node:fs";

import { rowOf } from "./aws";
import { urnParts } from "./aws/lifecycle";
import type { Properties } from "./aws/row";

/** A resource that was made. The engine may have been killed before it took note of it. */
export interface JournalEntry {
  readonly urn: string;
  readonly id: string;
  readonly state: Properties;
}

/** The file that the providers note new resources in, from the engine's environment; none: nothing is noted. */
const FILE = process.env.LOCAL_PROVIDER_JOURNAL;

/** Notes a resource as soon as it exists. One write of one line: a kill leaves a whole line or none. */
export function noteInJournal(entry: JournalEntry): void {
  if (FILE !== undefined) {
    fs.appendFileSync(FILE, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  }
}

/** What a journal holds, in the order in which it was made. */
export function readJournal(file: string): JournalEntry[] {
  if (!fs.existsSync(file)) {
    return [];
  }
  return fs
    .readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JournalEntry);
}

/** Removes a resource that the engine does not know, by its type's own row. */
export async function deleteOrphan(
  { urn, id, state }: JournalEntry,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  Object.assign(process.env, environment);
  const row = await rowOf(urnParts(urn).type);
  await row.delete(id, state);
}

import * as fs from "node:fs";
import * as path from "node:path";

import { Stack } from "@pulumi/pulumi/automation";

import { Home } from "../home";
import { JournalEntry, deleteOrphan, readJournal } from "../provider/journal";
import { Endpoint } from "./endpoint";

/** The part of a stack's state that is read here. */
interface Deployment {
  readonly resources?: readonly { readonly urn: string; readonly id?: string }[];
  readonly pending_operations?: readonly {
    readonly type: string;
    readonly resource: { readonly urn: string };
  }[];
}

/**
 * Clears up after an operation that was killed. The engine leaves a lock, and for a resource that was being
 * created a note in its state, but no id: the resource may exist and belong to nobody, so that the next update
 * would trip over its name. The providers' journal knows the ids; such resources are removed and made anew.
 *
 * Only one command works on a home at a time (its lock sees to that), so that a lock of the engine's found here
 * is always a dead one's.
 */
export async function recover(
  stack: Stack,
  home: Home,
  journal: string,
  cloud: Endpoint,
): Promise<void> {
  const locks = home.dir("state", ".pulumi", "locks");
  if (fs.readdirSync(locks, { recursive: true }).some((file) => String(file).endsWith(".json"))) {
    await stack.cancel();
  }
  if (hasPendingOperations(home)) {
    const exported = await stack.exportStack();
    const deployment = exported.deployment as Deployment;
    const owned = new Set((deployment.resources ?? []).map(({ urn, id }) => `${urn} ${id}`));
    const creating = new Set(
      (deployment.pending_operations ?? [])
        .filter(({ type }) => type === "creating")
        .map(({ resource }) => resource.urn),
    );
    const orphans = readJournal(journal).filter(
      ({ urn, id }: JournalEntry) => creating.has(urn) && !owned.has(`${urn} ${id}`),
    );
    for (const orphan of orphans.reverse()) {
      await deleteOrphan(orphan, cloud.environment);
    }
    await stack.importStack({
      ...exported,
      deployment: { ...deployment, pending_operations: [] },
    });
  }
  fs.rmSync(journal, { force: true });
}

/** Whether the stack's state notes operations that did not end. Read from the file: it is asked at every start. */
function hasPendingOperations(home: Home): boolean {
  const stacks = home.dir("state", ".pulumi", "stacks");
  return fs
    .readdirSync(stacks, { recursive: true })
    .map((file) => path.join(stacks, String(file)))
    .filter((file) => file.endsWith(".json"))
    .some((file) => /"pending_operations": \[\s*\{/.test(fs.readFileSync(file, "utf8")));
}

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { Stack } from "@pulumi/pulumi/automation";

import { Home } from "../home";
import { JournalEntry, deleteOrphan, readJournal } from "../provider/journal";
import { urnParts } from "../provider/aws/lifecycle";
import { Endpoint } from "./endpoint";
import { readState } from "./state";

/** The part of a stack's exported state that is read here. */
interface Exported {
  readonly resources?: readonly { readonly urn: string; readonly id?: string }[];
}

/** Seconds that an engine has to end by itself, and to write down what it has done. */
const END_SECONDS = 20;

/** How often it is looked whether it has ended. */
const LOOK_MS = 100;

/** `ps` prints the environment of every process; there are many, and some have much of it. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Ends the engine of a command that was killed, with its plugins: it goes on for a while, and would make resources
 * and write the state while the next command does. It is known by the backend that it was started with.
 */
export async function endLeftOverEngine(backendUrl: string): Promise<void> {
  const deadline = Date.now() + END_SECONDS * 1000;
  for (let signal: NodeJS.Signals = "SIGTERM"; ; signal = "SIGKILL") {
    const left = processesOf(backendUrl);
    left.forEach((pid) => end(pid, signal));
    while (left.some(alive) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    if (!left.some(alive) || signal === "SIGKILL") {
      return;
    }
  }
}

/** Not what this process has started itself: its providers go on from one operation to the next. */
function processesOf(backendUrl: string): number[] {
  return execFileSync("ps", ["axeww", "-o", "pid=,ppid=,command="], {
    encoding: "utf8",
    maxBuffer: MAX_OUTPUT_BYTES,
  })
    .split("\n")
    .filter((line) => `${line} `.includes(` PULUMI_BACKEND_URL=${backendUrl} `))
    .map((line) => line.trim().split(/ +/).map(Number))
    .filter(([, parent]) => parent !== process.pid)
    .map(([pid]) => pid);
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Clears up after an operation that was killed. The engine leaves a lock, and for a resource that was being
 * created a note in its state, but no id: the resource may exist and belong to nobody, so that the next update
 * would trip over its name. The providers' journal knows the ids; such resources are deleted and created again.
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
  const made = readJournal(journal);
  const pending = hasPendingOperations(home);
  if (pending || made.length > 0) {
    const exported = await stack.exportStack();
    const deployment = exported.deployment as Exported;
    const owned = new Set((deployment.resources ?? []).map(({ urn, id }) => known(urn, id)));
    // An engine that is asked to end forgets what was being created, so its notes alone do not tell.
    const orphans = made.filter(({ urn, id }: JournalEntry) => !owned.has(known(urn, id)));
    for (const orphan of orphans.reverse()) {
      await deleteOrphan(orphan, cloud.environment);
    }
    if (pending) {
      await stack.importStack({
        ...exported,
        deployment: { ...deployment, pending_operations: [] },
      });
    }
  }
  fs.rmSync(journal, { force: true });
}

/** What a resource is known by in AWS, whatever the program calls it. */
function known(urn: string, id?: string): string {
  return `${urnParts(urn).type} ${id}`;
}

/** Whether the state of a stack notes operations that did not end. */
function hasPendingOperations(home: Home): boolean {
  const stacks = home.dir("state", ".pulumi", "stacks");
  return fs
    .readdirSync(stacks, { recursive: true })
    .map((file) => path.join(stacks, String(file)))
    .filter((file) => file.endsWith(".json"))
    .some((file) => (readState(file).pending_operations ?? []).length > 0);
}

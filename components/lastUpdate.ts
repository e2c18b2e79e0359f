import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import type { Location } from "./location";

/** What a stack notes of an update for the next one, in its output `lastUpdate`. */
export interface UpdateNote {
  /** Account that the stack's resources are in. */
  readonly accountId: string;
  /** Region that they are in. */
  readonly region: string;
  readonly forceDestroy: boolean;
  /** Digest of all settings but `forceDestroy`, of connections of their ids. */
  readonly otherSettings: string;
  /** Managed policies of the execution role: ARNs, of the stack's own the names. */
  readonly executionRolePolicies: readonly string[];
}

/** The part of a note that is known before anything is registered. */
export type PlannedNote = Omit<UpdateNote, "executionRolePolicies">;

/**
 * What the last update that succeeded noted: the stack reads its own outputs.
 *
 * Source: https://www.pulumi.com/docs/iac/concepts/stacks/#stackreferences
 *
 * @returns undefined before the first one, and where a version of the program without notes made it
 */
export async function lastUpdate(): Promise<UpdateNote | undefined> {
  const name = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
  const last = new pulumi.StackReference("last-update", { name });
  return (await last.getOutputDetails("lastUpdate")).value as UpdateNote | undefined;
}

/** What an update with these settings notes. */
export function plannedNote(
  { accountId, region }: Location,
  { forceDestroy, connections, ...others }: Settings,
): PlannedNote {
  // What is secret in a connection could be guessed from its digest.
  const plain = { ...others, connections: Object.keys(connections) };
  const otherSettings = createHash("sha256").update(JSON.stringify(plain)).digest("hex");
  return { accountId, region, forceDestroy, otherSettings: otherSettings.slice(0, 16) };
}

/**
 * Refuses what the engine would begin and not finish: a stack that moves, and `forceDestroy` that changes together with
 * another setting.
 *
 * @throws {pulumi.RunError} with what changed, and what to do
 */
export function refuseMixedUpdate(last: UpdateNote | undefined, next: PlannedNote): void {
  if (last === undefined) {
    return;
  }
  const moved = (["accountId", "region"] as const).filter((place) => last[place] !== next[place]);
  if (moved.length > 0) {
    throw new pulumi.RunError(
      `The stack's resources are in the region ${last.region} of the account ${last.accountId}, and this update is ` +
        `for ${next.region} of ${next.accountId}; nothing was created or changed. A stack does not move: names of IAM ` +
        "and S3 are taken while the old ones are there. Go back (aws:region, or the credentials), make another stack " +
        "there, or destroy this one first.",
    );
  }
  if (last.forceDestroy !== next.forceDestroy && last.otherSettings !== next.otherSettings) {
    const way = next.forceDestroy
      ? "What is protected now would be left in the account, with its name taken"
      : "What this update replaces or deletes would not be protected yet";
    throw new pulumi.RunError(
      `forceDestroy changes from ${last.forceDestroy} to ${next.forceDestroy} together with other settings; nothing ` +
        `was created or changed. ${way}: the engine goes by what the last update wrote down. Set forceDestroy ` +
        "alone, run `pulumi up`, and then make the other changes.",
    );
  }
}

import * as fs from "node:fs";

/** A resource as the engine's state has it, as far as it is looked at here. */
export interface StateResource {
  readonly type: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly protect?: boolean;
}

/** A stack as the engine has it after an update. */
export interface Deployment {
  readonly resources?: readonly StateResource[];
  /** What was at work when the engine was killed. */
  readonly pending_operations?: readonly unknown[];
}

/**
 * A stack as the engine last wrote it down; nothing is in it before the first update. Read from its file, since commands
 * ask for it again and again: `pulumi stack export` gives the same with its secrets decrypted, and takes a process for it.
 *
 * Source: sdk/go/common/apitype/core.go of pulumi/pulumi, `CheckpointV3`
 */
export function readState(file: string): Deployment {
  const { checkpoint } = JSON.parse(fs.readFileSync(file, "utf8")) as {
    readonly checkpoint: { readonly latest?: Deployment };
  };
  return checkpoint.latest ?? {};
}

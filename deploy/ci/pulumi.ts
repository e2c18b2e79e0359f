import { spawn } from "node:child_process";

import { redact } from "./redact";

/** What a workflow has the engine do with a stack. */
export type Operation = "preview" | "up" | "drift";

/** What a command of the Pulumi CLI came to. */
export interface Finished {
  readonly status: number;
  /** What it printed, without colours and secrets. */
  readonly output: string;
}

/**
 * The status with which the CLI says that there are changes where none were expected.
 *
 * Source: https://github.com/pulumi/pulumi/blob/v3.245.0/pkg/cmd/pulumi/cmd/exit_codes.go
 */
export const CHANGES_FOUND = 7;

/** Variables of a workflow's environment that are none of the program's business. */
const WITHHELD = ["GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"];

/** What may stand where a stack's name is expected; no option, no path, no other organization's stack. */
const STACK_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * The arguments of the CLI for an operation on a stack.
 *
 * @param organization organization of Pulumi Cloud that the stack is in; undefined where the state is in a bucket
 * @param events file for the engine's events, of which the policy pack makes reports; default: none
 * @throws RangeError where the stack's name is none
 */
export function argumentsOf(
  operation: Operation,
  stack: string,
  organization?: string,
  events?: string,
): string[] {
  if (!STACK_NAME.test(stack)) {
    throw new RangeError(
      `"${stack}" is no name of a stack: letters, digits, dots, dashes and underscores are allowed.`,
    );
  }
  const common = [
    ...["--stack", organization === undefined ? stack : `${organization}/${stack}`],
    ...["--non-interactive", "--color", "never", "--suppress-progress"],
    ...(events === undefined ? [] : ["--event-log", events]),
  ];
  const policies = [
    "--policy-pack",
    "policy",
    "--policy-pack-config",
    `policy/config/${stack}.json`,
  ];
  switch (operation) {
    case "preview":
      return ["preview", ...common, ...policies];
    case "up":
      // It previews first, and stops there at a mandatory violation.
      return ["up", "--yes", ...common, ...policies];
    case "drift":
      return ["refresh", "--preview-only", "--expect-no-changes", "--diff", ...common];
  }
}

/**
 * Runs the Pulumi CLI in the current folder and shows what it prints as it comes.
 *
 * @param command the executable; default: `pulumi` of `PATH`
 */
export function runPulumi(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
  command = "pulumi",
): Promise<Finished> {
  const env: NodeJS.ProcessEnv = {
    ...environment,
    // `npm test` checks the types; at run time that would only cost time.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The CLI has --event-log only with this.
    ...(args.includes("--event-log") ? { PULUMI_DEBUG_COMMANDS: "true" } : {}),
  };
  for (const name of WITHHELD) {
    delete env[name];
  }
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        to.write(chunk);
      });
    }
    child.on("error", reject);
    child.on("close", (status, signal) => {
      const output = Buffer.concat(chunks).toString("utf8");
      resolve({
        status: status ?? 1,
        output: redact(signal === null ? output : `${output}\nended by ${signal}\n`, environment),
      });
    });
  });
}

import { ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import * as fs from "node:fs";

/** How often a step that runs on says so where the output is not a terminal. */
const REMINDER_SECONDS = 15;

/** How many lines of a failed command's log are shown with its failure. */
const TAIL_LINES = 8;

/** Where steps are shown. */
let progress: NodeJS.WriteStream = process.stdout;

/** Has steps shown elsewhere: on standard error, where standard output is for a program. */
export function showProgressOn(stream: NodeJS.WriteStream): void {
  progress = stream;
}

/** A failure whose message is all a user needs: it is shown without a stack trace. */
export class UserError extends Error {}

/** The user broke the command off. */
export class Interrupted extends UserError {
  constructor() {
    super("interrupted");
  }
}

/** A failed step: which, why, and where its log lies. */
export class StepError extends UserError {
  constructor(
    readonly step: string,
    readonly reason: string,
    readonly log?: string,
  ) {
    super(`✘ ${step}: ${reason}${log === undefined ? "" : `\n  log: ${log}`}`);
  }
}

/** Seconds since `started`, for a person: `3.2 s`, `2 min 5 s`. */
export function elapsed(started: number, now: number = Date.now()): string {
  const seconds = (now - started) / 1000;
  if (seconds < 60) {
    return `${(Math.floor(seconds * 10) / 10).toFixed(1)} s`;
  }
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/**
 * Runs one step of the set-up or of a run, showing its name, that it goes on, and how long it took.
 *
 * @param passed whether a result is a good one, where there are others
 * @throws StepError naming the step, the cause and the log file.
 */
export async function step<T>(
  name: string,
  work: (note: (text: string) => void) => Promise<T>,
  log?: string,
  passed: (result: T) => boolean = () => true,
): Promise<T> {
  const started = Date.now();
  let last = "";
  const terminal = progress.isTTY;
  const reminder = setInterval(
    () => {
      const line = `  … ${name}${last === "" ? "" : `: ${last}`} (${elapsed(started)})`;
      progress.write(terminal ? `\r\x1b[K${line}` : `${line}\n`);
    },
    (terminal ? 1 : REMINDER_SECONDS) * 1000,
  );
  if (!terminal) {
    progress.write(`▸ ${name}\n`);
  }
  try {
    const result = await work((text) => (last = text));
    progress.write(
      `${terminal ? "\r\x1b[K" : ""}${passed(result) ? "✔" : "✘"} ${name} (${elapsed(started)})\n`,
    );
    return result;
  } catch (error) {
    if (terminal) {
      progress.write("\r\x1b[K");
    }
    if (error instanceof StepError) {
      throw error;
    }
    throw new StepError(name, error instanceof Error ? error.message : String(error), log);
  } finally {
    clearInterval(reminder);
  }
}

/** What `command` takes beside the words of the command line. */
export interface CommandOptions {
  /** The file that standard output and error are added to. */
  readonly log: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the command, by SIGTERM, when it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a command with its output in a log file.
 *
 * @throws Error with the status and the end of the log.
 */
export async function command(
  file: string,
  args: readonly string[],
  { log, cwd, env, signal }: CommandOptions,
): Promise<void> {
  const output = fs.openSync(log, "a");
  const from = fs.fstatSync(output).size;
  try {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(file, args, { cwd, env, signal, stdio: ["ignore", output, output] });
      child.on("error", (error) => {
        // An aborted one has had its signal, and is waited for: nothing is left running behind.
        if (error.name !== "AbortError") {
          reject(new Error(`${file} could not be run: ${error.message}`));
        }
      });
      child.on("exit", (status, killedBy) => {
        if (status === 0) {
          resolve();
        } else {
          const lines = fs.readFileSync(log).subarray(from).toString().trimEnd().split("\n");
          const how = killedBy === null ? `status ${status}` : `signal ${killedBy}`;
          reject(
            new Error(
              `${[file, ...args].join(" ")} ended with ${how}\n    ${lines.slice(-TAIL_LINES).join("\n    ")}`,
            ),
          );
        }
      });
    });
  } finally {
    fs.closeSync(output);
  }
}

/**
 * What a command prints on its standard output.
 *
 * @param failure sentence that says what could not be done where it ends with another status than zero
 * @throws UserError with that sentence and what the command printed on its standard error
 */
export function outputOf(child: ChildProcessWithoutNullStreams, failure: string): Promise<string> {
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      said[stream] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) =>
      status === 0 ? resolve(said.stdout) : reject(new UserError(`${failure}\n${said.stderr}`)),
    );
  });
}

/**
 * Does work that the user may break off: by Ctrl-C, by SIGTERM, or by closing the window of the terminal.
 *
 * @param work gets the signal that is aborted then
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", onSignal);
  try {
    return await work(interrupt.signal);
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal).off("SIGHUP", onSignal);
  }
}

import * as fs from "node:fs";
import * as path from "node:path";

import { CHANGES_FOUND, Finished, Operation } from "./pulumi";

/** How an operation on a stack ended. */
export type Outcome =
  /** Nothing stands against it; for a look at drift: there is none. */
  | "passed"
  /** A mandatory policy is violated. */
  | "refused"
  /** What is there is not what the state says. */
  | "drifted"
  /** It could not be told. */
  | "failed";

/** An operation on a stack, as one job hands it to the next. */
export interface Result {
  readonly stack: string;
  readonly outcome: Outcome;
  readonly output: string;
}

/** What a finished command of the CLI means. */
export function resultOf(operation: Operation, stack: string, finished: Finished): Result {
  const { status, output } = finished;
  return { stack, outcome: outcomeOf(operation, finished, status), output };
}

function outcomeOf(operation: Operation, { output }: Finished, status: number): Outcome {
  if (status === 0) {
    return "passed";
  }
  if (operation === "drift") {
    return status === CHANGES_FOUND ? "drifted" : "failed";
  }
  return mandatoryViolations(output).length > 0 ? "refused" : "failed";
}

/** The lines below a heading that the CLI prints at the end, as `Policies:`; undefined where there is none. */
export function sectionOf(output: string, heading: string): string | undefined {
  const lines = output.split("\n");
  const start = lines.findIndex((line) => line.trimEnd() === `${heading}:`);
  if (start < 0) {
    return undefined;
  }
  const length = lines.slice(start + 1).findIndex((line) => /^\S/.test(line));
  return lines
    .slice(start + 1, length < 0 ? undefined : start + 1 + length)
    .join("\n")
    .replace(/^\n+|\s+$/g, "");
}

/** The mandatory policies that the CLI says are violated, each with the lines that say where and why. */
export function mandatoryViolations(output: string): string[] {
  const lines = sectionOf(output, "Policies")?.split("\n") ?? [];
  const found: string[] = [];
  let within = false;
  for (const line of lines) {
    if (/^\s+- \[/.test(line)) {
      within = line.includes("[mandatory]");
      if (within) {
        found.push(line.trim());
      }
    } else if (within) {
      found[found.length - 1] += `\n  ${line.trim()}`;
    }
  }
  return found;
}

/** Writes a result where the next job, or step, finds it. */
export function writeResult(file: string, result: Result): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(result));
}

/**
 * Reads a result; undefined where there is none, as of a job that ended before it had one.
 *
 * @throws SyntaxError where the file holds something else
 */
export function readResult(file: string): Result | undefined {
  if (!fs.existsSync(file)) {
    return undefined;
  }
  const read = JSON.parse(fs.readFileSync(file, "utf8")) as Partial<Result>;
  const { stack, outcome, output } = read;
  if (
    typeof stack !== "string" ||
    typeof output !== "string" ||
    !["passed", "refused", "drifted", "failed"].includes(outcome ?? "")
  ) {
    throw new SyntaxError(`${file} is no result of an operation on a stack.`);
  }
  return { stack, outcome: outcome as Outcome, output };
}

import * as fs from "node:fs";
import * as path from "node:path";

/** Lines of the scheduler's log that are shown of a task which has no log of its own. */
const SCHEDULER_LINES = 6;

/** What the scheduler's own log says last of a task that ended before a log of its own began. */
export function schedulerTail(logs: string, runId: string, taskId: string): string {
  const file = path.join(logs, "scheduler.log");
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  const lines = text.split("\n");
  const about = lines.reduce(
    (last, line, i) => (line.includes(runId) && line.includes(taskId) ? i : last),
    -1,
  );
  const last = lines.slice(Math.max(0, about - SCHEDULER_LINES + 1), about + 1).filter(Boolean);
  return (
    "The task ended before its log began. " +
    (last.length > 0
      ? `The last lines about it in ${file}:\n${last.join("\n")}`
      : `${file} does not name it.`)
  );
}

/** An import error as Airflow's REST API shows it. */
export interface RawImportError {
  readonly filename: string;
  readonly stack_trace: string;
  /** When the file was parsed last. */
  readonly timestamp: string;
}

/** A DAG file that cannot be imported. */
export interface ImportError {
  /** Path of the file below the folder of the DAGs. */
  readonly file: string;
  /** Line of the file that was being imported, or 1 where Python names none. */
  readonly line: number;
  /** The exception, such as `NameError: name 'x' is not defined`. */
  readonly reason: string;
}

/** Where and why a DAG file cannot be imported, read from Python's stack trace. */
export function importErrorOf({
  filename,
  stack_trace: trace,
}: Omit<RawImportError, "timestamp">): ImportError {
  const lines = trace.trimEnd().split("\n");
  const places = lines.flatMap((text) => {
    const [, found, line] = /^\s*File "([^"]+)", line (\d+)/.exec(text) ?? [];
    return found?.endsWith(filename) ? [Number(line)] : [];
  });
  return { file: filename, line: places.at(-1) ?? 1, reason: lines.at(-1)?.trim() ?? "" };
}

/** DAG files that Airflow cannot import, a line each; empty where there is none. */
export function brokenDags(errors: readonly ImportError[]): string {
  return errors
    .map(({ file, line, reason }) => `✘ ${file}:${line} cannot be imported: ${reason}\n`)
    .join("");
}

/** An exception of a task, as Airflow's log has it: the raised one first, then what caused it. */
interface LoggedError {
  readonly exc_type?: string;
  readonly exc_value?: string;
  readonly frames?: readonly { readonly filename: string; readonly lineno: number }[];
}

/** A line of a task's log. */
export interface LogLine {
  readonly event?: string;
  readonly error_detail?: unknown;
}

/** Lines of a task's log that are shown of what it said before it failed. */
const LINES_BEFORE = 4;

/** Exceptions that are shown of one that has others as its causes. */
const CAUSES = 4;

/**
 * Why a task failed, read from its log: the exception with its place in the DAG files and what caused it, below the
 * last lines before. Empty where the log says nothing.
 */
export function failureIn(content: readonly LogLine[]): string {
  // What callbacks say after the failure is not its cause.
  const failure = content.map(({ event }) => event).lastIndexOf("Task failed with exception");
  const before = content
    .slice(0, failure === -1 ? undefined : failure)
    .map(({ event }) => event ?? "")
    .filter((line) => line !== "" && !line.startsWith("::"))
    .slice(-LINES_BEFORE);
  const detail = content.at(failure)?.error_detail;
  const errors = failure !== -1 && Array.isArray(detail) ? (detail as LoggedError[]) : [];
  const causes = errors.slice(0, CAUSES).map((error, i) => {
    const { filename, lineno } =
      (error.frames ?? []).filter((f) => f.filename.includes("/dags/")).at(-1) ?? {};
    const place =
      filename === undefined ? "" : ` (${filename.replace(/^.*\/dags\//, "dags/")}:${lineno})`;
    return `${i === 0 ? "" : "  caused by "}${error.exc_type}: ${error.exc_value}${place}`;
  });
  return [...before, ...causes].join("\n");
}

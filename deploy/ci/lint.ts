import { parse } from "yaml";

/** A workflow or an action, as far as it is looked at here. */
interface Document {
  readonly on?: unknown;
  readonly permissions?: unknown;
  readonly jobs?: Readonly<Record<string, Job>>;
  readonly runs?: { readonly steps?: readonly Step[] };
}

interface Job {
  readonly uses?: string;
  readonly permissions?: unknown;
  readonly "timeout-minutes"?: unknown;
  readonly secrets?: unknown;
  readonly steps?: readonly Step[];
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** Events whose run has this repository's credentials while it may handle what a stranger sent. */
const PRIVILEGED_EVENTS = ["pull_request_target", "workflow_run"];

/** A release's own commit, and for the reader its version: a tag can be moved, a commit cannot. */
const PINNED = /uses:\s*["']?[\w.-]+\/[\w./-]+@[0-9a-f]{40}["']?\s+# v\d+\.\d+\.\d+$/;

/**
 * What is wrong with a workflow or an action beside what actionlint finds: actions that are not pinned,
 * permissions that are not said, events and inputs that let a stranger in.
 *
 * Source: https://docs.github.com/en/actions/reference/security/secure-use
 */
export function faultsOf(text: string): string[] {
  const document = parse(text) as Document;
  const jobs = Object.entries(document.jobs ?? {});
  return [
    ...unpinned(text),
    ...eventsOf(document.on)
      .filter((event) => PRIVILEGED_EVENTS.includes(event))
      .map((event) => `${event} runs with credentials what a fork sends; use pull_request`),
    ...(document.jobs !== undefined && !isEmpty(document.permissions)
      ? ["permissions of the workflow are not {}; give each job its own"]
      : []),
    ...jobs.flatMap(([name, job]) => jobFaults(name, job)),
    ...[...jobs.flatMap(([, { steps = [] }]) => steps), ...(document.runs?.steps ?? [])].flatMap(
      stepFaults,
    ),
  ];
}

function unpinned(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => /^\s*(-\s+)?uses:/.test(line) && !/uses:\s*["']?\.\//.test(line))
    .filter((line) => !PINNED.test(line.trimEnd()))
    .map(
      (line) => `${line.trim()}: pin it by the commit's 40 digits, with the version in a comment`,
    );
}

function eventsOf(on: unknown): string[] {
  if (typeof on === "string") {
    return [on];
  }
  return Array.isArray(on) ? on.map(String) : Object.keys(on ?? {});
}

function isEmpty(permissions: unknown): boolean {
  return (
    typeof permissions === "object" && permissions !== null && Object.keys(permissions).length === 0
  );
}

function jobFaults(name: string, job: Job): string[] {
  const { permissions, secrets, uses } = job;
  return [
    ...(typeof permissions !== "object" || permissions === null
      ? [`job ${name} does not name its permissions`]
      : []),
    ...(secrets === "inherit" ? [`job ${name} hands over every secret`] : []),
    ...(uses === undefined && typeof job["timeout-minutes"] !== "number"
      ? [`job ${name} has no timeout-minutes`]
      : []),
  ];
}

function stepFaults({ uses = "", run = "", with: inputs = {} }: Step): string[] {
  return [
    // Whatever it is, it becomes part of the script; actionlint knows of some only.
    ...(run.includes("${{")
      ? [`an expression is within "${run.trim()}"; hand it over by env`]
      : []),
    ...(uses.startsWith("actions/checkout@") && inputs["persist-credentials"] !== false
      ? ["actions/checkout leaves its token in the checkout; set persist-credentials: false"]
      : []),
    ...("aws-access-key-id" in inputs || "aws-secret-access-key" in inputs
      ? [`${uses} takes a long-lived key; use role-to-assume alone`]
      : []),
  ];
}

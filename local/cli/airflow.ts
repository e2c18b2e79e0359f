import * as path from "node:path";

import { Home } from "../home";
import { UserError } from "../setup/steps";
import {
  ImportError,
  LogLine,
  RawImportError,
  brokenDags,
  failureIn,
  importErrorOf,
  schedulerTail,
} from "./airflowErrors";
import { AirflowApi, HEALTHY_SECONDS } from "./airflowApi";
import { AirflowDatabase, type DagRun, type Runs, type TaskInstance } from "./airflowDatabase";
import { AIRFLOW, airflowStatus } from "./airflowServer";
import { KnownDag, fetchedSince, isShown, mayTurnUp } from "./dagFolder";
import { running, sleep, waitFor } from "./processes";

/** Seconds after which a DAG that may still turn up is given up, on a machine that is busy with all else as well. */
const DAG_SECONDS = 300;

/** How long pausing a DAG again may take after Ctrl-C, when nobody waits any more. */
const PAUSE_MS = 10_000;

/** How often the DAG folder, or a DAG that Airflow does not know yet, is looked at. */
const POLL_MS = 500;

/** The same for a run. */
const RUN_POLL_MS = 1000;

/** A task of a run that has ended. */
export interface TaskReport {
  readonly state: string;
  readonly seconds: number;
}

/** A run that has ended. */
export interface RunReport {
  readonly run_id: string;
  readonly state: string;
  readonly seconds: number;
  readonly tasks: Readonly<Record<string, TaskReport>>;
}

/** States in which a task stays: https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/tasks.html */
const ENDED: readonly string[] = ["failed", "removed", "skipped", "success", "upstream_failed"];

/** States in which a task is at work, or waits: all but those in which it waits for tasks before it. */
const AT_WORK: readonly string[] = [
  ...["scheduled", "queued", "running", "restarting"],
  ...["up_for_reschedule", "up_for_retry", "deferred"],
];

/** Who is told how a run goes on. */
export interface RunWatcher {
  /** A task has ended. */
  onTask?(taskId: string, task: TaskReport): void;
  /** A try of a task has failed, and there is another one. */
  onRetry?(taskId: string, failed: FailedTry): Promise<void>;
  /** What the run does now: the tasks at work, each with its state unless it runs; or why none is. */
  onWork?(now: string): void;
  /** The DAG was paused before the run, and could not be paused again after it: why. */
  onStaysUnpaused?(why: string): void;
}

/** How Airflow is waited for, and looked at. */
export interface Connecting {
  /** Told its state, again and again, until it is healthy. */
  readonly note?: (state: string) => void;
  /** Ends the wait, and what is done with Airflow afterwards. */
  readonly signal?: AbortSignal;
  /** Milliseconds of the clock: what Airflow said of itself before counts no more. Default: 0. */
  readonly since?: number;
  /** Where its runs are looked at. Default: in its metadata database. */
  readonly runs?: () => Runs;
}

/** A try that failed, the last one not. */
export interface FailedTry {
  readonly runId: string;
  /** Which try it was, from 1. */
  readonly attempt: number;
  /** How many there are at most. */
  readonly of: number;
}

/** Seconds from start to end. */
function secondsOf({ start_date: start, end_date: end }: Pick<DagRun, "start_date" | "end_date">) {
  return start === null || end === null ? 0 : (end.getTime() - start.getTime()) / 1000;
}

function isAtWork({ state }: TaskInstance): boolean {
  return AT_WORK.includes(state ?? "");
}

/** What a run does, for a person. */
function workOf({ state, tasks }: DagRun): string {
  if (state === "queued") {
    return "queued: the scheduler has not started the run, or an earlier run of this DAG goes first";
  }
  const at = tasks.filter(isAtWork);
  return at.length === 0
    ? "no task at work: the scheduler has not come to the next one"
    : at
        .map(({ task_id: id, state: s }) => (s === "running" ? id : `${id} (${s ?? "none"})`))
        .join(", ");
}

function sortedIds(dags: readonly KnownDag[]): string[] {
  return dags.map(({ dag_id: id }) => id).sort();
}

/** Airflow as its REST API shows it. */
export class Airflow {
  private constructor(
    private readonly api: AirflowApi,
    private readonly home: Home,
    private readonly runs: () => Runs,
    private readonly signal?: AbortSignal,
  ) {}

  /** Address of the web interface and the API. */
  get url(): string {
    return this.api.url;
  }

  /**
   * Waits until Airflow is healthy and logs in.
   *
   * @throws UserError with what Airflow says where it fails, or is not healthy in time.
   */
  static async connect(
    home: Home,
    { note, signal, since = 0, runs = () => new AirflowDatabase(home, signal) }: Connecting = {},
  ): Promise<Airflow> {
    const server = running(home, AIRFLOW);
    if (server === undefined) {
      throw new UserError("Airflow does not run. Start it with: npm run local -- up");
    }
    const status = await waitFor(
      home,
      AIRFLOW,
      server,
      HEALTHY_SECONDS,
      () => {
        const said = airflowStatus(home, since);
        note?.(said?.state ?? "starting");
        if (said?.state === "failed") {
          throw new UserError(said.error ?? "Airflow failed to start");
        }
        return Promise.resolve(said?.state === "healthy" ? said : undefined);
      },
      signal,
    );
    const url = status.url as string;
    const answer = await fetch(`${url}/auth/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ username: status.username, password: status.password }),
    });
    if (!answer.ok) {
      throw new UserError(`Airflow refused the log-in: ${answer.status} ${await answer.text()}`);
    }
    const { access_token: token } = (await answer.json()) as { access_token: string };
    return new Airflow(new AirflowApi(url, token, home, signal), home, runs, signal);
  }

  /** DAG files that cannot be imported, each with its place and reason. */
  async importErrors(): Promise<ImportError[]> {
    return (await this.rawImportErrors()).map(importErrorOf);
  }

  private async rawImportErrors(): Promise<RawImportError[]> {
    const { import_errors: errors } = await this.api.call<{ import_errors: RawImportError[] }>(
      "GET",
      "/importErrors?limit=1000",
    );
    return errors;
  }

  /** The ids of all DAGs, sorted. */
  async dagIds(): Promise<string[]> {
    return sortedIds(await this.dags());
  }

  /**
   * Waits until Airflow shows the DAG folder as the bucket has it now.
   *
   * @throws UserError where it does not in time
   */
  async awaitDagFolder(): Promise<void> {
    const began = Date.now();
    const dags = path.join(this.folder, "dags");
    for (;;) {
      // One after the other: an error that is gone by the second answer has its DAG in it.
      const errors = await this.rawImportErrors();
      if (fetchedSince(this.folder, began) && isShown(dags, await this.dags(), errors)) {
        return;
      }
      if (Date.now() > began + DAG_SECONDS * 1000) {
        throw new UserError(
          `Airflow has not parsed the DAG files again within ${DAG_SECONDS} s. ` +
            `Its logs are in ${path.join(this.folder, "logs")}`,
        );
      }
      await sleep(POLL_MS, this.signal);
    }
  }

  private async dags(): Promise<readonly KnownDag[]> {
    return (await this.api.call<{ dags: KnownDag[] }>("GET", "/dags?limit=1000")).dags;
  }

  /**
   * Runs a DAG with a configuration and waits until the run has ended.
   *
   * @param watcher is told how it goes on; default: nobody is
   * @throws UserError where there is no such DAG, or Airflow refuses the run.
   */
  async run(
    dagId: string,
    conf: Record<string, unknown>,
    watcher: RunWatcher = {},
  ): Promise<RunReport> {
    await this.awaitDag(dagId, () => watcher.onWork?.("Airflow has not parsed its file yet"));
    const dag = `/dags/${encodeURIComponent(dagId)}`;
    const { is_paused: paused } = await this.api.call<{ is_paused: boolean }>("GET", dag);
    const pause = (is_paused: boolean, signal?: AbortSignal) =>
      this.api.call("PATCH", `${dag}?update_mask=is_paused`, { is_paused }, signal);
    // A run of a paused DAG is never started.
    await pause(false);
    try {
      return await this.runUnpaused(dagId, conf, watcher);
    } finally {
      // Also after Ctrl-C: else a DAG with a schedule would go on running by itself.
      if (paused) {
        await pause(true, this.signal?.aborted ? AbortSignal.timeout(PAUSE_MS) : undefined).catch(
          // How the run ended is not to be lost by it.
          (error: Error) => watcher.onStaysUnpaused?.(error.message),
        );
      }
    }
  }

  private async runUnpaused(
    dagId: string,
    conf: Record<string, unknown>,
    watcher: RunWatcher,
  ): Promise<RunReport> {
    // An id of our own, so that the same can be asked for again.
    const runId = `manual__${new Date().toISOString()}`;
    const body = { dag_run_id: runId, logical_date: null, conf };
    await this.api.call("POST", `/dags/${encodeURIComponent(dagId)}/dagRuns`, body);
    const runs = this.runs();
    try {
      return await this.watched(runs, { dagId, runId }, watcher);
    } finally {
      await runs.end();
    }
  }

  /** Looks at a run until it has ended. */
  private async watched(
    runs: Runs,
    { dagId, runId }: Readonly<Record<"dagId" | "runId", string>>,
    watcher: RunWatcher,
  ): Promise<RunReport> {
    const tasks: Record<string, TaskReport> = {};
    const retried = new Set<string>();
    for (;;) {
      const run = await runs.look(dagId, runId);
      if (run === undefined) {
        throw new UserError(
          `run ${runId} of DAG "${dagId}" was deleted in Airflow before it ended`,
        );
      }
      const over = run.state === "success" || run.state === "failed";
      for (const task of run.tasks) {
        if (!(task.task_id in tasks) && (over || ENDED.includes(task.state ?? ""))) {
          tasks[task.task_id] = { state: task.state ?? "none", seconds: secondsOf(task) };
          watcher.onTask?.(task.task_id, tasks[task.task_id]);
        }
        const attempt = `${task.task_id} ${task.try_number}`;
        if (task.state === "up_for_retry" && !retried.has(attempt)) {
          retried.add(attempt);
          const failed = { runId, attempt: task.try_number, of: task.max_tries + 1 };
          await watcher.onRetry?.(task.task_id, failed);
        }
      }
      if (over) {
        return { run_id: runId, state: run.state, seconds: secondsOf(run), tasks };
      }
      watcher.onWork?.(workOf(run));
      await sleep(RUN_POLL_MS, this.signal);
    }
  }

  /** What a task of a run has left for those after it; undefined where it has left nothing. */
  async xcom(dagId: string, runId: string, taskId: string, key: string): Promise<unknown> {
    const run = `/dags/${encodeURIComponent(dagId)}/dagRuns/${encodeURIComponent(runId)}`;
    const { value } = await this.api.call<{ value: unknown }>(
      "GET",
      `${run}/taskInstances/${encodeURIComponent(taskId)}/xcomEntries/${encodeURIComponent(key)}?deserialize=true`,
    );
    return value;
  }

  /**
   * The end of a failed task's log, or what the scheduler says of a task without one: the cause, for the summary.
   *
   * @param attempt the try; default: the last one
   */
  async logTail(dagId: string, runId: string, taskId: string, attempt?: number): Promise<string> {
    const task = `/dags/${encodeURIComponent(dagId)}/dagRuns/${encodeURIComponent(runId)}/taskInstances/${encodeURIComponent(taskId)}`;
    const { try_number: last } = await this.api.call<{ try_number: number }>("GET", task);
    const { content } = await this.api.call<{ content: LogLine[] }>(
      "GET",
      `${task}/logs/${attempt ?? last}?full_content=true`,
    );
    const tail = failureIn(content);
    return tail !== "" ? tail : schedulerTail(path.join(this.folder, "logs"), runId, taskId);
  }

  /** Waits until Airflow knows a DAG that it can be expected to know soon. */
  private async awaitDag(dagId: string, onWait: () => void): Promise<void> {
    const started = Date.now();
    for (;;) {
      const known = await this.dags();
      const errors = await this.rawImportErrors();
      const found = known.find(({ dag_id: id }) => id === dagId);
      if (found !== undefined) {
        const failed = errors.filter(({ filename }) => filename === found.relative_fileloc);
        if (failed.length > 0) {
          throw new UserError(
            `DAG "${dagId}" is not run: Airflow would run it as it was when its file could be imported last.\n` +
              brokenDags(failed.map(importErrorOf)),
          );
        }
        return;
      }
      const broken = errors.map(({ filename }) => filename);
      if (
        !mayTurnUp(dagId, this.folder, known, broken, Date.now()) ||
        Date.now() > started + DAG_SECONDS * 1000
      ) {
        const ids = sortedIds(known);
        throw new UserError(
          `there is no DAG "${dagId}". Known DAGs: ${ids.length > 0 ? ids.join(", ") : "none"}.` +
            errors.map((e) => `\n${e.filename} cannot be imported:\n${e.stack_trace}`).join(""),
        );
      }
      onWait();
      await sleep(POLL_MS, this.signal);
    }
  }

  /** Airflow's own folder. */
  private get folder(): string {
    return this.home.dir("airflow");
  }
}

import * as path from "node:path";

import { Home } from "../home";
import { UserError } from "../setup/steps";
import {
  ImportError,
  LogLine,
  RawImportError,
  failureIn,
  importErrorOf,
  schedulerTail,
} from "./airflowErrors";
import { AIRFLOW, airflowStatus } from "./airflowServer";
import { KnownDag, fetchedSince, isShown, mayTurnUp } from "./dagFolder";
import { running, sleep, waitFor } from "./processes";

/** Seconds from start to healthy, on a machine that is busy with the first update as well. */
const HEALTHY_SECONDS = 300;

/** Seconds after which a DAG that may still turn up is given up, on a machine that is busy with all else as well. */
const DAG_SECONDS = 300;

/**
 * How often what Airflow failed to do is asked for again. Its database is SQLite, which on a busy machine may be locked
 * for longer than Airflow waits.
 */
const RETRIES = 30;

/** The same while there is no answer: an api-server that ended by itself is started again, which takes as long. */
const RETRIES_AWAY = HEALTHY_SECONDS;

/** How long is waited before that. */
const RETRY_MS = 1000;

/** How long pausing a DAG again may take after Ctrl-C, when nobody waits any more. */
const PAUSE_MS = 10_000;

/** How often a run is looked at. */
const POLL_MS = 500;

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

/** States in which a task is at work, or waits between two looks. */
const AT_WORK: readonly string[] = ["running", "up_for_reschedule", "up_for_retry", "deferred"];

interface DagRun {
  readonly state: string;
  readonly start_date: string | null;
  readonly end_date: string | null;
}

interface TaskInstance {
  readonly task_id: string;
  readonly state: string | null;
  readonly start_date: string | null;
  readonly end_date: string | null;
  readonly try_number: number;
}

/** What Airflow says is wrong: the first line of it, which names the parameter and the value. */
function detailOf(body: string): string {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    return typeof detail === "string" ? detail.split("\n")[0] : body;
  } catch {
    return body;
  }
}

/** Why there is no answer: `fetch` tells it as the cause of an error that says nothing. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

/** Seconds from start to end. Airflow's own figure is wrong where its database is SQLite. */
function secondsOf({ start_date: start, end_date: end }: Pick<DagRun, "start_date" | "end_date">) {
  const seconds = (Date.parse(end ?? "") - Date.parse(start ?? "")) / 1000;
  return Number.isNaN(seconds) ? 0 : seconds;
}

function sortedIds(dags: readonly KnownDag[]): string[] {
  return dags.map(({ dag_id: id }) => id).sort();
}

/** Airflow as its REST API shows it. */
export class Airflow {
  private constructor(
    readonly url: string,
    private readonly token: string,
    private readonly home: Home,
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * Waits until Airflow is healthy and logs in.
   *
   * @param since milliseconds of the clock: what Airflow said of itself before counts no more
   * @throws UserError with what Airflow says where it fails, or is not healthy in time.
   */
  static async connect(
    home: Home,
    note: (text: string) => void,
    signal?: AbortSignal,
    since = 0,
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
        note(said?.state ?? "starting");
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
    return new Airflow(url, token, home, signal);
  }

  /** DAG files that cannot be imported, each with its place and reason. */
  async importErrors(): Promise<ImportError[]> {
    return (await this.rawImportErrors()).map(importErrorOf);
  }

  private async rawImportErrors(): Promise<RawImportError[]> {
    const { import_errors: errors } = await this.call<{ import_errors: RawImportError[] }>(
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
    return (await this.call<{ dags: KnownDag[] }>("GET", "/dags?limit=1000")).dags;
  }

  /**
   * Runs a DAG with a configuration and waits until the run has ended.
   *
   * @param onTask is called for each task as it ends.
   * @param onWork is called with the tasks that run.
   * @throws UserError where there is no such DAG, or Airflow refuses the run.
   */
  async run(
    dagId: string,
    conf: Record<string, unknown>,
    onTask: (taskId: string, task: TaskReport) => void,
    onWork: (taskIds: readonly string[]) => void = () => undefined,
  ): Promise<RunReport> {
    await this.awaitDag(dagId);
    const dag = `/dags/${encodeURIComponent(dagId)}`;
    const { is_paused: paused } = await this.call<{ is_paused: boolean }>("GET", dag);
    const pause = (is_paused: boolean, signal?: AbortSignal) =>
      this.call("PATCH", `${dag}?update_mask=is_paused`, { is_paused }, signal);
    // A run of a paused DAG is never started.
    await pause(false);
    try {
      return await this.runUnpaused(dag, conf, onTask, onWork);
    } finally {
      // Also after Ctrl-C: else a DAG with a schedule would go on running by itself.
      if (paused) {
        await pause(true, this.signal?.aborted ? AbortSignal.timeout(PAUSE_MS) : undefined);
      }
    }
  }

  private async runUnpaused(
    dag: string,
    conf: Record<string, unknown>,
    onTask: (taskId: string, task: TaskReport) => void,
    onWork: (taskIds: readonly string[]) => void,
  ): Promise<RunReport> {
    // An id of our own, so that the same can be asked for again.
    const runId = `manual__${new Date().toISOString()}`;
    await this.call("POST", `${dag}/dagRuns`, { dag_run_id: runId, logical_date: null, conf });
    const run = `${dag}/dagRuns/${encodeURIComponent(runId)}`;
    const tasks: Record<string, TaskReport> = {};
    for (;;) {
      const instance = await this.call<DagRun>("GET", run);
      const { state } = instance;
      const over = state === "success" || state === "failed";
      const { task_instances: instances } = await this.call<{ task_instances: TaskInstance[] }>(
        "GET",
        `${run}/taskInstances?limit=1000`,
      );
      for (const task of instances) {
        if (!(task.task_id in tasks) && (over || ENDED.includes(task.state ?? ""))) {
          tasks[task.task_id] = { state: task.state ?? "none", seconds: secondsOf(task) };
          onTask(task.task_id, tasks[task.task_id]);
        }
      }
      if (over) {
        return { run_id: runId, state, seconds: secondsOf(instance), tasks };
      }
      onWork(
        instances
          .filter(({ state: at }) => AT_WORK.includes(at ?? ""))
          .map(({ task_id: taskId }) => taskId),
      );
      await sleep(POLL_MS, this.signal);
    }
  }

  /** What a task of a run has left for those after it; undefined where it has left nothing. */
  async xcom(dagId: string, runId: string, taskId: string, key: string): Promise<unknown> {
    const run = `/dags/${encodeURIComponent(dagId)}/dagRuns/${encodeURIComponent(runId)}`;
    const { value } = await this.call<{ value: unknown }>(
      "GET",
      `${run}/taskInstances/${encodeURIComponent(taskId)}/xcomEntries/${encodeURIComponent(key)}?deserialize=true`,
    );
    return value;
  }

  /** The end of a failed task's log, or what the scheduler says of a task without one: the cause, for the summary. */
  async logTail(dagId: string, runId: string, taskId: string): Promise<string> {
    const task = `/dags/${encodeURIComponent(dagId)}/dagRuns/${encodeURIComponent(runId)}/taskInstances/${encodeURIComponent(taskId)}`;
    const { try_number: attempt } = await this.call<TaskInstance>("GET", task);
    const { content } = await this.call<{ content: LogLine[] }>(
      "GET",
      `${task}/logs/${attempt}?full_content=true`,
    );
    const tail = failureIn(content);
    return tail !== "" ? tail : schedulerTail(path.join(this.folder, "logs"), runId, taskId);
  }

  /** Waits until Airflow knows a DAG that it can be expected to know soon. */
  private async awaitDag(dagId: string): Promise<void> {
    const started = Date.now();
    for (;;) {
      const known = await this.dags();
      if (known.some(({ dag_id: id }) => id === dagId)) {
        return;
      }
      const errors = await this.rawImportErrors();
      const broken = errors.map(({ filename }) => filename);
      if (
        !mayTurnUp(dagId, path.join(this.folder, "dags"), known, broken) ||
        Date.now() > started + DAG_SECONDS * 1000
      ) {
        const ids = sortedIds(known);
        throw new UserError(
          `there is no DAG "${dagId}". Known DAGs: ${ids.length > 0 ? ids.join(", ") : "none"}.` +
            errors.map((e) => `\n${e.filename} cannot be imported:\n${e.stack_trace}`).join(""),
        );
      }
      await sleep(POLL_MS, this.signal);
    }
  }

  /** None where Airflow was given up, by what it says of itself. */
  private retriesAway(): number {
    return airflowStatus(this.home)?.state === "failed" ? 0 : RETRIES_AWAY;
  }

  /** Airflow's own folder. */
  private get folder(): string {
    return this.home.dir("airflow");
  }

  private async call<T>(
    method: string,
    route: string,
    body?: unknown,
    signal = this.signal,
  ): Promise<T> {
    const ask = () =>
      fetch(`${this.url}/api/v2${route}`, {
        method,
        headers: {
          Authorization: `Bearer ${this.token}`,
          Accept: "application/json",
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal,
      }).catch((error: Error) => {
        // No answer: the api-server may have ended, and is started again then.
        return error;
      });
    let answer = await ask();
    for (
      let retry = 0;
      answer instanceof Error
        ? retry < this.retriesAway()
        : retry < RETRIES && answer.status >= 500;
      retry += 1
    ) {
      await sleep(RETRY_MS, signal);
      answer = await ask();
      if (!(answer instanceof Error) && answer.status === 409) {
        // It had been done after all.
        return (await answer.json()) as T;
      }
    }
    if (answer instanceof Error) {
      throw new UserError(
        `Airflow does not answer ${method} ${route} at ${this.url}: ${reasonOf(answer)}`,
      );
    }
    if (!answer.ok) {
      throw new UserError(
        `Airflow answered ${answer.status} to ${method} ${route}: ${detailOf(await answer.text())}`,
      );
    }
    return (await answer.json()) as T;
  }
}

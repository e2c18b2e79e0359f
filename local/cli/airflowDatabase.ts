import { Client } from "pg";

import type { Home } from "../home";
import { UserError } from "../setup/steps";
import { RETRY_MS, retriesAway } from "./airflowApi";
import { airflowStatus } from "./airflowServer";
import { sleep } from "./processes";

/** A task of a run, at its latest try. */
export interface TaskInstance {
  readonly task_id: string;
  readonly state: string | null;
  readonly start_date: Date | null;
  readonly end_date: Date | null;
  readonly try_number: number;
  /** Tries after the first, which Airflow calls so. */
  readonly max_tries: number;
}

/** A run and its tasks at one moment. */
export interface DagRun {
  readonly state: string;
  readonly start_date: Date | null;
  readonly end_date: Date | null;
  readonly tasks: readonly TaskInstance[];
}

/** Where runs can be looked at. */
export interface Runs {
  /** A run as it is now; undefined where there is none. */
  look(dagId: string, runId: string): Promise<DagRun | undefined>;
  /** Nothing is looked at any more. */
  end(): Promise<void>;
}

/** Errors of the query itself, in which asking again changes nothing: "Syntax Error or Access Rule Violation". */
const WRONG = /^42/;

/** One row for each task, all of one moment; a run without tasks has one as well. */
const QUERY = `
  SELECT run.state AS run_state, run.start_date AS run_start, run.end_date AS run_end,
    task.task_id, task.state, task.start_date, task.end_date, task.try_number, task.max_tries
  FROM dag_run AS run LEFT JOIN task_instance AS task USING (dag_id, run_id)
  WHERE run.dag_id = $1 AND run.run_id = $2
  ORDER BY task.map_index, task.task_id`;

interface Row extends Omit<TaskInstance, "task_id"> {
  readonly run_state: string;
  readonly run_start: Date | null;
  readonly run_end: Date | null;
  /** Null for a run without tasks. */
  readonly task_id: string | null;
}

/** Airflow's metadata database: for each look the REST API would make all fields of all tasks. */
export class AirflowDatabase implements Runs {
  private client: Client | undefined;

  constructor(
    private readonly home: Home,
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * A run as it is now.
   *
   * @returns undefined where there is none
   * @throws UserError where the database does not answer, and is not expected to
   */
  async look(dagId: string, runId: string): Promise<DagRun | undefined> {
    for (let retry = 0; ; retry += 1) {
      try {
        this.client ??= await this.connected();
        return runOf((await this.client.query<Row>(QUERY, [dagId, runId])).rows);
      } catch (error) {
        const { message, code = "" } = error as Error & { code?: string };
        await this.end();
        // One that ended by itself is started again.
        if (retry >= retriesAway(this.home) || WRONG.test(code)) {
          throw new UserError(
            `Airflow's metadata database does not say how run ${runId} of ${dagId} goes on: ${message}. ` +
              `Its log: ${this.home.file("airflow", "logs", "postgresql.log")}`,
          );
        }
        await sleep(RETRY_MS, this.signal);
      }
    }
  }

  async end(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    // A connection that broke off cannot be ended in order.
    await client?.end().catch(() => undefined);
  }

  private async connected(): Promise<Client> {
    const { database } = airflowStatus(this.home) ?? {};
    if (database === undefined) {
      throw new Error("Airflow's runner has not said where it is");
    }
    // In place of each the user could have a variable for a server of their own.
    const client = new Client({
      ...{ host: database, port: 5432, ssl: false, options: "-c default_transaction_read_only=on" },
      ...{ user: "airflow", database: "postgres" },
    });
    // Told by the query that is under way, or by the next one.
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }
}

function runOf(rows: readonly Row[]): DagRun | undefined {
  if (rows.length === 0) {
    return undefined;
  }
  const { run_state: state, run_start, run_end } = rows[0];
  return {
    ...{ state, start_date: run_start, end_date: run_end },
    tasks: rows.flatMap((row) => (row.task_id === null ? [] : [{ ...row, task_id: row.task_id }])),
  };
}

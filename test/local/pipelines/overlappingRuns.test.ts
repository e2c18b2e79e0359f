import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { GetStatementResultCommand, RedshiftDataClient } from "@aws-sdk/client-redshift-data";
import { PutObjectCommand } from "@aws-sdk/client-s3";

import { clientConfig } from "../../../local/cli/cloud";
import { publishSource } from "../../../local/cli/movielensSource";
import { sleep } from "../../../local/cli/processes";
import { ROOT } from "../../../local/home";
import { athenaRows } from "../cli/athena";
import { changedZip } from "../cli/dataSet";
import { loadedMovies, statement } from "../cli/movieList";
import { RestCall, pause, restOf } from "../cli/rest";
import { BUCKETS, UpStack } from "../cli/runs";
import { DATABASE, TABLES, transformedRows } from "./oracle";
import { demo } from "../demoStack";

/** DAGs that are backfilled: their ids, files, and how these give their schedule. */
const MOVIELENS = ["mwaa_movielens_demo", "mwaa_movielens_demo.py", "schedule=None"] as const;
const MOVIE_LIST = ["movie-list-dag", "movie_list_dag.py", "schedule=schedule()"] as const;

/** Where movie-list-dag loads its table. */
const WAREHOUSE = { WorkgroupName: "mwaa-local" };

/** A schedule, as Airflow shows it. */
const DAILY = "0 0 * * *";

/** Days of a backfill: as few as can overlap, since each is a run with a cluster of its own. */
const DAYS = 2;

/** Month whose first days are backfilled. */
const MONTH = "2026-03";

/** The request for a backfill, whose runs are all side by side. */
const days = (dagId: string) => ({
  dag_id: dagId,
  from_date: `${MONTH}-01T00:00:00Z`,
  to_date: `${MONTH}-0${DAYS}T00:00:00Z`,
  max_active_runs: DAYS,
  reprocess_behavior: "none",
});

/** How long a reader rests between two looks, and those who follow the runs: a look takes a tenth of a second of CPU. */
const LOOK_MS = 2000;

/** A table that is looked at again and again while something runs, and what it showed. */
interface Reader {
  readonly seen: string[];
  stop(): Promise<void>;
}

/**
 * Looks again and again; a look that fails, or finds what is not allowed, fails `stop`. A reader that never rests would
 * take one of two cores from the runs: those of `test_published_tables.py`, beside a job alone, rest less.
 */
function reader(name: string, look: () => Promise<string>, allowed: readonly string[]): Reader {
  const seen: string[] = [];
  let stopped = false;
  const reading = (async () => {
    while (!stopped) {
      const found = await look();
      assert.ok(
        allowed.includes(found),
        `${name} showed ${found}; whole are ${allowed.join(", ")}`,
      );
      seen.push(found);
      await sleep(LOOK_MS);
    }
  })();
  // It is looked at by `stop`.
  reading.catch(() => undefined);
  return {
    seen,
    stop: async () => {
      stopped = true;
      await reading;
    },
  };
}

/** The data set with films and ratings more, by a number. */
const more = (number: number) => `
for name in members:
    if name.endswith("movies.csv"):
        for film in range(${number}):
            members[name] += f"{900001 + film},Film of ${number},Drama\\n".encode()
    if name.endswith("ratings.csv"):
        for film in range(${number}):
            members[name] += f"1,{900001 + film},4.5,1500000000\\n".encode() * ${number}
`;

/** Rows and ratings of both tables that a data set makes, as a reader sees them. */
function wholeOf(zip: string): Record<string, string> {
  const rows = transformedRows(zip);
  return Object.fromEntries(
    TABLES.map((table) => {
      const counts = rows.filter((row) => row[0] === table).map((row) => Number(row.at(-1)));
      return [table, `${counts.length} rows, ${counts.reduce((a, b) => a + b, 0)} ratings`];
    }),
  );
}

describe("a backfill of some days", () => {
  const { home } = demo;
  let stack: UpStack;
  let rest: RestCall;
  let zips: string[];

  /** What a table of Athena shows. */
  const inAthena = (table: string) => async () => {
    const sql = `SELECT count(*), sum(num_ratings) FROM "${DATABASE}"."${table}"`;
    const [[count, ratings]] = await athenaRows(stack.endpoint, sql);
    return `${count} rows, ${ratings} ratings`;
  };

  /** How many rows the table of Redshift shows. */
  async function inRedshift(): Promise<string> {
    const { endpoint } = stack;
    const Id = await statement(endpoint, WAREHOUSE, "SELECT count(*) FROM movie_demo");
    const { Records = [] } = await new RedshiftDataClient(clientConfig(endpoint)).send(
      new GetStatementResultCommand({ Id }),
    );
    return String(Records[0][0].longValue);
  }

  /** Puts a DAG file into the running stack, and waits until Airflow has taken its schedule over. */
  async function put(dagId: string, file: string, Body: string, daily: boolean): Promise<void> {
    await stack
      .s3()
      .send(new PutObjectCommand({ Bucket: BUCKETS.airflow, Key: `dags/${file}`, Body }));
    const summary = () => rest<{ timetable_summary: string | null }>("GET", `/dags/${dagId}`);
    while (((await summary()).timetable_summary === DAILY) !== daily) {
      await sleep(500);
    }
  }

  /** Gives a DAG of the running stack a schedule while `work` runs: without one Airflow refuses a backfill. */
  async function scheduled(
    [dagId, file, from]: readonly [string, string, string],
    work: () => Promise<void>,
  ): Promise<void> {
    const text = fs.readFileSync(path.join(ROOT, "dags", file), "utf8");
    assert.equal(text.split(from).length, 2, `${file} has ${from} not once`);
    await put(dagId, file, text.replace(from, `schedule="${DAILY}"`), true);
    // The DAG itself is written down a moment later.
    for (;;) {
      const { total_entries: runs } = await rest<{ total_entries: number }>(
        "POST",
        "/backfills/dry_run",
        days(dagId),
      );
      if (runs === DAYS) {
        break;
      }
      await sleep(500);
    }
    try {
      await work();
    } finally {
      await pause(rest, dagId, true);
      await put(dagId, file, text, false);
    }
  }

  /** Backfills days by Airflow, all side by side; the states of its runs. */
  async function backfilled(dagId: string, meanwhile: () => Promise<unknown>): Promise<string[]> {
    await rest("POST", "/backfills", days(dagId));
    await pause(rest, dagId, false);
    let together = 0;
    for (;;) {
      const { dag_runs: all } = await rest<{ dag_runs: { dag_run_id: string; state: string }[] }>(
        "GET",
        `/dags/${dagId}/dagRuns?limit=100`,
      );
      const states = all
        .filter(({ dag_run_id: id }) => id.startsWith(`backfill__${MONTH}`))
        .map(({ state }) => state);
      together = Math.max(together, states.filter((state) => state === "running").length);
      if (states.length === DAYS && states.every((s) => s === "success" || s === "failed")) {
        // Else nothing is shown of runs that overlap.
        assert.ok(together > 1, "no two runs of the backfill were at work at once");
        return states;
      }
      await meanwhile();
      await sleep(LOOK_MS);
    }
  }

  before(async () => {
    const zip = demo.zip();
    const others = Array.from({ length: DAYS }, (_, day) => more(day + 1));
    zips = [zip, ...others.map((change) => changedZip(zip, home.dir("data"), change))];
    stack = demo.stack();
    rest = await restOf(home);
  });

  it("of mwaa_movielens_demo shows whole versions alone, through Athena's API", async () => {
    const whole = zips.map(wholeOf);
    const readers = await Promise.all(
      TABLES.map(async (table) => {
        const before = await inAthena(table)();
        return reader(table, inAthena(table), [before, ...whole.map((of) => of[table])]);
      }),
    );
    await scheduled(MOVIELENS, async () => {
      // Each run loads another data set, whichever there is when it looks.
      let published = 0;
      const states = await backfilled(MOVIELENS[0], async () => {
        published = (published % DAYS) + 1;
        await publishSource(stack.endpoint, fs.readFileSync(zips[published]));
      });
      assert.deepEqual(states, Array(DAYS).fill("success"));
    });
    await Promise.all(readers.map((each) => each.stop()));
    for (const [n, table] of TABLES.entries()) {
      assert.ok(new Set(readers[n].seen).size > 1, `${table} showed ${readers[n].seen[0]} alone`);
    }
    // What was loaded last is shown, by both: a run of each is of one data set.
    const shown = await Promise.all(TABLES.map((table) => inAthena(table)()));
    assert.ok(whole.some((of) => TABLES.every((table, n) => of[table] === shown[n])));
    await publishSource(stack.endpoint, fs.readFileSync(zips[0]));
  });

  it("of movie-list-dag keeps the table in Redshift whole, for a reader that never waits", async () => {
    const films = await loadedMovies(stack.endpoint, WAREHOUSE);
    const rows = await inRedshift();
    assert.equal(rows, String(films.length));
    const redshift = reader("movie_demo", inRedshift, [rows]);
    await scheduled(MOVIE_LIST, async () => {
      const states = await backfilled(MOVIE_LIST[0], () => Promise.resolve());
      assert.deepEqual(states, Array(DAYS).fill("success"));
    });
    await redshift.stop();
    assert.deepEqual(await loadedMovies(stack.endpoint, WAREHOUSE), films);
  });
});

import assert from "node:assert/strict";
import * as fs from "node:fs";

import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";

import { publishSource } from "../../../local/cli/movielensSource";
import { sleep } from "../../../local/cli/processes";
import { Endpoint } from "../../../local/engine/endpoint";
import { athenaRows } from "../cli/athena";
import { changedZip } from "../cli/dataSet";
import { pause, restOf } from "../cli/rest";
import { BUCKETS, UpStack } from "../cli/runs";
import { DATABASE, TABLES, transformedRows } from "./oracle";
import { demo } from "../demoStack";

const DAG = "mwaa_movielens_demo";

/** Its tasks that are steps of the cluster. */
const STEPS = ["preprocess_movies", "preprocess_ratings", "preprocess_tags"];

/** Every row that the pipeline must leave, a JSON text each, sorted. */
const oracle = (zip: string): string[] =>
  transformedRows(zip)
    .map((row) => JSON.stringify(row))
    .sort();

/** A data set with what real ones have now and then: two films of one id, ties, quotes, accents. */
const ODD = `
def lines(name, *added):
    end = b"\\r\\n" if b"\\r\\n" in members[name] else b"\\n"
    members[name] += b"".join(line.encode() + end for line in added)
for name in members:
    if name.endswith("movies.csv"):
        lines(
            name,
            '900001,"So-called ""Classic"", The (1999)",Drama',
            "900002,Œuvre à l'été: señor (2001),(no genres listed)",
            "900003,Never Rated (2002),Comedy",
            "900004,Second Of Its Id (1990),Drama",
            "900004,First Of Its Id (1990),Comedy",
        )
    if name.endswith("ratings.csv"):
        for user in range(9001, 9041):
            for movie, stars in ((900001, "4.5"), (900002, "4.5"), (900004, "0.5")):
                lines(name, f"{user},{movie},{stars},1500000000")
`;

/** A broken line of ratings and of tags, as it is set aside. */
const BAD = /1,1,good/;

/** A line that fits no table, in each of them. */
const BROKEN = `
for name in members:
    if name.endswith("movies.csv"):
        members[name] += b"not a number,Broken,Drama\\n"
    if name.endswith(("ratings.csv", "tags.csv")):
        members[name] += b"1,1,good\\n"
`;

describe("mwaa_movielens_demo, run", () => {
  const { home } = demo;
  let stack: UpStack;
  let endpoint: Endpoint;
  /** The rows that the demo's run leaves. */
  let expected: string[];
  /** The zip of the odd data set. */
  let odd: string;

  const run = () => stack.run(DAG);
  const s3 = () => stack.s3();

  /** Every row of both tables as Athena reads them, written as the oracle writes them. */
  async function rows(): Promise<string[]> {
    const found: string[] = [];
    for (const table of TABLES) {
      for (const [id, title, genres, ...numbers] of await athenaRows(
        endpoint,
        `SELECT * FROM "${DATABASE}"."${table}"`,
      )) {
        found.push(JSON.stringify([table, Number(id), title, genres, ...numbers.map(Number)]));
      }
    }
    return found.sort();
  }

  /** What was set aside of a table's lines, by all runs. */
  async function rejected(table: string): Promise<string[]> {
    const { Contents = [] } = await s3().send(
      new ListObjectsV2Command({ Bucket: BUCKETS.data, Prefix: "rejected/" }),
    );
    const keys = Contents.filter(({ Key, Size = 0 }) => Size > 0 && Key?.includes(`/${table}/`));
    return Promise.all(
      keys.map(async ({ Key }) => {
        const { Body } = await s3().send(new GetObjectCommand({ Bucket: BUCKETS.data, Key }));
        return (await Body?.transformToString()) ?? "";
      }),
    );
  }

  /** Puts another script in place of a job's while `work` runs. */
  async function withScript(Key: string, script: string, work: () => Promise<void>): Promise<void> {
    const object = { Bucket: BUCKETS.airflow, Key };
    const put = (text: string | undefined) =>
      s3().send(new PutObjectCommand({ ...object, Body: text }));
    const { Body } = await s3().send(new GetObjectCommand(object));
    const good = await Body?.transformToString();
    await put(script);
    try {
      await work();
    } finally {
      await put(good);
    }
  }

  /** Clears the last run as a whole; tells the state of it, and of its tasks. */
  async function clearLastRun() {
    const rest = await restOf(home);
    const runs = `/dags/${DAG}/dagRuns`;
    const { dag_runs: all } = await rest<{ dag_runs: { dag_run_id: string }[] }>(
      "GET",
      `${runs}?order_by=-run_after&limit=1`,
    );
    const last = `${runs}/${encodeURIComponent(all[0].dag_run_id)}`;
    // `run` has paused the DAG again, as it was.
    await pause(rest, DAG, false);
    await rest("POST", `${last}/clear`, { dry_run: false });
    return {
      state: async () => (await rest<{ state: string }>("GET", last)).state,
      tasks: async () => {
        const { task_instances: tasks } = await rest<{
          task_instances: { task_id: string; state: string }[];
        }>("GET", `${last}/taskInstances`);
        return Object.fromEntries(tasks.map(({ task_id: id, state }) => [id, state]));
      },
    };
  }

  before(() => {
    expected = oracle(demo.zip());
    assert.ok(expected.length > 1000, `the oracle has ${expected.length} rows`);
    odd = changedZip(demo.zip(), home.dir("data"), ODD);
    stack = demo.stack();
    endpoint = stack.endpoint;
  });
  after(() => publishSource(endpoint, fs.readFileSync(demo.zip())));

  it("leaves for Athena what DuckDB computes from the same zip, and no cluster", async () => {
    assert.deepEqual(await rows(), expected);
    assert.deepEqual(await stack.clusters(), []);
  });

  it("fails with the step's own reason when a step ends with status 1", async () => {
    await publishSource(endpoint, fs.readFileSync(changedZip(odd, home.dir("data"), BROKEN)));
    const [key, script] = ["jobs/emr/preprocess_tags.py", "raise SystemExit('no tags today')\n"];
    await withScript(key, script, async () =>
      stack.failed(await run().finished, "preprocess_tags", /no tags today/),
    );
    assert.deepEqual(await rows(), expected);
  });

  // After that failure: what follows it is whole.
  it("is right of an odd data set once that run is cleared, though the local cloud is killed and started again between two tasks", async () => {
    const cleared = await clearLastRun();
    const going = async () => {
      const state = await cleared.state();
      assert.ok(state !== "failed", JSON.stringify(await cleared.tasks()));
      return state !== "success";
    };
    const stepsDone = async () => {
      const tasks = await cleared.tasks();
      return STEPS.every((step) => tasks[step] === "success");
    };
    while (!(await stepsDone())) {
      assert.ok(await going(), "the run ended before the local cloud was killed");
      await sleep(200);
    }
    await stack.killAndRestartCloud();
    while (await going()) {
      await sleep(500);
    }
    const wanted = oracle(odd);
    assert.ok(wanted.some((row) => row.includes('So-called \\"Classic\\", The (1999)')));
    assert.ok(wanted.some((row) => row.includes("First Of Its Id")));
    assert.deepEqual(await rows(), wanted);
    assert.deepEqual(await stack.clusters(), []);
  });

  it("has set the broken lines of that data set aside", async () => {
    for (const [table, line] of Object.entries({ movie: /Broken/, ratings: BAD, tags: BAD })) {
      assert.match((await rejected(table)).join("\n"), line, table);
    }
  });
});

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import { AddressInfo } from "node:net";
import * as path from "node:path";

import { Airflow } from "../../../local/cli/airflow";
import { failureIn, importErrorOf, schedulerTail } from "../../../local/cli/airflowErrors";
import type { DagRun, Runs } from "../../../local/cli/airflowDatabase";
import { AIRFLOW } from "../../../local/cli/airflowServer";
import { startOf } from "../../../local/cli/processes";
import { temporaryHome } from "../running";

/** A DAG that Airflow knows. */
const ONE = { dag_id: "one", relative_fileloc: "one.py", last_parsed_time: null };

/** A run that looks, one after the other, as it is told. */
const runsOf =
  (...looks: (DagRun | undefined)[]) =>
  (): Runs => ({
    look: () => Promise.resolve(looks.length > 1 ? looks.shift() : looks[0]),
    end: () => Promise.resolve(),
  });

/** What a run looks like. */
const runOf = (state: string, ...tasks: DagRun["tasks"]): DagRun => ({
  ...{ state, start_date: null, end_date: null, tasks },
});

describe("calls of Airflow", () => {
  const { home, remove } = temporaryHome();
  /** What is done with the next requests; those after them are answered. */
  let mishaps: ((request: http.IncomingMessage, response: http.ServerResponse) => void)[] = [];
  let asked: string[] = [];
  const server = http.createServer((request, response) => {
    const { url = "" } = request;
    if (url === "/auth/token") {
      response.end(JSON.stringify({ access_token: "token" }));
      return;
    }
    asked.push(url);
    const mishap = mishaps.shift();
    if (mishap !== undefined) {
      mishap(request, response);
      return;
    }
    response.end(JSON.stringify({ dags: [{ dag_id: "one" }] }));
  });

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    // This process is the server.
    const { pid } = process;
    home.dir("run");
    fs.writeFileSync(
      home.file("run", `${AIRFLOW}.json`),
      JSON.stringify({ pid, startedAt: startOf(pid), port }),
    );
    fs.writeFileSync(
      path.join(home.dir("airflow"), "status.json"),
      JSON.stringify({
        ...{ state: "healthy", url: `http://127.0.0.1:${port}` },
        ...{ username: "someone", password: "something" },
      }),
    );
  });
  beforeEach(() => {
    asked = [];
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    remove();
  });

  it("are made again where a connection breaks off, and where Airflow fails", async () => {
    const airflow = await Airflow.connect(home);
    mishaps = [
      (request) => request.socket.destroy(),
      (_, response) => response.writeHead(500).end("database is locked"),
    ];
    assert.deepEqual(await airflow.dagIds(), ["one"]);
    assert.equal(asked.length, 3);
  });

  it("are made once where Airflow refuses them, with its reason", async () => {
    const airflow = await Airflow.connect(home);
    mishaps = [(_, response) => response.writeHead(404).end(JSON.stringify({ detail: "no such" }))];
    await assert.rejects(airflow.dagIds(), /Airflow answered 404 to GET \/dags\S*: no such/);
    assert.equal(asked.length, 1);
  });

  it("are given up where Airflow is, by what it says of itself", async () => {
    const airflow = await Airflow.connect(home);
    const file = path.join(home.dir("airflow"), "status.json");
    const said = fs.readFileSync(file, "utf8");
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(said), state: "failed" }));
    mishaps = [(request) => request.socket.destroy()];
    await assert.rejects(airflow.dagIds(), /Airflow does not answer GET/);
    assert.equal(asked.length, 1);
    fs.writeFileSync(file, said);
  });

  it("are not made again after an interruption", async () => {
    const interrupt = new AbortController();
    const airflow = await Airflow.connect(home, { signal: interrupt.signal });
    mishaps = [() => interrupt.abort()];
    await assert.rejects(airflow.dagIds(), /interrupted/);
    assert.equal(asked.length, 1);
  });

  it("name what the scheduler says of a task without a log, and where", () => {
    const logs = home.dir("airflow", "logs");
    const file = path.join(logs, "scheduler.log");
    assert.match(schedulerTail(logs, "run-1", "copy"), /scheduler\.log does not name it/);
    const lines = [
      ...["starting", "httpx.ReadTimeout: timed out"],
      ...["task copy of run-1 finished with state failed", "something else"],
    ];
    fs.writeFileSync(file, lines.join("\n"));
    const said = schedulerTail(logs, "run-1", "copy");
    assert.ok(said.includes(`The last lines about it in ${file}`));
    assert.match(said, /httpx\.ReadTimeout: timed out\ntask copy of run-1/);
    assert.doesNotMatch(said, /something else/);
  });

  it("give a DAG back as paused as it was, also where its run fails to start", async () => {
    const runs = runsOf(runOf("success"));
    const connected = (signal?: AbortSignal) => Airflow.connect(home, { signal, runs });
    const airflow = await connected();
    const patched: unknown[] = [];
    const answers: Record<string, unknown> = {
      "GET /dags/one": { is_paused: true },
      "GET /importErrors": { import_errors: [] },
      "POST /dags/one/dagRuns": {},
    };
    const answer = (request: http.IncomingMessage, response: http.ServerResponse) => {
      const route = `${request.method} ${(request.url ?? "").replace("/api/v2", "").replace(/\?.*/, "")}`;
      let body = "";
      request.on("data", (data: Buffer) => (body += data.toString()));
      request.on("end", () => {
        if (request.method === "PATCH") {
          patched.push(JSON.parse(body));
        }
        const known = route === "GET /dags" ? { dags: [ONE] } : undefined;
        response.end(JSON.stringify(known ?? answers[route] ?? {}));
      });
    };
    mishaps = Array.from({ length: 20 }, () => answer);
    const { state } = await airflow.run("one", {});
    assert.equal(state, "success");
    assert.deepEqual(patched, [{ is_paused: false }, { is_paused: true }]);

    const refuse = (_: http.IncomingMessage, response: http.ServerResponse) =>
      response.writeHead(400).end(JSON.stringify({ detail: "no such conf" }));
    mishaps = [answer, answer, answer, answer, refuse, answer];
    await assert.rejects(airflow.run("one", {}), /no such conf/);
    assert.deepEqual(patched.slice(2), [{ is_paused: false }, { is_paused: true }]);

    const interrupt = new AbortController();
    const interrupted = await connected(interrupt.signal);
    mishaps = [answer, answer, answer, answer, () => interrupt.abort(), answer];
    await assert.rejects(interrupted.run("one", {}), /interrupted/);
    assert.deepEqual(patched.slice(4), [{ is_paused: false }, { is_paused: true }]);

    // How the run ended is told also where it cannot be paused again.
    mishaps = [...Array.from({ length: 5 }, () => answer), refuse];
    let why = "";
    const run = await airflow.run("one", {}, { onStaysUnpaused: (reason) => (why = reason) });
    assert.equal(run.state, "success");
    assert.match(why, /no such conf/);
    mishaps = [];
  });

  it("run no DAG as it was before its file could no longer be imported", async () => {
    const error = {
      filename: "one.py",
      timestamp: "2026-01-01T12:00:00Z",
      stack_trace: "File \"/dags/one.py\", line 7, in <module>\nNameError: name 'x' is not defined",
    };
    const other = { ...error, filename: "other.py" };
    let errors = [other, error];
    const answer = ({ url = "" }: http.IncomingMessage, response: http.ServerResponse) =>
      response.end(
        JSON.stringify(url.includes("/importErrors") ? { import_errors: errors } : { dags: [ONE] }),
      );
    mishaps = Array.from({ length: 20 }, () => answer);
    const airflow = await Airflow.connect(home);
    await assert.rejects(
      airflow.run("one", {}),
      /"one" is not run: .*\n✘ one\.py:7 cannot be imported: NameError/,
    );
    assert.equal(asked.length, 2);
    // What is wrong with another file is no reason.
    errors = [other];
    const refuse = (_: http.IncomingMessage, response: http.ServerResponse) =>
      response.writeHead(400).end(JSON.stringify({ detail: "asked for the DAG" }));
    mishaps = [answer, answer, refuse];
    await assert.rejects(airflow.run("one", {}), /asked for the DAG/);
    mishaps = [];
  });

  it("tell of each try that failed once, and of what the run waits for", async () => {
    const task = (state: string, try_number: number) => ({
      ...{ task_id: "copy", state, try_number, max_tries: 2 },
      start_date: new Date("2026-01-01T12:00:00Z"),
      end_date: new Date("2026-01-01T12:00:02Z"),
    });
    const runs = runsOf(
      runOf("queued"),
      runOf("running"),
      runOf("running", task("up_for_retry", 1)),
      runOf("running", task("up_for_retry", 1), { ...task("none", 0), task_id: "last" }),
      runOf("running", task("running", 2)),
      runOf("running", task("up_for_retry", 2)),
      runOf("success", task("success", 3)),
    );
    const answer = ({ url = "" }: http.IncomingMessage, response: http.ServerResponse) =>
      response.end(
        JSON.stringify(url.includes("/dags?") ? { dags: [ONE] } : { import_errors: [] }),
      );
    mishaps = Array.from({ length: 40 }, () => answer);
    const airflow = await Airflow.connect(home, { runs });
    const said: string[] = [];
    const { tasks } = await airflow.run(
      "one",
      {},
      {
        onTask: (id, { state, seconds }) => said.push(`${id} ${state} ${seconds}`),
        onRetry: (id, { attempt, of }) =>
          Promise.resolve(void said.push(`${id} ${attempt} of ${of}`)),
        onWork: (now) => said.push(now),
      },
    );
    assert.deepEqual(said, [
      "queued: the scheduler has not started the run, or an earlier run of this DAG goes first",
      "no task at work: the scheduler has not come to the next one",
      ...["copy 1 of 3", "copy (up_for_retry)", "copy (up_for_retry)", "copy"],
      ...["copy 2 of 3", "copy (up_for_retry)", "copy success 2"],
    ]);
    assert.deepEqual(Object.keys(tasks), ["copy"]);
    // The api-server is not asked how a run goes on: the DAG, twice, and the run that is wanted.
    assert.equal(asked.filter((url) => url.includes("/dagRuns")).length, 1);

    const deleted = runsOf(runOf("running"), undefined);
    await assert.rejects(
      (await Airflow.connect(home, { runs: deleted })).run("one", {}),
      /run manual__\S+ of DAG "one" was deleted in Airflow before it ended/,
    );
    mishaps = [];
  });

  it("tell why a task failed: the exception, its place in the DAG files, what caused it", () => {
    const said = failureIn([
      ...["::group::before", "one", "two", "three", "four", "five"].map((event) => ({ event })),
      {
        event: "Task failed with exception",
        error_detail: [
          {
            exc_type: "AirflowException",
            exc_value: "the step failed",
            frames: [
              { filename: "/home/airflow/dags/orders.py", lineno: 12 },
              { filename: "/venv/airflow/operators.py", lineno: 99 },
            ],
          },
          { exc_type: "ClientError", exc_value: "AccessDenied" },
        ],
      },
      { event: "a callback" },
    ]);
    assert.equal(
      said,
      "two\nthree\nfour\nfive\nAirflowException: the step failed (dags/orders.py:12)\n" +
        "  caused by ClientError: AccessDenied",
    );
    assert.equal(failureIn([{ event: "only this" }]), "only this");
    assert.equal(failureIn([]), "");
  });

  it("tell the line of a DAG file that cannot be imported, and why", () => {
    const trace = [
      "Traceback (most recent call last):",
      '  File "/home/airflow/dags/team/orders.py", line 3, in <module>',
      "    from mwaalib import nothing",
      '  File "/home/airflow/dags/mwaalib/nothing.py", line 9, in <module>',
      "ImportError: cannot import name 'nothing'",
    ].join("\n");
    assert.deepEqual(importErrorOf({ filename: "team/orders.py", stack_trace: `${trace}\n` }), {
      file: "team/orders.py",
      line: 3,
      reason: "ImportError: cannot import name 'nothing'",
    });
    assert.equal(importErrorOf({ filename: "other.py", stack_trace: "timed out" }).line, 1);
  });
});

import assert from "node:assert/strict";
import { ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { createInterface, Interface } from "node:readline";

import { Client } from "pg";

import { AirflowDatabase } from "../../../local/cli/airflowDatabase";
import { toolHome } from "../../../local/home";
import { postgresqlPrograms, pythonOf } from "../../../local/setup/python";
import { temporaryHome } from "../running";

/** What of Airflow's tables is looked at: https://airflow.apache.org/docs/apache-airflow/stable/database-erd-ref.html */
const TABLES = `
  CREATE TABLE dag_run (dag_id text, run_id text, state text, start_date timestamptz, end_date timestamptz);
  CREATE TABLE task_instance (dag_id text, run_id text, task_id text, map_index int, state text,
    start_date timestamptz, end_date timestamptz, try_number int, max_tries int);
  INSERT INTO dag_run VALUES ('one', 'first', 'running', '2026-01-01T12:00:00Z', NULL),
    ('one', 'second', 'queued', NULL, NULL), ('two', 'first', 'failed', NULL, NULL);
  INSERT INTO task_instance VALUES
    ('one', 'first', 'b', -1, NULL, NULL, NULL, 0, 2),
    ('one', 'first', 'a', -1, 'success', '2026-01-01T12:00:00Z', '2026-01-01T12:00:02.5Z', 1, 2),
    ('two', 'first', 'a', -1, 'failed', NULL, NULL, 1, 0)`;

/** Of a server that somebody has beside this one. */
const OTHER_SERVER = { PGHOST: "127.0.0.1", PGPORT: "1", PGUSER: "me", PGOPTIONS: "-c nothing=1" };

describe("runs in Airflow's metadata database", () => {
  const { home, remove } = temporaryHome();
  const database = new AirflowDatabase(home);
  let server: ChildProcess;
  let said: Interface;

  const say = (status: Record<string, unknown>) =>
    fs.writeFileSync(path.join(home.dir("airflow"), "status.json"), JSON.stringify(status));
  const sql = async (text: string) => {
    const client = new Client({
      host: await folder,
      port: 5432,
      user: "airflow",
      database: "postgres",
    });
    await client.connect();
    await client.query(text);
    await client.end();
  };
  let folder: Promise<string>;

  before(async () => {
    server = spawn(
      pythonOf(toolHome, "test"),
      [path.join(__dirname, "database.py"), home.dir("airflow"), postgresqlPrograms(toolHome)],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    said = createInterface(server.stdout as NodeJS.ReadableStream);
    folder = once(said, "line").then(([line]) => line as string);
    say({ state: "healthy", database: await folder });
    await sql(TABLES);
  });
  after(async () => {
    await database.end();
    server.stdin?.end();
    await once(server, "exit");
    remove();
  });

  const kill = () => {
    const file = path.join(home.folder, "airflow", "postgresql", "postmaster.pid");
    process.kill(Number(fs.readFileSync(file, "utf8").split("\n")[0]), "SIGKILL");
  };

  it("are found with their tasks, in a database of the home's and no other", async () => {
    const kept = { ...process.env };
    Object.assign(process.env, OTHER_SERVER);
    try {
      const run = await database.look("one", "first");
      assert.equal(run?.state, "running");
      assert.equal(run.start_date?.toISOString(), "2026-01-01T12:00:00.000Z");
      assert.equal(run.end_date, null);
      assert.deepEqual(
        run.tasks.map(({ task_id, state, try_number, max_tries, start_date, end_date }) => ({
          ...{ task_id, state, try_number, max_tries },
          ms: end_date && start_date && end_date.getTime() - start_date.getTime(),
        })),
        [
          { task_id: "a", state: "success", try_number: 1, max_tries: 2, ms: 2500 },
          { task_id: "b", state: null, try_number: 0, max_tries: 2, ms: null },
        ],
      );
      const queued = { state: "queued", start_date: null, end_date: null, tasks: [] };
      assert.deepEqual(await database.look("one", "second"), queued);
      assert.equal(await database.look("two", "second"), undefined);
    } finally {
      Object.keys(OTHER_SERVER).forEach((name) => delete process.env[name]);
      Object.assign(process.env, kept);
    }
  });

  it("are looked at again where the database was killed, and is started again", async () => {
    assert.equal((await database.look("one", "first"))?.state, "running");
    kill();
    server.stdin?.write("again\n");
    let again = false;
    void once(said, "line").then(() => (again = true));
    while (!again) {
      assert.equal((await database.look("one", "first"))?.state, "running");
    }
    assert.equal((await database.look("one", "first"))?.state, "running");
  });

  it("are not looked for in tables that are not Airflow's", async () => {
    await sql("ALTER TABLE dag_run RENAME TO other");
    await assert.rejects(
      database.look("one", "first"),
      /does not say how run first of one goes on: relation "dag_run" does not exist\. Its log: \S+postgresql\.log$/,
    );
    await sql("ALTER TABLE other RENAME TO dag_run");
    assert.equal((await database.look("one", "first"))?.state, "running");
  });

  it("are given up where Airflow is, by what it says of itself", async () => {
    say({ state: "failed", database: await folder });
    assert.equal((await database.look("one", "first"))?.state, "running");
    kill();
    // The process behind a connection lives a moment longer than the server.
    const looks = async () => {
      while ((await database.look("one", "first")) !== undefined) {
        // Until it is gone.
      }
    };
    await assert.rejects(looks, /does not say how run first of one/);
    server.stdin?.write("again\n");
    await once(said, "line");
  });
});

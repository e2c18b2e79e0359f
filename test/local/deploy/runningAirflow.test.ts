import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import type { S3Client } from "@aws-sdk/client-s3";

import { deployDags } from "../../../deploy/dags/deployDags";
import { localStack } from "../../../local/cli/localStack";
import { s3Of } from "../../../local/cli/s3";
import { LiveStack } from "../engine/liveStack";

const DAG = "deployed";

/** A DAG file whose one task says a word, by a library beside it. */
const dagFile = (task: string) => `from datetime import UTC, datetime

from airflow.sdk import DAG, task
from mwaalib.deployed_word import WORD

with DAG("${DAG}", schedule=None, start_date=datetime(2020, 1, 1, tzinfo=UTC), catchup=False):

    @task(task_id="${task}")
    def say() -> str:
        return WORD

    say()
`;

describe("DAG files that are deployed to an Airflow that runs", () => {
  let stack: LiveStack;
  let s3: S3Client;
  const write = (task: string, word: string) => {
    const dags = path.join(stack.folder, "dags");
    fs.writeFileSync(path.join(dags, `${DAG}.py`), dagFile(task));
    fs.writeFileSync(path.join(dags, "mwaalib", "deployed_word.py"), `WORD = "${word}"\n`);
  };

  before(async () => {
    stack = await LiveStack.start();
    s3 = s3Of(stack.endpoint);
    await stack.airflowOf("mwaa-local");
    // By default Airflow writes a DAG that changes again within 30 seconds only after these.
    const airflowConfigurationOptions = { "core.min_serialized_dag_update_interval": "0" };
    await stack.works({ pipelines: [], dags: "external", airflowConfigurationOptions });
  });
  after(() => stack.stop());

  /** Deploys what is in the folder, or goes back; what the DAG's tasks say then, by the task. */
  const deployed = async (rollback = false): Promise<Record<string, unknown>> => {
    const program = localStack({ home: stack.home, root: stack.folder });
    await deployDags(program, s3, { rollback, root: stack.folder, say: () => undefined });
    const airflow = await stack.airflow();
    await airflow.awaitDagFolder();
    const { run_id: run, state, tasks } = await airflow.run(DAG, {});
    assert.equal(state, "success");
    const said = Object.keys(tasks).map(async (task): Promise<[string, unknown]> => [
      task,
      await airflow.xcom(DAG, run, task, "return_value"),
    ]);
    return Object.fromEntries(await Promise.all(said));
  };

  it("shows a DAG, and runs it with its library", async () => {
    assert.deepEqual(await (await stack.airflow()).dagIds(), []);
    write("first", "one");
    assert.deepEqual(await deployed(), { first: "one" });
  });

  it("shows the changed DAG, and runs that with its changed library", async () => {
    write("second", "two");
    assert.deepEqual(await deployed(), { second: "two" });
  });

  it("shows the DAG of the deployment before once that is back", async () =>
    assert.deepEqual(await deployed(true), { first: "one" }));

  it("leaves nothing for the stack to change", async () => {
    const { changes } = await (await stack.with({})).preview();
    assert.deepEqual(Object.keys(changes), ["same"]);
    assert.deepEqual(await (await stack.airflow()).dagIds(), [DAG]);
  });
});

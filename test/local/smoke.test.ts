import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { PutObjectCommand } from "@aws-sdk/client-s3";

import { Airflow } from "../../local/cli/airflow";
import { inventoryOf, startCloud, stopCloud } from "../../local/cli/cloud";
import { sleep } from "../../local/cli/processes";
import { dataSet } from "./cli/dataSet";
import { BUCKETS, UpStack } from "./cli/runs";
import { processesWith, temporaryHome } from "./running";

/** The whole laptop target once, with the shortest DAG that shows it: all that goes wrong has tests of its own. */
describe("a stack on the laptop", () => {
  const { home, remove } = temporaryHome();
  let stack: UpStack;

  after(async () => {
    await stack?.command("down").finished;
    remove();
  });

  it("comes up under the policy pack", async () => {
    stack = await UpStack.up(home, "up", "--movielens", dataSet(home.dir("data")));
  });

  it("runs a DAG that is put into its bucket, by the operators of its own DAGs", async () => {
    const Body = fs.readFileSync(path.join(__dirname, "smoke.py"));
    await stack
      .s3()
      .send(new PutObjectCommand({ Bucket: BUCKETS.airflow, Key: "dags/smoke.py", Body }));
    const airflow = await Airflow.connect(home);
    while (!(await airflow.dagIds()).includes("smoke")) {
      await sleep(500);
    }
    await stack.succeeded(await stack.run("smoke").finished);
  });

  it("is unchanged by a second up, which needs no preview", async () => {
    const { status, output } = await stack.command("up").finished;
    assert.equal(status, 0, output);
    assert.match(output, /\d+ unchanged/);
    assert.match(output, /No preview: nothing has changed/);
    assert.doesNotMatch(output, /\d+ (created|updated|deleted|replaced)/);
  });

  it("is gone after destroy, with all that its DAGs made", async () => {
    const { status, output } = await stack.command("destroy").finished;
    assert.equal(status, 0, output);
    assert.deepEqual(processesWith(home.folder), []);
    const endpoint = await startCloud(home, stack.ports.cloud, () => undefined);
    try {
      assert.deepEqual(await inventoryOf(home, endpoint), {});
    } finally {
      await stopCloud(home);
    }
  });
});

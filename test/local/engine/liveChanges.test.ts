import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";

import { clientConfig, inventoryOf } from "../../../local/cli/cloud";
import { s3Of } from "../../../local/cli/s3";
import { ACCOUNT, REGION } from "../../mockedAccount";
import { BUCKETS } from "../cli/runs";
import { LiveStack } from "./liveStack";
import { asMwaaWants } from "./theirBucket";

/** What `probe.py` finds where nothing has been changed. */
const PLAIN = { plugin: false, exported: null, variable: null, option: null };

/** A bucket that is somebody else's. */
const THEIRS = "airflow-somebody-elses";

/** Files that Airflow takes beside the DAGs. */
const FILES = {
  pluginsFolder: "plugins",
  startupScript: "startup.sh",
  requirementsFile: "",
};
const NO_FILES = {
  pluginsFolder: undefined,
  startupScript: undefined,
  requirementsFile: undefined,
};

/**
 * Changes that would lose data or fail half way, with what is said of them where data is kept: one for each way in which
 * they are found. `docs/settings.md` tells of each setting whether it is refused.
 */
const REFUSED: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  ["another key", { encryptionKey: "own" }, /protected|marked for protection/],
  ["another workgroup", { athenaWorkgroupName: "other" }, /marked for protection/],
  ["other zones", { availabilityZones: ["us-east-1c", "us-east-1d"] }, /availabilityZones is/],
  [
    "its own bucket as another's",
    { airflowBucketName: BUCKETS.airflow, createAirflowBucket: false },
    /made by this stack/,
  ],
  [
    "somebody else's bucket",
    { dataBucketName: THEIRS },
    /is there already, and that this stack did not create/,
  ],
  ["another owner", { tags: { Project: "other" } }, /go back, or give all/],
];

/**
 * Changes of a live stack, on the running target: some of each kind that `provider/changes.test.ts` plans, one after
 * another on one stack. Where a pipeline could lose by one, what it uses is used afterwards.
 */
describe("a live stack that changes", () => {
  let stack: LiveStack;
  let s3: S3Client;
  /** A run of before, which Airflow knows as long as its history is there. */
  let firstRun: string;

  before(async () => {
    stack = await LiveStack.start();
    s3 = s3Of(stack.endpoint);
    const write = (name: string, content: string) => {
      const file = path.join(stack.folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, content);
    };
    const test = (name: string) => fs.readFileSync(path.join(__dirname, name), "utf8");
    write("dags/smoke.py", test("../smoke.py"));
    write("dags/probe.py", test("probe.py"));
    write("plugins/probe_plugin.py", "");
    write("startup.sh", "export PROBE=exported\n");
    await s3.send(new CreateBucketCommand({ Bucket: THEIRS }));
    // So that it is not refused for that.
    await asMwaaWants(s3, THEIRS);
  });
  after(() => stack.stop());

  /** What a task of a run of `probe.py` found. */
  const found = async (runId: string): Promise<unknown> =>
    (await stack.airflow()).xcom("probe", runId, "look", "return_value");
  const probe = async (): Promise<unknown> => found((await stack.run("probe")).run_id);
  const object = { Bucket: BUCKETS.data, Key: "kept/object" };
  const content = async () =>
    (await s3.send(new GetObjectCommand(object))).Body?.transformToString();

  /** Has the state machine start the Glue job, which it then waits for. */
  async function works(): Promise<void> {
    const client = new SFNClient(clientConfig(stack.endpoint));
    const stateMachineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:Movielens-Transform-job`;
    const input = JSON.stringify({ run: "20260101T000000000000Z-0123456789abcdef" });
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn, input }),
    );
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    assert.equal(status, "RUNNING");
  }

  it("is made, and runs", async () => {
    await stack.airflowOf("mwaa-local");
    assert.ok((await stack.works({})).create > 100);
    assert.deepEqual(await probe(), PLAIN);
  });

  it("takes options, logs, Variables, statements and files over in place", async () => {
    const changes = await stack.settles({
      airflowConfigurationOptions: { "probe.option": "8" },
      airflowLogLevels: { task: "DEBUG" },
      logRetentionDays: 1,
      variables: { probe: "found" },
      executionRoleStatements: [{ Sid: "Look", Action: "sqs:ListQueues", Resource: "*" }],
      emr: { coreMarket: "SPOT" },
      movieListSchedule: "0 5 * * *",
      tags: { Team: "data" },
      ...FILES,
    });
    assert.equal(changes.replace, undefined);
    const expected = { plugin: true, exported: "exported", variable: "found", option: "8" };
    assert.deepEqual(await probe(), expected);
    await stack.run("smoke");
  });

  it("has none of that any more, and all that replaces resources instead: other paths, names, databases and keys", async () => {
    const changes = await stack.settles({
      airflowConfigurationOptions: undefined,
      airflowLogLevels: undefined,
      logRetentionDays: undefined,
      variables: undefined,
      executionRoleStatements: undefined,
      emr: undefined,
      movieListSchedule: "none",
      tags: undefined,
      ...NO_FILES,
      iam: { path: "/data/" },
      // The warehouse keeps its name.
      redshift: { kind: "serverless", database: "other" },
      natGateways: "Single",
      encryptionKey: "own",
      athenaWorkgroupName: "other",
    });
    assert.ok(changes.replace > 28);
    assert.deepEqual(await probe(), PLAIN);
    await stack.run("smoke");
  });

  it("is as it was", async () => {
    await stack.works({
      ...{ iam: undefined, redshift: undefined, natGateways: undefined },
      ...{ encryptionKey: undefined, athenaWorkgroupName: undefined },
    });
    firstRun = (await stack.run("probe")).run_id;
    await s3.send(new PutObjectCommand({ ...object, Body: "kept" }));
  });

  it("keeps its data from now on", async () => {
    const changes = await stack.works({ forceDestroy: false });
    assert.equal(changes.replace, undefined);
  });

  for (const [what, changes, reason] of REFUSED) {
    it(`refuses ${what} before anything is touched`, () => stack.refuses(changes, reason));
  }

  it("still has what it had, and runs", async () => {
    await stack.works({ airflowConfigurationOptions: { "probe.option": "9" } });
    assert.deepEqual(await found(firstRun), PLAIN);
    assert.equal(await content(), "kept");
    assert.deepEqual(await probe(), { ...PLAIN, option: "9" });
  });

  it("may cost its data after an update for that alone, and then has another key and another name", async () => {
    const change = { environmentName: "mwaa-other", encryptionKey: "own" };
    await stack.refuses(
      { ...change, forceDestroy: true },
      /forceDestroy changes from false to true/,
    );
    const lifted = await stack.works({ forceDestroy: true });
    assert.equal(lifted.replace, undefined);
    await stack.airflowOf("mwaa-other");
    const changes = await stack.settles(change);
    assert.ok(changes.replace > 20);
    await stack.run("smoke");
    await assert.rejects(found(firstRun), /404|not found/i);
  });

  it("goes without a pipeline that is at work, and with it again", async () => {
    await works();
    await stack.works({ pipelines: ["movie-list", "notebook"] });
    await stack.settles({ pipelines: undefined });
    await stack.run("smoke");
  });

  it("leaves nothing when it is destroyed while a pipeline works", async () => {
    await works();
    await (await stack.with({})).destroy();
    await s3.send(new DeleteBucketCommand({ Bucket: THEIRS }));
    assert.deepEqual(await inventoryOf(stack.home, stack.endpoint), {});
  });
});

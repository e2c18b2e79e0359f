import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { CloudWatchLogsClient, DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  AddJobFlowStepsCommand,
  DescribeClusterCommand,
  DescribeNotebookExecutionCommand,
  DescribeStepCommand,
  EMRClient,
  ListClustersCommand,
  RunJobFlowCommand,
  RunJobFlowCommandInput,
  SetTerminationProtectionCommand,
  StartNotebookExecutionCommand,
  StartNotebookExecutionCommandInput,
  TerminateJobFlowsCommand,
} from "@aws-sdk/client-emr";
import {
  BatchStopJobRunCommand,
  DeleteTableCommand,
  GetCrawlerCommand,
  GetJobRunCommand,
  GetJobRunsCommand,
  GetTableCommand,
  GlueClient,
  JobRun,
  StartCrawlerCommand,
  StartJobRunCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-glue";
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import * as aws4 from "aws4";

import { Airflow, startAirflow, stopAirflow } from "../../local/cli/airflow";
import { clientConfig } from "../../local/cli/cloud";
import { PIPELINES } from "../../local/cli/results";
import { Endpoint, REGION } from "../../local/engine/endpoint";
import { Home, ROOT } from "../../local/home";

/** How a run ended. */
export interface Ended {
  readonly succeeded: boolean;
  /** What a user is told of a failure. */
  readonly said: string;
}

/** Something that can be run by itself, as a role or several. */
export interface Kind {
  readonly name: string;
  /** What it does with Airflow: none that needs it can run while it is stopped. Default: nothing. */
  readonly airflow?: "needs" | "stops";
  /** What it works on, and no other may meanwhile. */
  readonly claims?: string;
  /** Actions that it is there for. Default: all that it uses. */
  readonly shows?: readonly string[];
  run(): Promise<Ended>;
}

/** The running stack that the kinds are run on. */
export interface Ground {
  readonly home: Home;
  readonly endpoint: Endpoint;
  readonly airflowPort: number;
  /** Outputs of the stack. */
  readonly outputs: Readonly<Record<string, { readonly value: unknown }>>;
}

const POLL_MS = 250;

/** What a DAG works on: data that it replaces, a database whose statements wait for each other. */
const CLAIMS: Readonly<Record<string, string>> = {
  "movie-list-dag": "warehouse",
  mwaa_movielens_demo: "films",
  generate_sample_reviews: "reviews",
  test_dag: "reviews",
};

/** What runs of the stack's DAGs are asked for: little work, by the same calls. */
const CONF: Readonly<Record<string, Record<string, unknown>>> = {
  generate_sample_reviews: { reviews: 5000 },
  test_dag: { CATEGORIES_CSV: "Books" },
};

/** DAGs of a task or three, with which a call is reached sooner than with those of the stack. */
const SHORT: Readonly<Record<string, Pick<Kind, "claims">>> = {
  query: {},
  statement: { claims: "warehouse" },
  cluster: {},
  transform: { claims: "films" },
};

/** DAGs with less time than their work takes, and what they call to break it off. */
const CUT_SHORT: Readonly<Record<string, Pick<Kind, "claims"> & { shows: readonly string[] }>> = {
  query_cut_short: { shows: ["athena:StopQueryExecution"] },
  statement_cut_short: { claims: "warehouse", shows: ["redshift-data:CancelStatement"] },
  transform_cut_short: { claims: "films", shows: ["states:StopExecution"] },
  generate_sample_reviews_cut_short: {
    claims: "reviews",
    shows: ["elasticmapreduce:CancelSteps", "sns:Publish"],
  },
  test_dag_cut_short: { claims: "reviews", shows: ["elasticmapreduce:StopNotebookExecution"] },
};

/** Of the stack's DAGs, those that are cut short as well: what says how many seconds their work may take. */
const LIMITS: Readonly<Record<string, string>> = {
  generate_sample_reviews: "STEP_SECONDS",
  test_dag: "EXECUTION_SECONDS",
};

const ENVIRONMENT = "mwaa-local";

/** What the stack says of the MovieLens pipeline. */
function movielensOf({ movielens }: Ground["outputs"]) {
  return movielens.value as { stateMachineArn: string; jobName: string; databaseName: string };
}

/** What MWAA asks the role for before it takes an environment. Airflow asks for more meanwhile. */
const TAKEN_WITH = [
  "s3:GetAccountPublicAccessBlock",
  "s3:GetBucketPublicAccessBlock",
  "sqs:ChangeMessageVisibility",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  "sqs:GetQueueUrl",
  "sqs:ReceiveMessage",
  "sqs:SendMessage",
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
];

/** All kinds, in an order in which each finds what it needs. */
export function kinds(ground: Ground): Kind[] {
  const reviews = new Reviews(ground);
  const runOf = (dagId: string, end?: string) => async () => {
    if (dagId.startsWith("test_dag")) {
      await reviews.putBack();
    }
    return await runDag(ground, dagId, end);
  };
  const dags = Object.entries(PIPELINES).flatMap(([dagId, { inputFrom }]) =>
    inputFrom === undefined ? [dagId] : [inputFrom, dagId],
  );
  return [
    {
      name: "update of the environment",
      shows: TAKEN_WITH,
      run: () => updateEnvironment(ground),
    },
    { name: "start of the environment", airflow: "stops", run: () => restartAirflow(ground) },
    ...dags.map((dagId) => dag(dagId, { claims: CLAIMS[dagId], run: runOf(dagId) })),
    ...Object.entries(SHORT).map(([dagId, about]) => dag(dagId, { ...about, run: runOf(dagId) })),
    ...Object.entries(CUT_SHORT).map(([dagId, about]) =>
      dag(dagId, { ...about, run: runOf(dagId, "failed") }),
    ),
    {
      name: STEP,
      shows: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
      run: () => runStep(ground),
    },
    {
      name: NOTEBOOK,
      shows: [
        ...["s3:GetObject", "s3:PutObject"],
        ...["elasticmapreduce:DescribeCluster", "elasticmapreduce:ListInstances"],
        "ec2:CreateNetworkInterface",
      ],
      run: () => runNotebook(ground),
    },
    { name: "Glue job", claims: "films", run: () => runJob(ground) },
    { name: "crawler", claims: "films", run: () => crawl(ground) },
    {
      name: "crawler of what has changed",
      claims: "films",
      shows: ["glue:UpdateTable"],
      run: () => crawlAgain(ground),
    },
    { name: "update of the state machine", run: () => updateStateMachine(ground) },
    { name: "state machine", claims: "films", run: () => transform(ground) },
    {
      name: "state machine that is stopped",
      claims: "films",
      shows: ["glue:BatchStopJobRun"],
      run: () => stopTransform(ground),
    },
  ];
}

function dag(dagId: string, about: Omit<Kind, "name" | "airflow">): Kind {
  return { name: dagId, airflow: "needs", ...about };
}

/** The reviews that a notebook reads: a run of `generate_sample_reviews` that is refused or cut short leaves none. */
class Reviews {
  private readonly s3: S3Client;
  private readonly Bucket: string;
  private readonly kept = new Map<string, Uint8Array>();

  constructor({ endpoint, outputs }: Ground) {
    this.s3 = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
    this.Bucket = outputs.dataBucketName.value as string;
  }

  /** Makes them what they were the first time. */
  async putBack(): Promise<void> {
    const { s3, Bucket, kept } = this;
    if (kept.size === 0) {
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket, Prefix: "reviews/" }),
      );
      for (const { Key = "" } of Contents) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        kept.set(Key, (await Body?.transformToByteArray()) ?? new Uint8Array());
      }
      return;
    }
    for (const [Key, Body] of kept) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    }
  }
}

/**
 * Puts the DAGs into the bucket without their retries, since what a role may not do, it may not at the next try
 * either. Those that are short, or cut short, are put beside them.
 *
 * @throws Error where a DAG has not what is to be changed: then this is no longer how they are written.
 */
export async function prepareDags({ home, endpoint, outputs }: Ground): Promise<void> {
  const s3 = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
  const Bucket = outputs.airflowBucketName.value as string;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "dags/" }));
  const put = (name: string, Body: string) =>
    s3.send(new PutObjectCommand({ Bucket, Key: `dags/${name}.py`, Body }));
  let changed = 0;
  for (const { Key = "" } of Contents) {
    const name = /^dags\/(\w+)\.py$/.exec(Key)?.[1];
    if (name === undefined) {
      continue;
    }
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const text = (await Body?.transformToString()) ?? "";
    const quick = text.replace(/("retries": |\bretries=)\d+/g, "$10");
    changed += quick === text ? 0 : 1;
    await put(name, quick);
    if (name in LIMITS) {
      // The work must not have ended at the first look after its time is over.
      const limit = replaced(
        quick,
        new RegExp(`^${LIMITS[name]} = .*$`, "m"),
        `${LIMITS[name]} = 1`,
      );
      const often = replaced(limit, /^CHECK_SECONDS = \d+$/m, "CHECK_SECONDS = 3");
      await put(
        `${name}_cut_short`,
        replaced(often, `dag_id="${name}"`, `dag_id="${name}_cut_short"`),
      );
    }
  }
  if (changed === 0) {
    throw new Error("no DAG has retries to take away");
  }
  const { stateMachineArn } = movielensOf(outputs);
  const short = fs.readFileSync(path.join(ROOT, "test", "access", "short.py"), "utf8");
  await put("short", replaced(short, /@stateMachineArn@/g, stateMachineArn));
  // It was put last: where Airflow has it, it has all.
  const airflow = await Airflow.connect(home, () => undefined);
  while (!(await airflow.dagIds()).includes("transform_cut_short")) {
    await sleep(POLL_MS);
  }
}

function replaced(text: string, what: string | RegExp, by: string): string {
  const changed = text.replace(what, by);
  if (changed === text) {
    throw new Error(`there is no ${String(what)} to change in a DAG`);
  }
  return changed;
}

/** Ends what a run has left at work that may not end it. */
export async function endWork(ground: Ground, { name, claims }: Kind): Promise<void> {
  await endClusters(ground, name);
  if (claims === "films") {
    await endExecutions(ground);
  }
}

async function endExecutions({ endpoint, outputs }: Ground): Promise<void> {
  const sfn = new SFNClient(clientConfig(endpoint));
  const glue = new GlueClient(clientConfig(endpoint));
  const { stateMachineArn, jobName: JobName } = movielensOf(outputs);
  const { executions = [] } = await sfn.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: "RUNNING" }),
  );
  for (const { executionArn } of executions) {
    await sfn.send(new StopExecutionCommand({ executionArn }));
  }
  const working = async () => (await jobRuns(glue, JobName)).filter(isWorking);
  const left = (await working()).flatMap(({ Id }) => Id ?? []);
  if (left.length > 0) {
    await glue.send(new BatchStopJobRunCommand({ JobName, JobRunIds: left }));
  }
  while ((await working()).length > 0) {
    await sleep(POLL_MS);
  }
}

async function endClusters({ endpoint }: Ground, dagId: string): Promise<void> {
  const emr = new EMRClient(clientConfig(endpoint));
  const { Clusters = [] } = await emr.send(
    new ListClustersCommand({ ClusterStates: ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"] }),
  );
  const JobFlowIds = Clusters.filter(({ Name }) => Name?.startsWith(`${dagId}-`)).map(
    ({ Id }) => Id as string,
  );
  if (JobFlowIds.length > 0) {
    await emr.send(
      new SetTerminationProtectionCommand({ JobFlowIds, TerminationProtected: false }),
    );
    await emr.send(new TerminateJobFlowsCommand({ JobFlowIds }));
  }
}

const STEP = "step";
const NOTEBOOK = "notebook";

/** A step as that of `generate_sample_reviews`, into a folder that no other reads. */
async function runStep(ground: Ground): Promise<Ended> {
  const { endpoint, outputs } = ground;
  const emr = new EMRClient(clientConfig(endpoint));
  const folder = (bucket: string) => `s3://${outputs[bucket].value as string}`;
  return await onCluster(ground, STEP, async (JobFlowId) => {
    const { StepIds: [StepId] = [] } = await emr.send(
      new AddJobFlowStepsCommand({
        JobFlowId,
        Steps: [
          {
            Name: STEP,
            ActionOnFailure: "CONTINUE",
            HadoopJarStep: {
              Jar: "command-runner.jar",
              Args: [
                ...["spark-submit", "--deploy-mode", "client"],
                `${folder("airflowBucketName")}/jobs/emr/generate_sample_reviews.py`,
                ...["--output", `${folder("dataBucketName")}/query_output/${STEP}/`],
                ...["--reviews", "100", "--categories", "Books"],
              ],
            },
          },
        ],
      }),
    );
    for (;;) {
      const { Step } = await emr.send(new DescribeStepCommand({ ClusterId: JobFlowId, StepId }));
      const state = Step?.Status?.State ?? "";
      if (!["PENDING", "RUNNING"].includes(state)) {
        const said = Step?.Status?.FailureDetails?.Message ?? "";
        return { succeeded: state === "COMPLETED", said };
      }
      await sleep(POLL_MS);
    }
  });
}

/** An execution of a notebook of one cell, which needs nothing. */
async function runNotebook(ground: Ground): Promise<Ended> {
  const { endpoint, outputs } = ground;
  const emr = new EMRClient(clientConfig(endpoint));
  const s3 = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
  const key = `notebooks/${NOTEBOOK}.ipynb`;
  await s3.send(
    new PutObjectCommand({
      Bucket: outputs.airflowBucketName.value as string,
      Key: key,
      Body: JSON.stringify(ONE_CELL),
    }),
  );
  const request = JSON.parse(
    await variable(ground, "notebook_execution"),
  ) as StartNotebookExecutionCommandInput;
  return await onCluster(ground, NOTEBOOK, async (Id) => {
    const { NotebookExecutionId } = await emr.send(
      new StartNotebookExecutionCommand({
        ...request,
        NotebookS3Location: { ...request.NotebookS3Location, Key: key },
        ExecutionEngine: { ...request.ExecutionEngine, Id },
      }),
    );
    for (;;) {
      const { NotebookExecution } = await emr.send(
        new DescribeNotebookExecutionCommand({ NotebookExecutionId }),
      );
      const state = NotebookExecution?.Status ?? "";
      if (["FINISHED", "FAILED", "STOPPED"].includes(state)) {
        const said = NotebookExecution?.LastStateChangeReason ?? "";
        return { succeeded: state === "FINISHED", said };
      }
      await sleep(POLL_MS);
    }
  });
}

const ONE_CELL = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: "python3", display_name: "Python 3", language: "python" } },
  cells: [
    {
      ...{ cell_type: "code", id: "parameters", execution_count: null, outputs: [] },
      metadata: { tags: ["parameters"] },
      source: "answer = 42",
    },
  ],
};

/** Does something on a cluster of its own, made as `test_dag` makes it. */
async function onCluster(
  ground: Ground,
  Name: string,
  work: (cluster: string) => Promise<Ended>,
): Promise<Ended> {
  const emr = new EMRClient(clientConfig(ground.endpoint));
  const request = JSON.parse(await variable(ground, "notebook_job_flow")) as RunJobFlowCommandInput;
  let cluster: string | undefined;
  try {
    const { JobFlowId } = await emr.send(
      new RunJobFlowCommand({
        ...request,
        Name: `${Name}-cluster`,
        LogUri: await variable(ground, "EMR_LOG_URI"),
        Instances: { ...request.Instances, Ec2SubnetId: await variable(ground, "SUBNET_ID") },
      }),
    );
    cluster = JobFlowId;
  } catch (error) {
    return { succeeded: false, said: (error as Error).message };
  }
  for (;;) {
    const { Cluster } = await emr.send(new DescribeClusterCommand({ ClusterId: cluster }));
    const { State, StateChangeReason } = Cluster?.Status ?? {};
    if (State === "WAITING") {
      break;
    }
    if (!["STARTING", "BOOTSTRAPPING", "RUNNING"].includes(State ?? "")) {
      return { succeeded: false, said: `${StateChangeReason?.Message}` };
    }
    await sleep(POLL_MS);
  }
  const ended = await work(cluster as string);
  await endClusters(ground, Name);
  return ended;
}

/** An Airflow Variable of the stack's. */
async function variable({ endpoint }: Ground, name: string): Promise<string> {
  const ssm = new SSMClient(clientConfig(endpoint));
  const { Parameter } = await ssm.send(
    new GetParameterCommand({
      Name: `/${ENVIRONMENT}/variables/${name}`,
      WithDecryption: true,
    }),
  );
  return Parameter?.Value ?? "";
}

/** The environment is checked as at its creation; nothing changes. The SDK has no client of its own for MWAA here. */
async function updateEnvironment({ endpoint }: Ground): Promise<Ended> {
  const { host } = new URL(endpoint.url);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } =
    endpoint.environment;
  const request = aws4.sign(
    {
      host,
      service: "airflow",
      region: REGION,
      method: "PATCH",
      path: `/environments/${ENVIRONMENT}`,
      headers: { "Content-Type": "application/json" },
      body: "{}",
    },
    { accessKeyId, secretAccessKey },
  );
  const answer = await fetch(`${endpoint.url}/environments/${ENVIRONMENT}`, {
    method: "PATCH",
    headers: request.headers as Record<string, string>,
    body: "{}",
  });
  return { succeeded: answer.ok, said: await answer.text() };
}

/** Airflow is stopped and started: the environment's files are read, its logs and metrics published. */
async function restartAirflow({ home, endpoint, airflowPort }: Ground): Promise<Ended> {
  await stopAirflow(home);
  // What was fetched once is not fetched again, unless it is gone.
  fs.rmSync(path.join(home.dir("airflow"), "files"), { recursive: true, force: true });
  try {
    await startAirflow(home, ENVIRONMENT, endpoint, airflowPort, () => undefined);
    await Airflow.connect(home, () => undefined);
    // The first logs and metrics follow at the next look at the bucket.
    await sleep(PUBLISH_MS);
    return { succeeded: true, said: "" };
  } catch (error) {
    return { succeeded: false, said: (error as Error).message };
  }
}

const PUBLISH_MS = 5000;

async function runDag({ home }: Ground, dagId: string, end = "success"): Promise<Ended> {
  const airflow = await Airflow.connect(home, () => undefined);
  const run = await airflow.run(dagId, CONF[dagId] ?? {}, () => undefined);
  const failed = Object.entries(run.tasks).filter(([, { state }]) => state === "failed");
  const said = await Promise.all(
    failed.map(([taskId]) => airflow.logTail(dagId, run.run_id, taskId)),
  );
  return { succeeded: run.state === end, said: said.join("\n") };
}

/** States of a job's run that has not ended. */
const WORKING = ["STARTING", "RUNNING", "STOPPING", "WAITING"];

function isWorking(run: JobRun | undefined): boolean {
  return WORKING.includes(run?.JobRunState ?? "");
}

async function jobRuns(glue: GlueClient, JobName: string): Promise<JobRun[]> {
  const { JobRuns = [] } = await glue.send(new GetJobRunsCommand({ JobName }));
  return JobRuns;
}

async function runJob({ endpoint, outputs }: Ground): Promise<Ended> {
  const glue = new GlueClient(clientConfig(endpoint));
  const { jobName: JobName } = movielensOf(outputs);
  const { JobRunId: RunId } = await glue.send(new StartJobRunCommand({ JobName }));
  for (;;) {
    const { JobRun } = await glue.send(new GetJobRunCommand({ JobName, RunId }));
    if (!isWorking(JobRun)) {
      return { succeeded: JobRun?.JobRunState === "SUCCEEDED", said: JobRun?.ErrorMessage ?? "" };
    }
    await sleep(POLL_MS);
  }
}

/** Makes the table and the log group anew: a crawl that finds them asks for less. */
async function crawl({ endpoint, outputs }: Ground): Promise<Ended> {
  const glue = new GlueClient(clientConfig(endpoint));
  const logs = new CloudWatchLogsClient(clientConfig(endpoint));
  const { databaseName: DatabaseName } = movielensOf(outputs);
  await gone(glue.send(new DeleteTableCommand({ DatabaseName, Name: CRAWLED.table })));
  await gone(logs.send(new DeleteLogGroupCommand({ logGroupName: CRAWLED.logGroup })));
  return await crawled(glue);
}

/** A crawl that finds a table with a column fewer than its data. */
async function crawlAgain({ endpoint, outputs }: Ground): Promise<Ended> {
  const glue = new GlueClient(clientConfig(endpoint));
  const { databaseName: DatabaseName } = movielensOf(outputs);
  const { Table } = await glue.send(new GetTableCommand({ DatabaseName, Name: CRAWLED.table }));
  const { Name, Owner, Retention, TableType, Parameters, PartitionKeys, StorageDescriptor } =
    Table ?? {};
  await glue.send(
    new UpdateTableCommand({
      DatabaseName,
      TableInput: {
        ...{ Name, Owner, Retention, TableType, Parameters, PartitionKeys },
        StorageDescriptor: {
          ...StorageDescriptor,
          Columns: StorageDescriptor?.Columns?.slice(0, -1),
        },
      },
    }),
  );
  return await crawled(glue);
}

async function crawled(glue: GlueClient): Promise<Ended> {
  await glue.send(new StartCrawlerCommand({ Name: CRAWLED.crawler }));
  for (;;) {
    const { Crawler } = await glue.send(new GetCrawlerCommand({ Name: CRAWLED.crawler }));
    if (Crawler?.State === "READY") {
      const { Status, ErrorMessage = "" } = Crawler.LastCrawl ?? {};
      return { succeeded: Status === "SUCCEEDED", said: ErrorMessage };
    }
    await sleep(POLL_MS);
  }
}

const CRAWLED = {
  crawler: "mwaa-movielens-curated-crawler-popular-movies",
  table: "most_popular_movies",
  logGroup: "/aws-glue/crawlers",
};

/** Waits for a deletion; what is not there need not be deleted. */
async function gone(deletion: Promise<unknown>): Promise<void> {
  await deletion.catch((error: Error) => {
    if (!["EntityNotFoundException", "ResourceNotFoundException"].includes(error.name)) {
      throw error;
    }
  });
}

/** The machine as it is: its role is asked again whether it may deliver logs. */
async function updateStateMachine({ endpoint, outputs }: Ground): Promise<Ended> {
  const sfn = new SFNClient(clientConfig(endpoint));
  const { stateMachineArn } = movielensOf(outputs);
  const { definition, roleArn, loggingConfiguration } = await sfn.send(
    new DescribeStateMachineCommand({ stateMachineArn }),
  );
  return sfn
    .send(
      new UpdateStateMachineCommand({ stateMachineArn, definition, roleArn, loggingConfiguration }),
    )
    .then(
      () => ({ succeeded: true, said: "" }),
      ({ message }: Error) => ({ succeeded: false, said: message }),
    );
}

async function transform({ endpoint, outputs }: Ground): Promise<Ended> {
  const sfn = new SFNClient(clientConfig(endpoint));
  const { stateMachineArn } = movielensOf(outputs);
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
  for (;;) {
    const { status, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== "RUNNING") {
      return { succeeded: status === "SUCCEEDED", said: `${error ?? ""} ${cause ?? ""}` };
    }
    await sleep(POLL_MS);
  }
}

/** An execution that is stopped stops the run of the job that it waits for; without that the job goes on. */
async function stopTransform({ endpoint, outputs }: Ground): Promise<Ended> {
  const sfn = new SFNClient(clientConfig(endpoint));
  const glue = new GlueClient(clientConfig(endpoint));
  const { stateMachineArn, jobName: JobName } = movielensOf(outputs);
  const { executionArn, startDate } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn }),
  );
  const jobRun = async () =>
    (await jobRuns(glue, JobName)).find(({ StartedOn }) => Number(StartedOn) >= Number(startDate));
  while (!isWorking(await jobRun())) {
    const { status, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== "RUNNING") {
      return { succeeded: false, said: `the execution ended before its job began: ${cause}` };
    }
    await sleep(POLL_MS);
  }
  await sfn.send(new StopExecutionCommand({ executionArn }));
  for (;;) {
    const found = await jobRun();
    if (!isWorking(found)) {
      const state = found?.JobRunState ?? "";
      return { succeeded: state === "STOPPED", said: `its job's run ended ${state}` };
    }
    await sleep(POLL_MS);
  }
}

import { execFileSync } from "node:child_process";
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
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
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
import { Endpoint, REGION } from "../../local/engine/endpoint";
import { Home, ROOT, toolHome } from "../../local/home";
import { pythonOf } from "../../local/setup/python";

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

/** DAGs that succeed: one of the stack's, and short ones with which a call is reached sooner than with the others. */
const DAGS: Readonly<Record<string, Pick<Kind, "claims">>> = {
  "movie-list-dag": { claims: "warehouse" },
  query: {},
  // A database whose statements wait for each other.
  statement: { claims: "warehouse" },
  cluster: {},
  submit_step: {},
  execute_notebook: {},
  transform: { claims: "films" },
};

/** DAGs with less time than their work takes, and what they call to break it off. */
const CUT_SHORT: Readonly<Record<string, Pick<Kind, "claims"> & { shows: readonly string[] }>> = {
  query_cut_short: { shows: ["athena:StopQueryExecution"] },
  statement_cut_short: { claims: "warehouse", shows: ["redshift-data:CancelStatement"] },
  transform_cut_short: { claims: "films", shows: ["states:StopExecution"] },
  submit_step_cut_short: { shows: ["elasticmapreduce:CancelSteps", "sns:Publish"] },
  execute_notebook_cut_short: { shows: ["elasticmapreduce:StopNotebookExecution"] },
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
  return [
    {
      name: "update of the environment",
      shows: TAKEN_WITH,
      run: () => updateEnvironment(ground),
    },
    { name: "start of the environment", airflow: "stops", run: () => restartAirflow(ground) },
    ...Object.entries(DAGS).map(([dagId, about]) => dag(ground, dagId, about)),
    ...Object.entries(CUT_SHORT).map(([dagId, about]) => dag(ground, dagId, about, "failed")),
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

function dag(
  { home }: Ground,
  dagId: string,
  about: Pick<Kind, "claims" | "shows">,
  end = "success",
): Kind {
  const run = async () => {
    const airflow = await Airflow.connect(home, () => undefined);
    const { state, run_id: runId, tasks } = await airflow.run(dagId, {}, () => undefined);
    const failed = Object.entries(tasks).filter(([, task]) => task.state === "failed");
    const said = await Promise.all(failed.map(([taskId]) => airflow.logTail(dagId, runId, taskId)));
    return { succeeded: state === end, said: said.join("\n") };
  };
  return { name: dagId, airflow: "needs", run, ...about };
}

/** Puts what the kinds run and read beside what the stack has put into its buckets. */
export async function prepare(ground: Ground): Promise<void> {
  const { endpoint, outputs } = ground;
  const s3 = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
  const put = (bucket: string) => (Key: string, Body: string | Buffer) =>
    s3.send(new PutObjectCommand({ Bucket: outputs[bucket].value as string, Key, Body }));
  const [intoAirflow, intoData] = [put("airflowBucketName"), put("dataBucketName")];

  await intoAirflow(NOTEBOOKS.quick, notebook("answer = 42"));
  await intoAirflow(NOTEBOOKS.slow, notebook("import time\ntime.sleep(60)"));
  for (const [table, file] of Object.entries(films(ground.home))) {
    await intoData(`output/${table}/part-0.parquet`, file);
    await intoData(`output/${table}/_SUCCESS`, Buffer.alloc(0));
  }

  const short = fs.readFileSync(path.join(ROOT, "test", "access", "short.py"), "utf8");
  const named = Object.entries({
    stateMachineArn: movielensOf(outputs).stateMachineArn,
    quickNotebook: NOTEBOOKS.quick,
    slowNotebook: NOTEBOOKS.slow,
  }).reduce((all, [name, value]) => replaced(all, new RegExp(`@${name}@`, "g"), value), short);
  await intoAirflow("dags/short.py", named);
  const airflow = await Airflow.connect(ground.home, () => undefined);
  while (!(await airflow.dagIds()).includes("transform_cut_short")) {
    await sleep(POLL_MS);
  }
}

const NOTEBOOKS = { quick: "notebooks/quick.ipynb", slow: "notebooks/slow.ipynb" };

/** What the Glue job reads, as the steps of `mwaa_movielens_demo` write it: a few rows, by name of the folder. */
function films(home: Home): Record<string, Buffer> {
  const queries = {
    movie:
      "SELECT n::INT AS movieId, 'Film ' || n AS title, 'Drama' AS genres FROM range(1, 9) t(n)",
    ratings:
      "SELECT u::INT AS userId, m::INT AS movieId, 0.5 + (u + m) % 9 / 2 AS rating, 1::BIGINT AS timestamp " +
      "FROM range(1, 9) t(u), range(1, 9) s(m)",
  };
  return Object.fromEntries(
    Object.entries(queries).map(([table, query]) => {
      const file = path.join(home.dir("data"), `${table}.parquet`);
      execFileSync(pythonOf(toolHome, "cloud"), [
        ...["-c", "import duckdb, sys; duckdb.sql(sys.argv[1]).write_parquet(sys.argv[2])"],
        ...[query, file],
      ]);
      return [table, fs.readFileSync(file)];
    }),
  );
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
  const emr = new EMRClient(clientConfig(ground.endpoint));
  const request = JSON.parse(
    await variable(ground, "notebook_execution"),
  ) as StartNotebookExecutionCommandInput;
  return await onCluster(ground, NOTEBOOK, async (Id) => {
    const { NotebookExecutionId } = await emr.send(
      new StartNotebookExecutionCommand({
        ...request,
        NotebookS3Location: { ...request.NotebookS3Location, Key: NOTEBOOKS.quick },
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

/** A notebook of one cell. */
function notebook(source: string): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: "python3", display_name: "Python 3", language: "python" } },
    cells: [
      {
        ...{ cell_type: "code", id: "parameters", execution_count: null, outputs: [] },
        metadata: { tags: ["parameters"] },
        source,
      },
    ],
  });
}

/** Does something on a cluster of its own, made as the DAGs make it. */
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

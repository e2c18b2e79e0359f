import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { CloudWatchLogsClient, DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  EMRClient,
  ListClustersCommand,
  SetTerminationProtectionCommand,
  TerminateJobFlowsCommand,
} from "@aws-sdk/client-emr";
import {
  DeleteTableCommand,
  GetCrawlerCommand,
  GetJobRunCommand,
  GlueClient,
  StartCrawlerCommand,
  StartJobRunCommand,
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
  SFNClient,
  StartExecutionCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import * as aws4 from "aws4";

import { Airflow, startAirflow, stopAirflow } from "../../local/cli/airflow";
import { clientConfig } from "../../local/cli/cloud";
import { PIPELINES } from "../../local/cli/results";
import { Endpoint, REGION } from "../../local/engine/endpoint";
import { Home } from "../../local/home";

/** How a run ended. */
export interface Ended {
  readonly succeeded: boolean;
  /** What a user is told of a failure. */
  readonly said: string;
}

/** Something that can be run by itself, as a role or several. */
export interface Kind {
  readonly name: string;
  /** Nothing else may run meanwhile: it stops what others need. */
  readonly alone?: boolean;
  /** What it works on, and no other may meanwhile. */
  readonly claims?: string;
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

/** The data that a DAG replaces. */
const CLAIMS: Readonly<Record<string, string>> = {
  mwaa_movielens_demo: "films",
  generate_sample_reviews: "reviews",
  test_dag: "reviews",
};

const ENVIRONMENT = "mwaa-local";

/** All kinds, in an order in which each finds what it needs. */
export function kinds(ground: Ground): Kind[] {
  const dags = Object.entries(PIPELINES).flatMap(([dagId, { inputFrom }]) =>
    inputFrom === undefined ? [dagId] : [inputFrom, dagId],
  );
  return [
    { name: "update of the environment", run: () => updateEnvironment(ground) },
    { name: "start of the environment", alone: true, run: () => restartAirflow(ground) },
    ...dags.map((dagId) => ({
      name: dagId,
      claims: CLAIMS[dagId],
      run: () => runDag(ground, dagId),
    })),
    { name: "Glue job", claims: "films", run: () => runJob(ground) },
    { name: "crawler", claims: "films", run: () => crawl(ground) },
    { name: "update of the state machine", run: () => updateStateMachine(ground) },
    { name: "state machine", claims: "films", run: () => transform(ground) },
  ];
}

/**
 * Puts the DAGs into the bucket without their retries: what a role may not do, it may not at the next try either.
 *
 * @throws Error where no DAG has any: then this is no longer how they are written.
 */
export async function withoutRetries({ endpoint, outputs }: Ground): Promise<void> {
  const s3 = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
  const Bucket = outputs.airflowBucketName.value as string;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "dags/" }));
  let changed = 0;
  for (const { Key } of Contents.filter(({ Key: key }) => /^dags\/\w+\.py$/.test(key ?? ""))) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const text = (await Body?.transformToString()) ?? "";
    const without = text.replace(/("retries": |\bretries=)\d+/g, "$10");
    if (without !== text) {
      changed += 1;
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: without }));
    }
  }
  if (changed === 0) {
    throw new Error("no DAG has retries to take away");
  }
}

/** Ends the clusters that a run without the permission to end them has left. */
export async function endClusters({ endpoint }: Ground): Promise<void> {
  const emr = new EMRClient(clientConfig(endpoint));
  const { Clusters = [] } = await emr.send(
    new ListClustersCommand({ ClusterStates: ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"] }),
  );
  const JobFlowIds = Clusters.map(({ Id }) => Id as string);
  if (JobFlowIds.length > 0) {
    await emr.send(
      new SetTerminationProtectionCommand({ JobFlowIds, TerminationProtected: false }),
    );
    await emr.send(new TerminateJobFlowsCommand({ JobFlowIds }));
  }
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

async function runDag({ home }: Ground, dagId: string): Promise<Ended> {
  const airflow = await Airflow.connect(home, () => undefined);
  const run = await airflow.run(dagId, {}, () => undefined);
  const failed = Object.entries(run.tasks).filter(([, { state }]) => state === "failed");
  const said = await Promise.all(
    failed.map(([taskId]) => airflow.logTail(dagId, run.run_id, taskId)),
  );
  return { succeeded: run.state === "success", said: said.join("\n") };
}

async function runJob({ endpoint, outputs }: Ground): Promise<Ended> {
  const glue = new GlueClient(clientConfig(endpoint));
  const { jobName: JobName } = outputs.movielens.value as { jobName: string };
  const { JobRunId: RunId } = await glue.send(new StartJobRunCommand({ JobName }));
  for (;;) {
    const { JobRun } = await glue.send(new GetJobRunCommand({ JobName, RunId }));
    const state = JobRun?.JobRunState ?? "";
    if (!["STARTING", "RUNNING", "STOPPING", "WAITING"].includes(state)) {
      return { succeeded: state === "SUCCEEDED", said: JobRun?.ErrorMessage ?? "" };
    }
    await sleep(POLL_MS);
  }
}

/** Makes the table and the log group anew: a crawl that finds them asks for less. */
async function crawl({ endpoint, outputs }: Ground): Promise<Ended> {
  const glue = new GlueClient(clientConfig(endpoint));
  const logs = new CloudWatchLogsClient(clientConfig(endpoint));
  const { databaseName: DatabaseName } = outputs.movielens.value as { databaseName: string };
  await gone(glue.send(new DeleteTableCommand({ DatabaseName, Name: CRAWLED.table })));
  await gone(logs.send(new DeleteLogGroupCommand({ logGroupName: CRAWLED.logGroup })));
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
  const { stateMachineArn } = outputs.movielens.value as { stateMachineArn: string };
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
  const { stateMachineArn } = outputs.movielens.value as { stateMachineArn: string };
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
  for (;;) {
    const { status, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== "RUNNING") {
      return { succeeded: status === "SUCCEEDED", said: `${error ?? ""} ${cause ?? ""}` };
    }
    await sleep(POLL_MS);
  }
}

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import {
  BatchStopJobRunCommand,
  CreateTableCommand,
  DeleteTableCommand,
  GetJobRunCommand,
  GetJobRunsCommand,
  GlueClient,
  JobRun,
  StartJobRunCommand,
} from "@aws-sdk/client-glue";
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";

import { clientConfig } from "../../local/cli/cloud";
import { Home, toolHome } from "../../local/home";
import { pythonOf } from "../../local/setup/python";
import { Ended, TestContext, awaited, movielensOf } from "./context";

/** The run whose files the Glue job reads. */
export const RUN = "20261130T150000000000Z-0123456789abcdef";

/** What the Glue job reads, as the steps of `mwaa_movielens_demo` write it: a few rows, by name of the folder. */
export function films(home: Home): Record<string, Buffer> {
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

/** States of a job's run that has not ended. */
const WORKING = ["STARTING", "RUNNING", "STOPPING", "WAITING"];

function isWorking(run: JobRun | undefined): boolean {
  return WORKING.includes(run?.JobRunState ?? "");
}

async function jobRuns(glue: GlueClient, JobName: string): Promise<JobRun[]> {
  const { JobRuns = [] } = await glue.send(new GetJobRunsCommand({ JobName }));
  return JobRuns;
}

/** Tables of the results. */
const TABLES = ["most_popular_movies", "top_rated_movies"];

/**
 * Creates the tables that are not there, as a crawler leaves them. Every run finds them but the one that creates them: else
 * it was the order of the runs that tells which calls one makes.
 */
export async function createTables({ endpoint, outputs }: TestContext): Promise<void> {
  const glue = new GlueClient(clientConfig(endpoint));
  const { databaseName: DatabaseName } = movielensOf(outputs);
  for (const Name of TABLES) {
    const StorageDescriptor = {
      Columns: [{ Name: "ratings", Type: "bigint" }],
      Location: `s3://${outputs.dataBucketName}/curated/${Name}/`,
    };
    const TableInput = { Name, TableType: "EXTERNAL_TABLE", StorageDescriptor };
    await glue.send(new CreateTableCommand({ DatabaseName, TableInput })).catch((error: Error) => {
      if (error.name !== "AlreadyExistsException") {
        throw error;
      }
    });
  }
}

/** A run of the job that finds no table, and so creates them. */
export async function runFirstJob(context: TestContext): Promise<Ended> {
  const glue = new GlueClient(clientConfig(context.endpoint));
  const { databaseName: DatabaseName } = movielensOf(context.outputs);
  for (const Name of TABLES) {
    await glue.send(new DeleteTableCommand({ DatabaseName, Name }));
  }
  const ended = await runJob(context);
  await createTables(context);
  return ended;
}

export async function runJob({ endpoint, outputs }: TestContext): Promise<Ended> {
  const glue = new GlueClient(clientConfig(endpoint));
  const { jobName: JobName } = movielensOf(outputs);
  const { JobRunId: RunId } = await glue.send(
    new StartJobRunCommand({ JobName, Arguments: { "--run": RUN } }),
  );
  return await awaited(async () => {
    const { JobRun } = await glue.send(new GetJobRunCommand({ JobName, RunId }));
    return isWorking(JobRun)
      ? undefined
      : { succeeded: JobRun?.JobRunState === "SUCCEEDED", said: JobRun?.ErrorMessage ?? "" };
  });
}

/** The machine as it is: its role is asked again whether it may deliver logs. */
export async function updateStateMachine({ endpoint, outputs }: TestContext): Promise<Ended> {
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

export async function transform({ endpoint, outputs }: TestContext): Promise<Ended> {
  const sfn = new SFNClient(clientConfig(endpoint));
  const { stateMachineArn } = movielensOf(outputs);
  const { executionArn } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ run: RUN }) }),
  );
  return await awaited(async () => {
    const { status, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return status === "RUNNING"
      ? undefined
      : { succeeded: status === "SUCCEEDED", said: `${error ?? ""} ${cause ?? ""}` };
  });
}

/** An execution that is stopped stops the run of the job that it waits for; without that the job goes on. */
export async function stopTransform({ endpoint, outputs }: TestContext): Promise<Ended> {
  const sfn = new SFNClient(clientConfig(endpoint));
  const glue = new GlueClient(clientConfig(endpoint));
  const { stateMachineArn, jobName: JobName } = movielensOf(outputs);
  const { executionArn, startDate } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ run: RUN }) }),
  );
  const jobRun = async () =>
    (await jobRuns(glue, JobName)).find(({ StartedOn }) => Number(StartedOn) >= Number(startDate));
  const { status, cause } = await awaited(async () => {
    const begun = isWorking(await jobRun());
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return begun || execution.status !== "RUNNING" ? execution : undefined;
  });
  if (status !== "RUNNING") {
    return { succeeded: false, said: `the execution ended before its job was stopped: ${cause}` };
  }
  await sfn.send(new StopExecutionCommand({ executionArn }));
  return await awaited(async () => {
    const found = await jobRun();
    const state = found?.JobRunState ?? "";
    return isWorking(found)
      ? undefined
      : { succeeded: state === "STOPPED", said: `its job's run ended ${state}` };
  });
}

/** Ends the executions of the state machine, and the runs of its job. */
export async function endExecutions({ endpoint, outputs }: TestContext): Promise<void> {
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
  await awaited(async () => (await working()).length === 0);
}

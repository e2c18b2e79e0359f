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
import { PutObjectCommand } from "@aws-sdk/client-s3";

import { clientConfig } from "../../local/cli/cloud";
import { s3Of } from "../../local/cli/s3";
import { Ended, TestContext, awaited, variable } from "./context";

/** Keys of notebooks of one cell: one that ends at once, and one that takes a minute. */
export const NOTEBOOKS = { quick: "notebooks/quick.ipynb", slow: "notebooks/slow.ipynb" };

export const STEP = "step";
export const MOVIELENS_STEP = "movielens-step";
export const NOTEBOOK = "notebook";

/** A step as that of `generate_sample_reviews`, into a folder that no other reads. */
export function runStep(context: TestContext): Promise<Ended> {
  const jobs = `s3://${context.outputs.airflowBucketName}/jobs/emr`;
  return stepOn(context, STEP, "notebook_job_flow", [
    ...["--py-files", `${jobs}/run_folder.py`, `${jobs}/generate_sample_reviews.py`],
    ...["--output", `s3://${context.outputs.dataBucketName}/query_output/${STEP}/`],
    ...["--reviews", "100", "--categories", "Books"],
  ]);
}

/** A step as those of `mwaa_movielens_demo`, of a table of one film. */
export async function runMovielensStep(context: TestContext): Promise<Ended> {
  const bucket = context.outputs.dataBucketName ?? "";
  const { raw, output, rejected } = JSON.parse(
    await variable(context, "movielens_prefixes"),
  ) as Record<string, string>;
  const folder = (prefix: string) => `${prefix}${MOVIELENS_STEP}/`;
  await s3Of(context.endpoint).send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: `${folder(raw)}movies.csv`,
      Body: "movieId,title,genres\r\n1,A Film (2001),Drama\r\n",
    }),
  );
  const at = (prefix: string) => `s3://${bucket}/${folder(prefix)}`;
  const jobs = `s3://${context.outputs.airflowBucketName}/jobs/emr`;
  return await stepOn(context, MOVIELENS_STEP, "emr_job_flow", [
    ...["--py-files", `${jobs}/movielens_csv.py`, `${jobs}/preprocess_movies.py`],
    ...["--input", at(raw), "--output", at(output), "--rejected", at(rejected)],
  ]);
}

/**
 * Runs a Spark script of the stack on a cluster of its own.
 *
 * @param args of spark-submit
 * @param jobFlow Variable with the request for the cluster
 */
async function stepOn(
  context: TestContext,
  name: string,
  jobFlow: string,
  args: readonly string[],
): Promise<Ended> {
  const emr = new EMRClient(clientConfig(context.endpoint));
  const Args = ["spark-submit", "--deploy-mode", "client", ...args];
  return await onCluster(context, name, jobFlow, async (JobFlowId) => {
    const { StepIds: [StepId] = [] } = await emr.send(
      new AddJobFlowStepsCommand({
        JobFlowId,
        Steps: [
          {
            Name: name,
            ActionOnFailure: "CONTINUE",
            HadoopJarStep: { Jar: "command-runner.jar", Args },
          },
        ],
      }),
    );
    return await awaited(async () => {
      const { Step } = await emr.send(new DescribeStepCommand({ ClusterId: JobFlowId, StepId }));
      const state = Step?.Status?.State ?? "";
      const said = Step?.Status?.FailureDetails?.Message ?? "";
      return ["PENDING", "RUNNING"].includes(state)
        ? undefined
        : { succeeded: state === "COMPLETED", said };
    });
  });
}

/** An execution of a notebook of one cell, which needs nothing. */
export async function runNotebook(context: TestContext): Promise<Ended> {
  const emr = new EMRClient(clientConfig(context.endpoint));
  const request = JSON.parse(
    await variable(context, "notebook_execution"),
  ) as StartNotebookExecutionCommandInput;
  return await onCluster(context, NOTEBOOK, "notebook_job_flow", async (Id) => {
    const { NotebookExecutionId } = await emr.send(
      new StartNotebookExecutionCommand({
        ...request,
        NotebookS3Location: { ...request.NotebookS3Location, Key: NOTEBOOKS.quick },
        ExecutionEngine: { ...request.ExecutionEngine, Id },
      }),
    );
    return await awaited(async () => {
      const { NotebookExecution } = await emr.send(
        new DescribeNotebookExecutionCommand({ NotebookExecutionId }),
      );
      const state = NotebookExecution?.Status ?? "";
      const said = NotebookExecution?.LastStateChangeReason ?? "";
      return ["FINISHED", "FAILED", "STOPPED"].includes(state)
        ? { succeeded: state === "FINISHED", said }
        : undefined;
    });
  });
}

/** A notebook of one cell. */
export function notebook(source: string): string {
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

/** Does something on a cluster of its own, made as the DAGs make it; `endClusters` ends it. */
async function onCluster(
  context: TestContext,
  Name: string,
  jobFlow: string,
  work: (cluster: string) => Promise<Ended>,
): Promise<Ended> {
  const emr = new EMRClient(clientConfig(context.endpoint));
  const request = JSON.parse(await variable(context, jobFlow)) as RunJobFlowCommandInput;
  let cluster: string | undefined;
  try {
    const { JobFlowId } = await emr.send(
      new RunJobFlowCommand({
        ...request,
        Name: `${Name}-cluster`,
        LogUri: await variable(context, "EMR_LOG_URI"),
        Instances: {
          ...request.Instances,
          Ec2SubnetIds: (await variable(context, "SUBNET_ID")).split(","),
        },
      }),
    );
    cluster = JobFlowId;
  } catch (error) {
    return { succeeded: false, said: (error as Error).message };
  }
  const { State, StateChangeReason } = await awaited(async () => {
    const { Cluster } = await emr.send(new DescribeClusterCommand({ ClusterId: cluster }));
    const status = Cluster?.Status ?? {};
    return ["STARTING", "BOOTSTRAPPING", "RUNNING"].includes(status.State ?? "")
      ? undefined
      : status;
  });
  if (State !== "WAITING") {
    return { succeeded: false, said: `${StateChangeReason?.Message}` };
  }
  return await work(cluster as string);
}

/** Ends the clusters of a scenario. */
export async function endClusters({ endpoint }: TestContext, dagId: string): Promise<void> {
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

import * as fs from "node:fs";
import * as path from "node:path";

import { PutObjectCommand } from "@aws-sdk/client-s3";

import { Airflow } from "../../local/cli/airflow";
import { s3Of } from "../../local/cli/s3";
import { ROOT } from "../../local/home";
import {
  MOVIELENS_STEP,
  NOTEBOOK,
  NOTEBOOKS,
  STEP,
  endClusters,
  notebook,
  runMovielensStep,
  runNotebook,
  runStep,
} from "./clusters";
import { PUBLISHED_WITH, TAKEN_WITH, restartAirflow, updateEnvironment } from "./environment";
import {
  RUN,
  createTables,
  endExecutions,
  films,
  runFirstJob,
  runJob,
  stopTransform,
  transform,
  updateStateMachine,
} from "./films";
import { TestContext, Scenario, awaited, movielensOf } from "./context";

/** DAGs that succeed: one of the stack's, and short ones with which a call is reached sooner than with the others. */
const DAGS: Readonly<Record<string, Pick<Scenario, "claims">>> = {
  "movie-list-dag": { claims: "warehouse" },
  query: {},
  // A database whose statements wait for each other.
  statement: { claims: "warehouse" },
  cluster: {},
  submit_step: {},
  execute_notebook: {},
  transform: { claims: "films" },
};

/** What a step that takes too long leads to: it is cancelled, and somebody is told. */
const CALLED_OFF = ["elasticmapreduce:CancelSteps", "sns:Publish"];

/** DAGs with less time than their work takes, and what they call to break it off. */
const CUT_SHORT: Readonly<
  Record<string, Pick<Scenario, "claims" | "bears"> & { shows: readonly string[] }>
> = {
  query_cut_short: { shows: ["athena:StopQueryExecution"] },
  statement_cut_short: { claims: "warehouse", shows: ["redshift-data:CancelStatement"] },
  transform_cut_short: { claims: "films", shows: ["states:StopExecution"] },
  submit_step_cut_short: { shows: CALLED_OFF, bears: CALLED_OFF },
  execute_notebook_cut_short: { shows: ["elasticmapreduce:StopNotebookExecution"] },
};

/** All scenarios, in an order in which each finds what it needs. */
export function scenarios(context: TestContext): Scenario[] {
  return [
    {
      name: "update of the environment",
      shows: TAKEN_WITH,
      run: () => updateEnvironment(context),
    },
    {
      name: "start of the environment",
      airflow: "stops",
      bears: PUBLISHED_WITH,
      run: () => restartAirflow(context),
    },
    ...Object.entries(DAGS).map(([dagId, about]) => dag(context, dagId, about)),
    ...Object.entries(CUT_SHORT).map(([dagId, about]) => dag(context, dagId, about, "failed")),
    {
      name: STEP,
      shows: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
      run: () => runStep(context),
    },
    {
      name: MOVIELENS_STEP,
      shows: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
      run: () => runMovielensStep(context),
    },
    {
      name: NOTEBOOK,
      shows: [
        ...["s3:GetObject", "s3:PutObject"],
        ...["elasticmapreduce:DescribeCluster", "elasticmapreduce:ListInstances"],
        "ec2:CreateNetworkInterface",
      ],
      run: () => runNotebook(context),
    },
    { name: "Glue job", claims: "films", run: () => runFirstJob(context) },
    {
      name: "Glue job whose tables are there",
      claims: "films",
      shows: ["glue:UpdateTable"],
      run: () => runJob(context),
    },
    { name: "update of the state machine", run: () => updateStateMachine(context) },
    { name: "state machine", claims: "films", run: () => transform(context) },
    {
      name: "state machine that is stopped",
      claims: "films",
      shows: ["glue:BatchStopJobRun"],
      run: () => stopTransform(context),
    },
  ];
}

function dag(
  { home }: TestContext,
  dagId: string,
  about: Pick<Scenario, "claims" | "shows" | "bears">,
  end = "success",
): Scenario {
  const run = async () => {
    const airflow = await Airflow.connect(home);
    const { state, run_id: runId, tasks } = await airflow.run(dagId, {});
    const failed = Object.entries(tasks).filter(([, task]) => task.state === "failed");
    const said = await Promise.all(failed.map(([taskId]) => airflow.logTail(dagId, runId, taskId)));
    return { succeeded: state === end, said: said.join("\n") };
  };
  return { name: dagId, airflow: "needs", run, ...about };
}

/** Puts what the scenarios run and read beside what the stack has put into its buckets. */
export async function prepare(context: TestContext): Promise<void> {
  const { endpoint, outputs } = context;
  const s3 = s3Of(endpoint);
  const put =
    (bucket: "airflowBucketName" | "dataBucketName") => (Key: string, Body: string | Buffer) =>
      s3.send(new PutObjectCommand({ Bucket: outputs[bucket], Key, Body }));
  const [intoAirflow, intoData] = [put("airflowBucketName"), put("dataBucketName")];

  await intoAirflow(NOTEBOOKS.quick, notebook("answer = 42"));
  await intoAirflow(NOTEBOOKS.slow, notebook("import time\ntime.sleep(60)"));
  for (const [table, file] of Object.entries(films(context.home))) {
    await intoData(`output/${RUN}/${table}/part-0.parquet`, file);
    await intoData(`output/${RUN}/${table}/_SUCCESS`, Buffer.alloc(0));
  }

  await createTables(context);

  const short = fs.readFileSync(path.join(ROOT, "test", "access", "short.py"), "utf8");
  const named = Object.entries({
    stateMachineArn: movielensOf(outputs).stateMachineArn,
    run: RUN,
    quickNotebook: NOTEBOOKS.quick,
    slowNotebook: NOTEBOOKS.slow,
  }).reduce((all, [name, value]) => replaced(all, new RegExp(`@${name}@`, "g"), value), short);
  await intoAirflow("dags/short.py", named);
  const airflow = await Airflow.connect(context.home);
  await awaited(async () => (await airflow.dagIds()).includes("transform_cut_short"));
}

function replaced(text: string, what: string | RegExp, by: string): string {
  const changed = text.replace(what, by);
  if (changed === text) {
    throw new Error(`there is no ${String(what)} to change in a DAG`);
  }
  return changed;
}

/** Ends what a run has left at work that may not end it. */
export async function endWork(context: TestContext, { name, claims }: Scenario): Promise<void> {
  await endClusters(context, name);
  if (claims === "films") {
    await endExecutions(context);
  }
}

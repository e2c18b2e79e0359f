import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { EMR_LOGS_PREFIX } from "../../emr/jobFlow";
import { JOBS_PREFIX } from "../../jobScripts";
import { definePipeline } from "../../pipeline";
import type { Platform } from "../../platform";
import type { RunResult } from "../../plan";
import { sparkUnexercised } from "../../sparkAccess";
import { PREFIXES, reviewsFolder } from "./folders";
import { notebookJobFlow } from "./jobFlow";
import { Notebooks, readNotebooks } from "./notebooks";
import { NOTEBOOK_UNEXERCISED, notebookStatements } from "./permissions";
import { NOTEBOOK, type NotebookSettings } from "./settings";

/** Purpose in the name of the role that the code in a notebook works as. */
const NODES = "emr-notebook";

/**
 * `test_dag`: best sellers of the Amazon Customer Reviews, by a notebook on an EMR cluster; and
 * `generate_sample_reviews`, which makes reviews for it.
 *
 * Source: https://aws.amazon.com/blogs/big-data/orchestrating-analytics-jobs-on-amazon-emr-notebooks-using-amazon-mwaa/
 */
export const notebook = definePipeline({
  name: "notebook",
  services: ["data", "emr", "notices"],
  files: {
    dags: ["test_dag.py", "generate_sample_reviews.py"],
    jobs: ["emr/generate_sample_reviews.py", "emr/run_folder.py"],
  },
  unexercised: [...sparkUnexercised(NODES), ...NOTEBOOK_UNEXERCISED],
  settings: { notebook: NOTEBOOK },
  plan: ({ root, dataBucketName }, { notebook: { schedule, inputLocation } }) => {
    const input = reviewsFolder(dataBucketName, inputLocation);
    const own = input.bucket === dataBucketName;
    return {
      notebooks: readNotebooks(path.join(root, "notebooks")),
      dags: [
        {
          id: "test_dag",
          schedule: { option: "test_dag_schedule", cron: schedule },
          after: "generate_sample_reviews",
          results: RESULTS,
        },
        { id: "generate_sample_reviews" },
      ],
      prefixes: {
        ...PREFIXES,
        ...(own && input.prefix !== PREFIXES.reviews.prefix
          ? { input: { prefix: input.prefix, tasks: "read", emr: "read" } as const }
          : {}),
      },
      nodes: { role: NODES, readsElsewhere: own ? [] : [input] },
      owned: { roles: { notebook: [] } },
    };
  },
  build: (platform, { notebook: settings }, { notebooks }) => {
    const { location, environmentName, dataBucketName, emr } = platform;
    const component = new Notebooks("notebooks", {
      ...platform.common,
      airflowBucketName: platform.airflowBucket.bucketName,
      protections: platform.airflowBucket.protections,
      dataBucketName,
      files: notebooks,
      notebook: settings,
      vpcId: platform.network.vpcId,
    });
    const below = (prefix: string) =>
      pulumi.interpolate`s3://${platform.dataBucket.bucketName}/${prefix}`;
    return {
      components: [component],
      statements: pulumi
        .all([component.serviceRoleArn, platform.notices.statements])
        .apply(([serviceRoleArn, noticeStatements]) => [
          ...notebookStatements({
            location,
            environmentName,
            serviceRoleArn,
            dataBucketName,
            notebook: settings,
          }),
          ...noticeStatements,
        ]),
      variables: {
        ...notebookVariables(platform, settings),
        notebook_job_flow: emr
          .jobFlow({ nodes: NODES })
          .apply((flow) => JSON.stringify(notebookJobFlow(flow))),
        notebook_execution: component.execution,
      },
      outputs: {
        notebook: {
          bestSellersLocation: below(`${PREFIXES.results.prefix}best_sellers/`),
          executedNotebooksLocation: below(PREFIXES.executed.prefix),
        },
      },
    };
  },
});

/** Tables of best sellers and the executed notebook, as `test_dag` has told the notebook. */
const RESULTS: readonly RunResult[] = [
  {
    kind: "folders",
    task: "create_cluster_task",
    key: "notebook_parameters",
    location: "OUTPUT_LOCATION",
    below: "best_sellers/",
    names: "CATEGORIES",
  },
  {
    ...{ kind: "file", title: "executed notebook" },
    ...{ prefix: PREFIXES.executed.prefix, suffix: ".html" },
  },
];

/** The post's Variables. */
export function notebookVariables(
  platform: Platform,
  settings: NotebookSettings,
): Record<string, pulumi.Input<string>> {
  const data = (prefix: string) =>
    pulumi.interpolate`s3://${platform.dataBucket.bucketName}/${prefix}`;
  return {
    REGION: platform.location.region,
    // The post's name; it had one subnet.
    SUBNET_ID: platform.network.privateSubnetIds.apply((ids) => ids.join(",")),
    EMR_LOG_URI: data(EMR_LOGS_PREFIX),
    JOBS_LOCATION: pulumi.interpolate`s3://${platform.airflowBucket.bucketName}/${JOBS_PREFIX}`,
    // An empty string cannot be a parameter.
    ...(settings.editorId === "" ? {} : { NOTEBOOK_ID: settings.editorId }),
    NOTEBOOK_FILE_NAME: settings.fileName,
    CATEGORIES_CSV: settings.categories,
    FROM_DATE: settings.fromDate,
    TO_DATE: settings.toDate,
    INPUT_LOCATION:
      settings.inputLocation === "" ? data(PREFIXES.reviews.prefix) : settings.inputLocation,
    SAMPLE_REVIEWS_LOCATION: data(PREFIXES.reviews.prefix),
    OUTPUT_LOCATION: data(PREFIXES.results.prefix),
  };
}

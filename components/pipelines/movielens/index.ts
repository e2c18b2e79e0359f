import * as pulumi from "@pulumi/pulumi";
import { definePipeline } from "../../pipeline";
import { sparkUnexercised } from "../../sparkAccess";
import { MOVIELENS_SOURCE, SOURCE_VARIABLE, internetOf, readSource } from "../movielensSource";
import { movielensLogPatterns } from "./logs";
import { movielensNames } from "./names";
import { PARAMETERS } from "./parameters";
import { GLUE_UNEXERCISED } from "./gluePermissions";
import { PIPELINE_UNEXERCISED, pipelineStatements } from "./permissions";
import { PREFIXES, RESULT_TABLES } from "./prefixes";
import { GLUE } from "./settings";
import { MovielensPipeline } from "./transform";

/** Purpose in the name of the role that the steps work as. */
const NODES = "emr-ec2";

/** Steps that run side by side: the three tables are preprocessed in parallel. */
const STEP_CONCURRENCY = 3;

/**
 * `mwaa_movielens_demo`: MovieLens on EMR, then Step Functions and Glue.
 *
 * Source: https://aws.amazon.com/blogs/big-data/building-complex-workflows-with-amazon-mwaa-aws-step-functions-aws-glue-and-amazon-emr/
 */
export const movielens = definePipeline({
  name: "movielens",
  services: ["data", "emr", "notices"],
  files: {
    dags: ["mwaa_movielens_demo.py"],
    jobs: [
      "emr/movielens_csv.py",
      "emr/preprocess_movies.py",
      "emr/preprocess_ratings.py",
      "emr/preprocess_tags.py",
      "glue/movielens_transform.py",
    ],
  },
  unexercised: [...sparkUnexercised(NODES), ...GLUE_UNEXERCISED, ...PIPELINE_UNEXERCISED],
  settings: { movielensSource: MOVIELENS_SOURCE, glue: GLUE },
  plan: (context, { movielensSource }) => {
    const names = movielensNames(context);
    return {
      names,
      dags: [
        {
          id: "mwaa_movielens_demo",
          results: (["popular", "topRated"] as const).map((result) => ({
            kind: "catalog" as const,
            database: names.databaseName,
            table: RESULT_TABLES[result],
          })),
        },
      ],
      prefixes: PREFIXES,
      logGroups: movielensLogPatterns(names),
      nodes: { role: NODES },
      calls: ["states"],
      internet: internetOf(movielensSource),
      owned: {
        parameters: Object.keys(PARAMETERS).map((name) => `${names.parametersPath}/${name}`),
        databases: [names.databaseName],
        jobs: [names.jobName],
        stateMachines: [names.stateMachineName],
        roles: {
          "glue-job": ["glue.amazonaws.com"],
          states: ["states.amazonaws.com"],
        },
      },
    };
  },
  build: (platform, { movielensSource, glue }, { names }) => {
    const { location, dataBucketName } = platform;
    const component = new MovielensPipeline("movielens", {
      ...platform.common,
      airflowBucketName: platform.airflowBucketName,
      dataBucketName,
      names,
      glue,
      jobScript: platform.jobScript("glue/movielens_transform.py"),
    });
    const { stateMachineArn, jobName, databaseName } = component;
    return {
      components: [component],
      statements: platform.notices.statements.apply((noticeStatements) => [
        ...pipelineStatements({ location, dataBucketName, names }),
        ...readSource(location, movielensSource),
        ...noticeStatements,
      ]),
      variables: {
        [SOURCE_VARIABLE]: movielensSource,
        movielens_parameters: component.parametersPath,
        movielens_prefixes: JSON.stringify({
          raw: PREFIXES.raw.prefix,
          output: PREFIXES.output.prefix,
          rejected: PREFIXES.rejected.prefix,
        }),
        emr_job_flow: pulumi.jsonStringify(
          platform.emr.jobFlow({ nodes: NODES, stepConcurrency: STEP_CONCURRENCY }),
        ),
      },
      outputs: { movielens: { stateMachineArn, jobName, databaseName } },
    };
  },
});

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { NotebookSettings } from "../checks/notebook";
import type { Location } from "./location";
import { MOVIELENS_PREFIXES } from "./movielensData";
import { NOTEBOOK_PREFIXES } from "./notebookData";
import type { DataApiTarget } from "./redshiftTarget";

export interface VariablesArgs {
  /** Bucket that the Variables are put into as well, as `variables.json`, for an import by hand. */
  readonly airflowBucketName: pulumi.Input<string>;
  /** Path that every parameter's name begins with, without a slash at the end. */
  readonly prefix: string;
  /** Airflow Variables by name. No value may be empty or secret: parameters are plain text. */
  readonly values: Readonly<Record<string, pulumi.Input<string>>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Airflow Variables as Systems Manager parameters, where the secrets backend looks for them. */
export class Variables extends pulumi.ComponentResource {
  public readonly prefix: string;

  public constructor(name: string, args: VariablesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mwaa:variables:Variables", name, {}, opts);
    for (const [variable, value] of Object.entries(args.values)) {
      new aws.ssm.Parameter(
        `${name}-${variable}`,
        {
          name: `${args.prefix}/${variable}`,
          type: "String",
          value,
          description: `Airflow Variable ${variable}`,
          tags: args.tags,
        },
        { parent: this },
      );
    }
    // As Airflow's own interface takes them: Admin, Variables, Import Variables.
    new aws.s3.BucketObjectv2(
      `${name}-file`,
      {
        bucket: args.airflowBucketName,
        key: "variables.json",
        content: pulumi
          .output(args.values)
          .apply((values) => `${JSON.stringify(values, undefined, 2)}\n`),
        contentType: "application/json",
      },
      { parent: this },
    );
    this.prefix = args.prefix;
    this.registerOutputs({ prefix: this.prefix });
  }
}

/** Path of an environment's Variables in the parameter store. */
export function variablesPrefix(environmentName: string): string {
  return `/${environmentName}/variables`;
}

/** What the Variables of `movie-list-dag` are made from. */
export interface MovieListVariablesArgs {
  readonly dataBucketName: pulumi.Input<string>;
  /** `https://…` or `s3://bucket/key`. */
  readonly movielensSource: string;
  readonly athenaDatabaseName: pulumi.Input<string>;
  readonly athenaWorkgroupName: pulumi.Input<string>;
  readonly redshift: DataApiTarget;
  readonly redshiftDatabase: string;
  readonly redshiftTableName: string;
  readonly redshiftCopyRoleArn: pulumi.Input<string>;
}

/** The Variables that `movie-list-dag` reads. */
export function movieListVariables(
  args: MovieListVariablesArgs,
): Record<string, pulumi.Input<string>> {
  const { redshift } = args;
  return {
    s3_bucket_name: args.dataBucketName,
    movielens_source: args.movielensSource,
    athena_db: args.athenaDatabaseName,
    athena_workgroup: args.athenaWorkgroupName,
    ...(redshift.kind === "workgroup"
      ? { redshift_workgroup: redshift.name }
      : { redshift_cluster: redshift.identifier, redshift_db_user: redshift.dbUser }),
    redshift_db: args.redshiftDatabase,
    redshift_table_name: args.redshiftTableName,
    redshift_copy_role_arn: args.redshiftCopyRoleArn,
  };
}

/** What the Variables of `mwaa_movielens_demo` are made from. */
export interface MovielensVariablesArgs {
  /** Path that the names of the pipeline's own parameters begin with. */
  readonly parametersPath: string;
  /** RunJobFlow's request as JSON. */
  readonly jobFlow: pulumi.Input<string>;
}

/** The Variables that `mwaa_movielens_demo` reads beside those of `movie-list-dag`. */
export function movielensVariables(
  args: MovielensVariablesArgs,
): Record<string, pulumi.Input<string>> {
  return { movielens_parameters: args.parametersPath, emr_job_flow: args.jobFlow };
}

/** What the Variables of `test_dag` and `generate_sample_reviews` are made from. */
export interface NotebookVariablesArgs {
  readonly location: Location;
  /** Private subnets of clusters. */
  readonly subnetIds: pulumi.Input<readonly string[]>;
  readonly dataBucketName: pulumi.Input<string>;
  readonly notebook: NotebookSettings;
  /** RunJobFlow's request as JSON, without what other Variables hold. */
  readonly jobFlow: pulumi.Input<string>;
  /** StartNotebookExecution's request as JSON, without what a run decides. */
  readonly execution: pulumi.Input<string>;
  readonly topicArn: pulumi.Input<string>;
}

/** The Variables that `test_dag` reads: the post's, and the requests of the stack. */
export function notebookVariables(
  args: NotebookVariablesArgs,
): Record<string, pulumi.Input<string>> {
  const { notebook } = args;
  const data = (prefix: string) => pulumi.interpolate`s3://${args.dataBucketName}/${prefix}`;
  return {
    REGION: args.location.region,
    // The post's name; it had one subnet.
    SUBNET_ID: pulumi.output(args.subnetIds).apply((ids) => ids.join(",")),
    EMR_LOG_URI: data(MOVIELENS_PREFIXES.emrLogs),
    // An empty text cannot be a parameter.
    ...(notebook.editorId === "" ? {} : { NOTEBOOK_ID: notebook.editorId }),
    NOTEBOOK_FILE_NAME: notebook.fileName,
    CATEGORIES_CSV: notebook.categories,
    FROM_DATE: notebook.fromDate,
    TO_DATE: notebook.toDate,
    INPUT_LOCATION:
      notebook.inputLocation === "" ? data(NOTEBOOK_PREFIXES.reviews) : notebook.inputLocation,
    OUTPUT_LOCATION: data(NOTEBOOK_PREFIXES.results),
    SNS_TOPIC_ARN: args.topicArn,
    notebook_job_flow: args.jobFlow,
    notebook_execution: args.execution,
  };
}

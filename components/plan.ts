import type * as pulumi from "@pulumi/pulumi";
import type { Expiring } from "../checks/expiration";
import type { IamSettings } from "../checks/iam";
import type { InternetNeed } from "../checks/internet";
import type { Location } from "./location";
import type { Statement } from "./policyDocument";

/**
 * What the platform offers beside the environment, each only where a pipeline needs it or the setting
 * `services` asks for it.
 *
 * - `data`: the bucket for raw files, results and logs.
 * - `athena`: a workgroup that writes its results into the data bucket.
 * - `redshift`: the data warehouse, and the role that COPY reads the data bucket with.
 * - `emr`: what a cluster is started with.
 * - `notices`: the topic that tasks tell of failures.
 */
export const SERVICES = ["data", "athena", "redshift", "emr", "notices"] as const;
export type Service = (typeof SERVICES)[number];

/** What a stack is, before anything of it exists. */
export interface StackContext {
  readonly project: string;
  readonly stack: string;
  readonly location: Location;
  /** Folder of the project. */
  readonly root: string;
  /** Begins the names of what belongs to the environment. */
  readonly environmentName: string;
  /** Path of the Airflow Variables in the parameter store. */
  readonly variablesPrefix: string;
  readonly airflowBucketName: string;
  readonly dataBucketName: string;
  readonly athenaWorkgroupName: string;
  /** Table of the data warehouse that the setting `redshift` names. */
  readonly redshiftTableName: string;
  /** Who may read it, as GRANT takes each. */
  readonly redshiftReaders: readonly string[];
  /** Days that CloudWatch keeps a log event. */
  readonly logRetentionDays: number;
  /** True: destroy takes buckets, databases and keys with their content. False: they are kept. */
  readonly forceDestroy: boolean;
  readonly iam: IamSettings;
  readonly tags: Readonly<Record<string, string>>;
}

/** A prefix of the data bucket, and who uses it. */
export interface Prefix {
  /** With a slash at its end. */
  readonly prefix: string;
  /** What tasks do with it, as the execution role. */
  readonly tasks?: "read" | "write";
  /** What steps and notebooks on the pipeline's clusters do with it, as the role of their nodes. */
  readonly emr?: "read" | "write";
  /** Redshift loads from it: the COPY role reads it. */
  readonly copy?: true;
  /** An empty object of this name is there from the beginning, for a DAG that waits for the prefix. */
  readonly marker?: true;
  /** What its objects are, if they expire: the days are those of the setting `expirationDays`. */
  readonly expires?: Expiring;
}

/** A folder in S3. */
export interface Folder {
  readonly bucket: string;
  /** Prefix of its objects, with a slash at its end; empty for all of the bucket. */
  readonly prefix: string;
}

/** The nodes of a pipeline's clusters. */
export interface NodesPlan {
  /** Ends the name of the nodes' role; the role's and the instance profile's name in the stack. */
  readonly role: string;
  /** Folders in other buckets that are read. */
  readonly readsElsewhere?: readonly Folder[];
}

/** A DAG of a pipeline. */
export interface DagPlan {
  readonly id: string;
  /**
   * Its schedule: a five-field cron expression, or `none`, and the option of the section `mwaa_analytics`
   * of Airflow's configuration that the DAG file reads it from.
   */
  readonly schedule?: { readonly option: string; readonly cron: string };
  /** DAG of the pipeline whose run makes the input of this one's. */
  readonly after?: string;
  /** What a run leaves, for whoever shows it. */
  readonly results?: readonly RunResult[];
}

/** What a run of a DAG leaves, by its kind. */
export type RunResult =
  | {
      /** A table of the data warehouse. */
      readonly kind: "redshift";
      readonly table: string;
      /** Query for a sample of its rows. Default: the first ones, in no order. */
      readonly sample?: string;
    }
  | {
      /** A table of the Glue Data Catalog over Parquet files. */
      readonly kind: "catalog";
      readonly database: string;
      readonly table: string;
    }
  | {
      /** Parquet files in a folder for each of some names, where the run's parameters say. */
      readonly kind: "folders";
      /** Task and key of the XCom that holds the parameters. */
      readonly task: string;
      readonly key: string;
      /** Parameter with the location, `s3://…`. */
      readonly location: string;
      /** Prefix below it that the folders lie in. */
      readonly below: string;
      /** Parameter with the names. */
      readonly names: string;
    }
  | {
      /** A file for a person: of those below a prefix of the data bucket, the newest whose key ends so. */
      readonly kind: "file";
      readonly title: string;
      readonly prefix: string;
      /** Such as `.html`. */
      readonly suffix: string;
    };

/** What has to be known of a pipeline before any resource exists. */
export interface PipelinePlan {
  readonly dags: readonly DagPlan[];
  /** Prefixes of the data bucket, by a name of the pipeline's own for each. */
  readonly prefixes?: Readonly<Record<string, Prefix>>;
  /** Names of log groups, or patterns of them: the stack's key admits them, the deployment role manages them. */
  readonly logGroups?: readonly string[];
  readonly nodes?: NodesPlan;
  /**
   * AWS services that tasks call beside those of the pipeline's `services`, as AWS names their endpoints: `states`. A
   * network without a way to one is refused at preview.
   */
  readonly calls?: readonly string[];
  /** Settings of the pipeline by which its tasks call the internet. */
  readonly internet?: readonly InternetNeed[];
  /** What the pipeline makes, for the deployment role. */
  readonly owned?: OwnedResources;
}

/** Resources of a pipeline's own by their names, which the deployment role is limited to. */
export interface OwnedResources {
  /** Names of the pipeline's Systems Manager parameters, beside its Variables. */
  readonly parameters?: readonly string[];
  /** Databases of the Glue Data Catalog. */
  readonly databases?: readonly string[];
  readonly jobs?: readonly string[];
  readonly crawlers?: readonly string[];
  readonly stateMachines?: readonly string[];
  /** Roles by the purpose that ends their name's beginning, with the services that the program passes each to. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
}

/** What a pipeline adds to a stack. */
export interface PipelineParts {
  /** What has to be there before the environment is made. */
  readonly components: readonly pulumi.Resource[];
  /** Statements for the execution role: what the pipeline's tasks call. */
  readonly statements: pulumi.Input<readonly Statement[]>;
  /** Airflow Variables by name. No value may be empty or secret: parameters are plain text. */
  readonly variables: Readonly<Record<string, pulumi.Input<string>>>;
  /** Outputs of the stack. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Prefixes of a plan that are used in the given way. */
export function prefixesOf(
  plan: Pick<PipelinePlan, "prefixes">,
  user: "tasks" | "emr",
  use: "read" | "write",
): string[] {
  return Object.values(plan.prefixes ?? {})
    .filter((one) => one[user] === use)
    .map(({ prefix }) => prefix);
}

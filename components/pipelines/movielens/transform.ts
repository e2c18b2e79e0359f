import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { IamSettings } from "../../../checks/iam";
import { rolePrefix } from "../../../checks/names";
import type { Location } from "../../location";
import type { PolicyDocument } from "../../policyDocument";
import { roleDefaults } from "../../roleDefaults";
import { glueTrust } from "../../glueAccess";
import { jobPolicy } from "./gluePermissions";
import { jobLogPrefix, stateMachineLogGroupName } from "./logs";
import type { MovielensNames } from "./names";
import { PARAMETERS } from "./parameters";
import { statesPolicy, statesTrust } from "./permissions";
import { PREFIXES } from "./prefixes";
import type { GlueSettings } from "./settings";
import { transformDefinition, validDefinition } from "./stateMachine";

/** Minutes that an execution may take beside its job: until a worker is there, or another run's job is done. */
const BESIDE_JOB_MINUTES = 60;

/** Runs of the job side by side, for DAG runs that overlap: each writes into a folder of its own. */
const CONCURRENT_RUNS = 3;

export interface MovielensPipelineArgs {
  readonly location: Location;
  /** Begins the names of roles. */
  readonly environmentName: string;
  readonly names: MovielensNames;
  readonly glue: GlueSettings;
  /** Bucket whose `jobs/` holds the job's script. */
  readonly airflowBucketName: string;
  /** Bucket of the job's inputs and results. */
  readonly dataBucketName: string;
  /** The job's script, `s3://bucket/key`. */
  readonly jobScript: pulumi.Input<string>;
  /** ARN of the key for results and logs. Default: the services' own. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  /** Days that logs are kept. */
  readonly logRetentionDays: number;
  readonly iam?: IamSettings;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * Second half of the MovieLens pipeline: a Glue job that writes the result tables and publishes them in a
 * database of the Glue Data Catalog, the state machine that runs it, and the parameters by which DAGs find
 * it all.
 *
 * Source: https://aws.amazon.com/blogs/big-data/building-complex-workflows-with-amazon-mwaa-aws-step-functions-aws-glue-and-amazon-emr/
 */
export class MovielensPipeline extends pulumi.ComponentResource {
  public readonly stateMachineArn: pulumi.Output<string>;
  public readonly databaseName: pulumi.Output<string>;
  public readonly jobName: pulumi.Output<string>;
  /** Beginning of the parameters' names. */
  public readonly parametersPath: string;

  public constructor(
    name: string,
    args: MovielensPipelineArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:movielensPipeline:MovielensPipeline", name, {}, opts);
    const { names } = args;
    const database = new aws.glue.CatalogDatabase(
      `${name}-database`,
      {
        name: names.databaseName,
        description: "Most popular and top rated films of the MovieLens data set",
        tags: args.tags,
      },
      { parent: this },
    );
    const security = new aws.glue.SecurityConfiguration(
      `${name}-security`,
      {
        name: securityConfigurationName(args.environmentName),
        encryptionConfiguration: glueEncryption(args.kmsKeyArn),
      },
      // It cannot be changed, and its name stands in those of log groups.
      { parent: this, deleteBeforeReplace: true },
    );
    const job = this.job(name, args, database, security);
    const stateMachine = this.stateMachine(name, args, job);
    const parameters = {
      "S3/DemoBucket": args.dataBucketName,
      "S3/mwaaBucket": args.airflowBucketName,
      "sfn/movielens": stateMachine.arn,
      "glue/movielens": job.name,
    };
    for (const [parameter, value] of Object.entries(parameters)) {
      new aws.ssm.Parameter(
        `${name}-${parameter.replace("/", "-")}`,
        {
          name: `${names.parametersPath}/${parameter}`,
          type: "String",
          value,
          description: PARAMETERS[parameter as keyof typeof PARAMETERS],
          tags: args.tags,
        },
        { parent: this },
      );
    }
    this.stateMachineArn = stateMachine.arn;
    this.databaseName = database.name;
    this.jobName = job.name;
    this.parametersPath = names.parametersPath;
    this.registerOutputs({
      stateMachineArn: this.stateMachineArn,
      databaseName: this.databaseName,
      jobName: this.jobName,
      parametersPath: this.parametersPath,
    });
  }

  private job(
    name: string,
    args: MovielensPipelineArgs,
    database: aws.glue.CatalogDatabase,
    security: aws.glue.SecurityConfiguration,
  ): aws.glue.Job {
    const { glue, names, dataBucketName } = args;
    const { output, curated } = PREFIXES;
    const role = this.role(name, "glue-job", args, {
      description: "Glue job: reads Parquet files, writes and publishes result tables",
      trust: glueTrust(args.location),
      policy: (kmsKeyArn) => jobPolicy({ ...args, ...names, kmsKeyArn }),
    });
    const prefix = jobLogPrefix(names.jobName);
    const logGroups = ["error", "output"].map((log) =>
      this.logGroup(
        `${name}-job-${log}`,
        args.kmsKeyArn === undefined
          ? `${prefix}/${log}`
          : pulumi.interpolate`${prefix}/${security.name}-role${args.iam?.path ?? "/"}${role.role.name}/${log}`,
        args,
        // Also where its name has none of it: what goes with the configuration must not come before it.
        [security],
      ),
    );
    return new aws.glue.Job(
      `${name}-job`,
      {
        name: names.jobName,
        description: "Most popular and top rated films of the MovieLens data set",
        roleArn: role.role.arn,
        glueVersion: glue.version,
        command: { name: "glueetl", pythonVersion: "3", scriptLocation: args.jobScript },
        workerType: glue.workerType,
        numberOfWorkers: glue.workers,
        timeout: glue.timeoutMinutes,
        // A retry of Glue's is another run, which the state machine would not know of.
        maxRetries: 0,
        executionProperty: { maxConcurrentRuns: CONCURRENT_RUNS },
        securityConfiguration: security.name,
        defaultArguments: {
          "--input": `s3://${dataBucketName}/${output.prefix}`,
          "--output": `s3://${dataBucketName}/${curated.prefix}`,
          "--database": database.name,
          "--region": args.location.region,
          "--min_ratings": String(glue.minRatings),
          // Each run reads all of its input.
          "--job-bookmark-option": "job-bookmark-disable",
          "--enable-metrics": "true",
          // Glue's usual groups are shared by all jobs of the account.
          // https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
          "--custom-logGroup-prefix": prefix,
        },
        tags: args.tags,
      },
      { parent: this, dependsOn: [role.policy, ...logGroups] },
    );
  }

  /** @param job goes after the machine, when no execution is left to start it */
  private stateMachine(
    name: string,
    args: MovielensPipelineArgs,
    job: aws.glue.Job,
  ): aws.sfn.StateMachine {
    const { location, names } = args;
    const longestMinutes = args.glue.timeoutMinutes + BESIDE_JOB_MINUTES;
    const definition = transformDefinition({
      partition: location.partition,
      jobName: names.jobName,
      timeoutSeconds: longestMinutes * 60,
    });
    const logGroup = this.logGroup(
      `${name}-states`,
      stateMachineLogGroupName(names.stateMachineName),
      args,
    );
    const role = this.role(name, "states", args, {
      description: "State machine: runs the Glue job",
      trust: statesTrust(location, names.stateMachineName),
      policy: () => statesPolicy(location, names),
    });
    return new aws.sfn.StateMachine(
      `${name}-states`,
      {
        name: names.stateMachineName,
        roleArn: role.role.arn,
        definition: validDefinition(names.stateMachineName, definition),
        loggingConfiguration: {
          level: "ALL",
          includeExecutionData: true,
          logDestination: pulumi.interpolate`${logGroup.arn}:*`,
        },
        tracingConfiguration: { enabled: true },
        tags: args.tags,
      },
      {
        parent: this,
        // Creation fails while the role may not write logs yet.
        dependsOn: [role.policy, job],
        // It is deleted when its executions have ended, for which the provider would wait 5 minutes: a job that
        // an execution waits for goes on. https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
        customTimeouts: { delete: `${longestMinutes}m` },
      },
    );
  }

  private role(
    name: string,
    purpose: "glue-job" | "states",
    args: MovielensPipelineArgs,
    contents: {
      readonly description: string;
      readonly trust: PolicyDocument;
      readonly policy: (kmsKeyArn: string | undefined) => PolicyDocument;
    },
  ): { readonly role: aws.iam.Role; readonly policy: aws.iam.RolePolicy } {
    const role = new aws.iam.Role(
      `${name}-${purpose}`,
      {
        namePrefix: rolePrefix(args.environmentName, purpose),
        description: `${contents.description} (${args.environmentName})`,
        assumeRolePolicy: JSON.stringify(contents.trust),
        ...roleDefaults(args.iam),
        tags: args.tags,
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-${purpose}`,
      {
        role: role.name,
        policy: pulumi
          .output(args.kmsKeyArn)
          .apply((kmsKeyArn) => JSON.stringify(contents.policy(kmsKeyArn))),
      },
      { parent: this },
    );
    return { role, policy };
  }

  private logGroup(
    name: string,
    logGroupName: pulumi.Input<string>,
    args: MovielensPipelineArgs,
    dependsOn: pulumi.Resource[] = [],
  ): aws.cloudwatch.LogGroup {
    return new aws.cloudwatch.LogGroup(
      name,
      {
        name: logGroupName,
        retentionInDays: args.logRetentionDays,
        kmsKeyId: args.kmsKeyArn,
        tags: args.tags,
      },
      { parent: this, dependsOn },
    );
  }
}

/**
 * What Glue encrypts, and how. Logs and bookmarks it encrypts by a key of the account only, so that
 * without one they are as the services have them.
 *
 * Source: https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html
 */
export function glueEncryption(
  kmsKeyArn: pulumi.Input<string> | undefined,
): aws.types.input.glue.SecurityConfigurationEncryptionConfiguration {
  return kmsKeyArn === undefined
    ? {
        s3Encryption: { s3EncryptionMode: "SSE-S3" },
        cloudwatchEncryption: { cloudwatchEncryptionMode: "DISABLED" },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: "DISABLED" },
      }
    : {
        s3Encryption: { s3EncryptionMode: "SSE-KMS", kmsKeyArn },
        cloudwatchEncryption: { cloudwatchEncryptionMode: "SSE-KMS", kmsKeyArn },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: "CSE-KMS", kmsKeyArn },
      };
}

function securityConfigurationName(environmentName: string): string {
  return `${environmentName}-movielens`;
}

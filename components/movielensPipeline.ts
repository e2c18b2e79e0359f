import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { GlueSettings } from "../checks/glue";
import type { IamSettings } from "../checks/iam";
import type { MovielensNames } from "../checks/movielens";
import { rolePrefix } from "../checks/names";
import { type Location, bucketArn, regionalArn } from "./location";
import { MOVIELENS_PREFIXES } from "./movielensData";
import { type PolicyDocument, type Statement, policyDocument } from "./policyDocument";
import { rolePlace } from "./rolePlace";
import { sparkStatements } from "./sparkAccess";
import { transformDefinition, validDefinition } from "./transformStateMachine";

/** Folders of the result tables, beneath the prefix of results; a crawler names its table so. */
const RESULT_TABLES = { popular: "most_popular_movies", topRated: "top_rated_movies" } as const;

/** Prefix of a result table in the data bucket. */
function resultPrefix(table: keyof typeof RESULT_TABLES): string {
  return `${MOVIELENS_PREFIXES.curated}${RESULT_TABLES[table]}/`;
}

/** Minutes that an execution may take beside its job: the job's start, and the crawlers. */
const BESIDE_JOB_MINUTES = 60;

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
 * Second half of the MovieLens pipeline: a Glue job that makes the result tables, crawlers that enter
 * them in a database of the Glue Data Catalog, the state machine that runs both, and the parameters
 * by which DAGs find it all.
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
    const job = this.job(name, args, security);
    this.crawlers(name, args, database, security);
    const stateMachine = this.stateMachine(name, args);
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
    security: aws.glue.SecurityConfiguration,
  ): aws.glue.Job {
    const { glue, names, dataBucketName } = args;
    const { output, curated } = MOVIELENS_PREFIXES;
    const role = this.role(name, "glue-job", args, {
      description: "Glue job: reads Parquet files, writes result tables",
      trust: glueTrust(args.location),
      policy: (kmsKeyArn) => jobPolicy({ ...args, jobName: names.jobName, kmsKeyArn }),
    });
    const prefix = jobLogPrefix(names.jobName);
    const logGroups = ["error", "output"].map((log) =>
      this.logGroup(
        `${name}-job-${log}`,
        args.kmsKeyArn === undefined
          ? `${prefix}/${log}`
          : pulumi.interpolate`${prefix}/${security.name}-role${args.iam?.path ?? "/"}${role.role.name}/${log}`,
        args,
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
        // Two runs would replace each other's results.
        executionProperty: { maxConcurrentRuns: 1 },
        securityConfiguration: security.name,
        defaultArguments: {
          "--input": `s3://${dataBucketName}/${output}`,
          "--output": `s3://${dataBucketName}/${curated}`,
          "--min_ratings": String(glue.minRatings),
          // A run replaces what the one before it wrote.
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

  private crawlers(
    name: string,
    args: MovielensPipelineArgs,
    database: aws.glue.CatalogDatabase,
    security: aws.glue.SecurityConfiguration,
  ): void {
    const { names, environmentName, location, dataBucketName } = args;
    const role = this.role(name, "crawler", args, {
      description: "Crawlers: read result tables, enter them in the catalog",
      trust: glueTrust(location),
      policy: (kmsKeyArn) =>
        crawlerPolicy({
          location,
          environmentName,
          dataBucketName,
          databaseName: names.databaseName,
          iam: args.iam,
          kmsKeyArn,
        }),
    });
    const logGroups =
      args.kmsKeyArn === undefined
        ? []
        : [
            this.logGroup(
              `${name}-crawlers`,
              pulumi.interpolate`${crawlerRoleLogs(args.iam)}${role.role.name}-${security.name}`,
              args,
            ),
          ];
    const crawlers = {
      popular: names.popularCrawlerName,
      topRated: names.topRatedCrawlerName,
    };
    for (const [result, crawlerName] of Object.entries(crawlers)) {
      const which = result as keyof typeof RESULT_TABLES;
      const table = RESULT_TABLES[which];
      new aws.glue.Crawler(
        `${name}-${table}`,
        {
          name: crawlerName,
          description: `Enters ${table} in the catalog`,
          databaseName: database.name,
          role: role.role.arn,
          s3Targets: [{ path: `s3://${dataBucketName}/${resultPrefix(which)}` }],
          // Files whose columns differ are still one table.
          configuration: JSON.stringify({
            Version: 1.0,
            Grouping: { TableGroupingPolicy: "CombineCompatibleSchemas" },
          }),
          // A folder that is empty for a moment must not cost the table.
          schemaChangePolicy: { updateBehavior: "UPDATE_IN_DATABASE", deleteBehavior: "LOG" },
          securityConfiguration: security.name,
          tags: args.tags,
        },
        { parent: this, dependsOn: [role.policy, ...logGroups] },
      );
    }
  }

  private stateMachine(name: string, args: MovielensPipelineArgs): aws.sfn.StateMachine {
    const { location, names } = args;
    const definition = transformDefinition({
      partition: location.partition,
      jobName: names.jobName,
      popularCrawlerName: names.popularCrawlerName,
      topRatedCrawlerName: names.topRatedCrawlerName,
      dataBucketName: args.dataBucketName,
      popularPrefix: resultPrefix("popular"),
      topRatedPrefix: resultPrefix("topRated"),
      timeoutSeconds: (args.glue.timeoutMinutes + BESIDE_JOB_MINUTES) * 60,
    });
    const logGroup = this.logGroup(
      `${name}-states`,
      stateMachineLogGroupName(names.stateMachineName),
      args,
    );
    const role = this.role(name, "states", args, {
      description: "State machine: runs the Glue job and the crawlers",
      trust: statesTrust(location, names.stateMachineName),
      policy: () => statesPolicy({ location, names, dataBucketName: args.dataBucketName }),
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
      // Creation fails while the role may not write logs yet.
      { parent: this, dependsOn: [role.policy] },
    );
  }

  private role(
    name: string,
    purpose: "glue-job" | "crawler" | "states",
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
        ...rolePlace(args.iam),
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
  ): aws.cloudwatch.LogGroup {
    return new aws.cloudwatch.LogGroup(
      name,
      {
        name: logGroupName,
        retentionInDays: args.logRetentionDays,
        kmsKeyId: args.kmsKeyArn,
        tags: args.tags,
      },
      { parent: this },
    );
  }
}

/** Parameters, below their common path, with what each holds. */
export const PARAMETERS = {
  "S3/DemoBucket": "Bucket of the MovieLens pipeline's data",
  "S3/mwaaBucket": "Bucket of DAGs and Spark scripts",
  "sfn/movielens": "ARN of the state machine that transforms the MovieLens data",
  "glue/movielens": "Glue job that transforms the MovieLens data",
} as const;

/** Those that tasks read; the job's name is there for whoever looks for it, as in the post. */
const READ_PARAMETERS: readonly (keyof typeof PARAMETERS)[] = [
  "S3/DemoBucket",
  "S3/mwaaBucket",
  "sfn/movielens",
];

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

/** Patterns of the names of the pipeline's log groups, which the stack's key has to admit. */
export function movielensLogPatterns(
  environmentName: string,
  names: MovielensNames,
  iam?: IamSettings,
): string[] {
  return [
    `${jobLogPrefix(names.jobName)}/*`,
    `${crawlerRoleLogs(iam)}${rolePrefix(environmentName, "crawler")}*`,
    stateMachineLogGroupName(names.stateMachineName),
  ];
}

/** What the job does. */
export interface JobPermissions {
  readonly location: Location;
  readonly jobName: string;
  readonly airflowBucketName: string;
  readonly dataBucketName: string;
  /** ARN of the key for results and logs, when it is not the services' own. */
  readonly kmsKeyArn?: string;
}

/** Permissions of the job: its script, inputs and results; its logs and metrics. */
export function jobPolicy(args: JobPermissions): PolicyDocument {
  const { location, jobName, kmsKeyArn } = args;
  const { output, curated } = MOVIELENS_PREFIXES;
  return policyDocument(
    ...sparkStatements({ ...args, reads: [output], writes: [curated] }),
    READ_SECURITY_CONFIGURATION,
    ...logStatements(location, `${jobLogPrefix(jobName)}/*`, kmsKeyArn),
    {
      Sid: "PublishMetrics",
      Effect: "Allow",
      Action: "cloudwatch:PutMetricData",
      // Metrics belong to no resource.
      Resource: "*",
      Condition: { StringEquals: { "cloudwatch:namespace": "Glue" } },
    },
  );
}

/** What the crawlers do. */
export interface CrawlerPermissions {
  readonly location: Location;
  readonly environmentName: string;
  readonly dataBucketName: string;
  readonly databaseName: string;
  /** Has the path of the crawlers' role, which is in the name of their log group. */
  readonly iam?: IamSettings;
  readonly kmsKeyArn?: string;
}

/**
 * Permissions of the crawlers: result tables, their entries in the one database, logs.
 *
 * Source: https://docs.aws.amazon.com/glue/latest/dg/crawler-prereqs.html
 */
export function crawlerPolicy(args: CrawlerPermissions): PolicyDocument {
  const { location, environmentName, dataBucketName, databaseName, kmsKeyArn } = args;
  const { curated } = MOVIELENS_PREFIXES;
  return policyDocument(
    {
      Sid: "ReadResults",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: bucketArn(location, dataBucketName, `${curated}*`),
    },
    {
      Sid: "ListResults",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn(location, dataBucketName),
      Condition: { StringLike: { "s3:prefix": `${curated}*` } },
    },
    {
      Sid: "FindBucket",
      Effect: "Allow",
      Action: "s3:GetBucketLocation",
      Resource: bucketArn(location, dataBucketName),
    },
    {
      Sid: "FindDatabase",
      Effect: "Allow",
      Action: "glue:GetDatabase",
      Resource: [
        regionalArn(location, "glue", "catalog"),
        regionalArn(location, "glue", `database/${databaseName}`),
      ],
    },
    {
      Sid: "EnterTables",
      Effect: "Allow",
      Action: [
        "glue:GetTable",
        "glue:GetTables",
        "glue:CreateTable",
        "glue:UpdateTable",
        "glue:GetPartition",
        "glue:GetPartitions",
        "glue:BatchGetPartition",
        "glue:BatchCreatePartition",
        "glue:UpdatePartition",
      ],
      Resource: [
        regionalArn(location, "glue", "catalog"),
        regionalArn(location, "glue", `database/${databaseName}`),
        regionalArn(location, "glue", `table/${databaseName}/*`),
      ],
    },
    READ_SECURITY_CONFIGURATION,
    ...logStatements(
      location,
      kmsKeyArn === undefined
        ? CRAWLER_LOGS
        : `${crawlerRoleLogs(args.iam)}${rolePrefix(environmentName, "crawler")}*`,
      kmsKeyArn,
    ),
    ...(kmsKeyArn === undefined
      ? []
      : [
          {
            Sid: "DecryptResults",
            Effect: "Allow",
            Action: "kms:Decrypt",
            Resource: kmsKeyArn,
            Condition: {
              StringEquals: { "kms:ViaService": `s3.${location.region}.${location.dnsSuffix}` },
            },
          } as const,
        ]),
  );
}

/**
 * Glue reads the security configuration of a job or crawler as the role of that job or crawler; a
 * crawler without the permission does not start.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
 */
const READ_SECURITY_CONFIGURATION: Statement = {
  Sid: "ReadSecurityConfiguration",
  Effect: "Allow",
  Action: "glue:GetSecurityConfiguration",
  // The action takes no resource.
  Resource: "*",
};

/**
 * Statements for Glue's logs. Glue also asks for a group that is there already, and with a key of the
 * account puts it on the group, or else does not log.
 *
 * Source: https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
 */
function logStatements(
  location: Location,
  logGroupPattern: string,
  kmsKeyArn: string | undefined,
): Statement[] {
  const logGroup = regionalArn(location, "logs", `log-group:${logGroupPattern}`);
  return [
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        ...(kmsKeyArn === undefined ? [] : ["logs:AssociateKmsKey"]),
      ],
      Resource: [logGroup, `${logGroup}:*`],
    },
  ];
}

/**
 * Trust policy of Glue's roles. That Glue sends the account for every use is not documented, so what
 * is sent has to be of this account.
 *
 * Source: https://docs.aws.amazon.com/glue/latest/dg/cross-service-confused-deputy-prevention.html
 */
function glueTrust(location: Location): PolicyDocument {
  return policyDocument({
    Sid: "AssumedByGlue",
    Effect: "Allow",
    Principal: { Service: "glue.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: { StringEqualsIfExists: { "aws:SourceAccount": location.accountId } },
  });
}

/**
 * Trust policy of the state machine's role: that machine alone.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
 */
export function statesTrust(location: Location, stateMachineName: string): PolicyDocument {
  return policyDocument({
    Sid: "AssumedByStateMachine",
    Effect: "Allow",
    Principal: { Service: "states.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: { "aws:SourceAccount": location.accountId },
      ArnLike: {
        "aws:SourceArn": regionalArn(location, "states", `stateMachine:${stateMachineName}`),
      },
    },
  });
}

/**
 * Permissions of the state machine: the one job, the two crawlers, its log, its traces.
 *
 * Sources: https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html,
 * https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html and
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
 */
export function statesPolicy(args: {
  readonly location: Location;
  readonly names: MovielensNames;
  readonly dataBucketName: string;
}): PolicyDocument {
  const { location, names, dataBucketName } = args;
  return policyDocument(
    {
      Sid: "FindResults",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn(location, dataBucketName),
      Condition: {
        StringEquals: { "s3:prefix": [resultPrefix("popular"), resultPrefix("topRated")] },
      },
    },
    {
      Sid: "RunJob",
      Effect: "Allow",
      Action: ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
      Resource: regionalArn(location, "glue", `job/${names.jobName}`),
    },
    {
      Sid: "Crawl",
      Effect: "Allow",
      Action: ["glue:StartCrawler", "glue:GetCrawler"],
      Resource: [names.popularCrawlerName, names.topRatedCrawlerName].map((crawler) =>
        regionalArn(location, "glue", `crawler/${crawler}`),
      ),
    },
    {
      Sid: "DeliverLogs",
      Effect: "Allow",
      Action: [
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
      ],
      // None of these takes a resource.
      Resource: "*",
    },
    {
      Sid: "Trace",
      Effect: "Allow",
      Action: [
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
      ],
      // None of these takes a resource.
      Resource: "*",
    },
  );
}

/** What the tasks of the DAG do with the pipeline. */
export interface PipelinePermissions {
  readonly location: Location;
  readonly dataBucketName: string;
  readonly names: MovielensNames;
}

/**
 * Statements for tasks: find the pipeline by its parameters, load the raw files, run the state
 * machine and stop it.
 */
export function pipelineStatements(args: PipelinePermissions): Statement[] {
  const { location, dataBucketName, names } = args;
  const { raw } = MOVIELENS_PREFIXES;
  return [
    {
      Sid: "ReadPipelineParameters",
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: READ_PARAMETERS.map((parameter) =>
        regionalArn(location, "ssm", `parameter${names.parametersPath}/${parameter}`),
      ),
    },
    {
      Sid: "LoadRawFiles",
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:AbortMultipartUpload"],
      Resource: bucketArn(location, dataBucketName, `${raw}*`),
    },
    {
      Sid: "StartTransform",
      Effect: "Allow",
      Action: "states:StartExecution",
      Resource: regionalArn(location, "states", `stateMachine:${names.stateMachineName}`),
    },
    {
      Sid: "FollowTransform",
      Effect: "Allow",
      Action: ["states:DescribeExecution", "states:StopExecution"],
      Resource: regionalArn(location, "states", `execution:${names.stateMachineName}:*`),
    },
  ];
}

/** The crawlers' logs of an account, where Glue encrypts none with a key of the account. */
const CRAWLER_LOGS = "/aws-glue/crawlers";

/**
 * Beginning of a crawler's log group otherwise: the role's name and the security configuration follow. Glue
 * knows a role by path and name.
 *
 * Source: https://docs.aws.amazon.com/glue/latest/dg/console-security-configurations.html
 */
function crawlerRoleLogs(iam?: IamSettings): string {
  return `/aws-glue/crawlers-role${iam?.path ?? "/"}`;
}

function jobLogPrefix(jobName: string): string {
  return `/aws-glue/jobs/${jobName}`;
}

/**
 * Name of the state machine's log group. Under this prefix Step Functions needs no entry for each
 * group in the account's resource policy of logs, which is short.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
 */
function stateMachineLogGroupName(stateMachineName: string): string {
  return `/aws/vendedlogs/states/${stateMachineName}`;
}

function securityConfigurationName(environmentName: string): string {
  return `${environmentName}-movielens`;
}

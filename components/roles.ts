import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { IamSettings } from "../checks/iam";
import { rolePrefix } from "../checks/names";
import { CLEAN_PREFIX, RAW_PREFIX, RESULTS_PREFIX } from "./dataBucket";
import { type Location, bucketArn, regionalArn } from "./location";
import {
  type PolicyDocument,
  type Statement,
  policyDocument,
  serviceTrust,
} from "./policyDocument";
import type { DataApiTarget } from "./redshiftTarget";
import { iamArn, pathOf, rolePlace } from "./rolePlace";

/** What the environment as such needs of its execution role. */
export interface MwaaPermissions {
  readonly location: Location;
  readonly environmentName: string;
  readonly airflowBucketName: string;
  /** ARN of the environment's key, when it is a customer managed one. */
  readonly kmsKeyArn?: string;
}

/** `DataApiTarget` with its names known. */
export type DataApiAccess = pulumi.Unwrap<DataApiTarget>;

/** What `movie-list-dag` calls. */
export interface MovieListPermissions {
  readonly location: Location;
  /** Path of the Airflow Variables in the parameter store. */
  readonly variablesPrefix: string;
  readonly dataBucketName: string;
  readonly athenaWorkgroupName: string;
  readonly athenaDatabaseName: string;
  readonly redshift: DataApiAccess;
  readonly redshiftDatabase: string;
  /** `https://…` or `s3://bucket/key`. */
  readonly movielensSource: string;
}

export interface ExecutionRoleArgs
  extends Omit<MwaaPermissions, "kmsKeyArn">, Omit<MovieListPermissions, "redshift"> {
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly redshift: DataApiTarget;
  /** Statements for the other pipelines' tasks, by a name for each; each becomes a managed policy. */
  readonly pipelines?: Readonly<Record<string, pulumi.Input<readonly Statement[]>>>;
  /** ARN of a role that is already there and has all of it; then none is made. */
  readonly existingRoleArn?: string;
  readonly iam?: IamSettings;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Pattern of the ARN of an environment's execution role, for what is made before the role. */
export function executionRolePattern(
  location: Location,
  environmentName: string,
  iam?: IamSettings,
): string {
  return iamArn(location, "role", `${rolePrefix(environmentName, "execution")}*`, iam);
}

/** The role that the environment, and so every task, works as. */
export class ExecutionRole extends pulumi.ComponentResource {
  public readonly arn: pulumi.Output<string>;
  /**
   * Policies, as JSON by name, that a role which is there already has to have, and `trust`, its trust
   * policy. None is longer than a managed policy may be; inline, all may be too long together. Undefined
   * where the stack makes the role.
   */
  public readonly requiredPolicies?: Readonly<Record<string, pulumi.Output<string>>>;

  public constructor(
    name: string,
    args: ExecutionRoleArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:roles:ExecutionRole", name, {}, opts);
    const { inline, managed } = executionPolicies(args);
    const trust = JSON.stringify(executionTrust(args.location));
    if (args.existingRoleArn === undefined) {
      const role = this.role(name, args, trust);
      for (const [what, policy] of Object.entries(inline)) {
        new aws.iam.RolePolicy(`${name}-${what}`, { role: role.name, policy }, { parent: this });
      }
      for (const [pipeline, policy] of Object.entries(managed)) {
        this.attach(`${name}-${pipeline}`, args, role, { pipeline, policy });
      }
      this.arn = role.arn;
    } else {
      this.arn = pulumi.output(args.existingRoleArn);
      this.requiredPolicies = { trust: pulumi.output(trust), ...inline, ...managed };
    }
    this.registerOutputs({ arn: this.arn, requiredPolicies: this.requiredPolicies });
  }

  private role(name: string, args: ExecutionRoleArgs, assumeRolePolicy: string): aws.iam.Role {
    return new aws.iam.Role(
      `${name}-role`,
      {
        namePrefix: rolePrefix(args.environmentName, "execution"),
        description: `Execution role of the MWAA environment ${args.environmentName}`,
        assumeRolePolicy,
        ...rolePlace(args.iam),
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private attach(
    name: string,
    { environmentName, iam, tags }: ExecutionRoleArgs,
    role: aws.iam.Role,
    { pipeline, policy }: { readonly pipeline: string; readonly policy: pulumi.Output<string> },
  ): void {
    const { arn } = new aws.iam.Policy(
      name,
      {
        namePrefix: `${rolePrefix(environmentName, "execution")}${pipeline}-`,
        description: `Execution role of ${environmentName}: tasks of the pipeline ${pipeline}`,
        policy,
        ...pathOf(iam),
        tags,
      },
      { parent: this },
    );
    new aws.iam.RolePolicyAttachment(name, { role: role.name, policyArn: arn }, { parent: this });
  }
}

/**
 * Trust policy of an execution role.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html
 */
function executionTrust(location: Location): PolicyDocument {
  return serviceTrust(location.accountId, "airflow.amazonaws.com", "airflow-env.amazonaws.com");
}

/**
 * Policies of an execution role as JSON by name: what the environment needs, and what each pipeline does.
 *
 * All of a role's inline policies share 10,240 characters, so that each further pipeline gets a managed
 * policy, which has 6,144 of its own; a role takes ten.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
function executionPolicies(
  args: ExecutionRoleArgs,
): Record<"inline" | "managed", Record<string, pulumi.Output<string>>> {
  const mwaa = pulumi
    .output(args.kmsKeyArn)
    .apply((kmsKeyArn) => JSON.stringify(mwaaPolicy({ ...args, kmsKeyArn })));
  const movieList = pulumi
    .output(args.redshift)
    .apply((redshift) => JSON.stringify(movieListPolicy({ ...args, redshift })));
  const pipelines = Object.entries(args.pipelines ?? {}).map(([pipeline, statements]) => [
    pipeline,
    pulumi.output(statements).apply((known) => JSON.stringify(policyDocument(...known))),
  ]);
  return {
    inline: { mwaa, "movie-list": movieList },
    managed: Object.fromEntries(pipelines) as Record<string, pulumi.Output<string>>,
  };
}

export interface RedshiftCopyRoleArgs {
  readonly location: Location;
  readonly environmentName: string;
  readonly dataBucketName: string;
  /** ARN of the key that the data bucket's objects are encrypted with, when it is not S3's own. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly iam?: IamSettings;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The role that Redshift reads the cleaned results with, and nothing else. */
export class RedshiftCopyRole extends pulumi.ComponentResource {
  public readonly arn: pulumi.Output<string>;

  public constructor(
    name: string,
    args: RedshiftCopyRoleArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:roles:RedshiftCopyRole", name, {}, opts);
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        namePrefix: rolePrefix(args.environmentName, "redshift-copy"),
        description: `COPY role of ${args.environmentName}: reads cleaned results`,
        assumeRolePolicy: JSON.stringify(copyTrust(args.location)),
        ...rolePlace(args.iam),
        tags: args.tags,
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      `${name}-read`,
      {
        role: role.name,
        policy: pulumi
          .output(args.kmsKeyArn)
          .apply((kmsKeyArn) =>
            JSON.stringify(copyPolicy(args.location, args.dataBucketName, kmsKeyArn)),
          ),
      },
      { parent: this },
    );
    this.arn = role.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

/**
 * Permissions that MWAA's documentation asks for, without its wildcards in actions.
 *
 * Left out is the Deny of s3:ListAllMyBuckets on the bucket: the action takes no resource, so the
 * statement denies nothing, and nothing here allows it.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html
 */
export function mwaaPolicy(args: MwaaPermissions): PolicyDocument {
  const { location, environmentName, airflowBucketName } = args;
  const logGroups = regionalArn(location, "logs", `log-group:airflow-${environmentName}-*`);
  return policyDocument(
    {
      Sid: "PublishHealth",
      Effect: "Allow",
      Action: "airflow:PublishMetrics",
      Resource: regionalArn(location, "airflow", `environment/${environmentName}`),
    },
    {
      // s3:GetObject*, s3:GetBucket* and s3:List* of the documentation, as far as they read a
      // bucket of DAGs: no torrents, replication, locks or annotations.
      Sid: "ReadAirflowBucket",
      Effect: "Allow",
      Action: [
        "s3:GetObject",
        "s3:GetObjectAttributes",
        "s3:GetObjectTagging",
        "s3:GetObjectVersion",
        "s3:GetObjectVersionAttributes",
        "s3:GetObjectVersionTagging",
        "s3:ListMultipartUploadParts",
      ],
      Resource: bucketArn(location, airflowBucketName, "*"),
    },
    {
      Sid: "InspectAirflowBucket",
      Effect: "Allow",
      Action: [
        "s3:GetBucketAcl",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:ListBucket",
        "s3:ListBucketMultipartUploads",
        "s3:ListBucketVersions",
      ],
      Resource: bucketArn(location, airflowBucketName),
    },
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: [
        "logs:CreateLogStream",
        "logs:CreateLogGroup",
        "logs:PutLogEvents",
        "logs:GetLogEvents",
        "logs:GetLogRecord",
        "logs:GetLogGroupFields",
        "logs:GetQueryResults",
      ],
      // The star at the end covers the streams as well.
      Resource: logGroups,
    },
    {
      Sid: "WithoutResource",
      Effect: "Allow",
      Action: [
        "cloudwatch:PutMetricData",
        "logs:DescribeLogGroups",
        "s3:GetAccountPublicAccessBlock",
      ],
      // None of these takes a resource of the account's.
      Resource: "*",
    },
    {
      Sid: "CeleryQueue",
      Effect: "Allow",
      Action: [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
      ],
      // The queue is in an account of the service.
      Resource: `arn:${location.partition}:sqs:${location.region}:*:airflow-celery-*`,
    },
    keyStatement(args),
  );
}

/** Use of the environment's key: through SQS, and through S3 as well when it is the stack's. */
function keyStatement({ location, kmsKeyArn }: MwaaPermissions): Statement {
  const via = (service: string): string => `${service}.${location.region}.${location.dnsSuffix}`;
  const common = {
    Sid: "EnvironmentKey",
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
  } as const;
  return kmsKeyArn === undefined
    ? {
        ...common,
        // The service's own key is in an account of the service, so: any key but this account's.
        NotResource: `arn:${location.partition}:kms:*:${location.accountId}:key/*`,
        Condition: { StringLike: { "kms:ViaService": [via("sqs")] } },
      }
    : {
        ...common,
        Resource: kmsKeyArn,
        Condition: { StringLike: { "kms:ViaService": [via("sqs"), via("s3")] } },
      };
}

/** Permissions for what `movie-list-dag` does: each call, on the one thing that it is made on. */
export function movieListPolicy(args: MovieListPermissions): PolicyDocument {
  const { location, dataBucketName } = args;
  return policyDocument(
    {
      Sid: "ReadVariables",
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: regionalArn(location, "ssm", `parameter${args.variablesPrefix}/*`),
    },
    {
      // Also Athena's: it reads tables and writes results as the caller.
      // https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html
      Sid: "ReadAndWriteData",
      Effect: "Allow",
      Action: [
        "s3:GetObject",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
      ],
      Resource: [RAW_PREFIX, RESULTS_PREFIX].map((prefix) =>
        bucketArn(location, dataBucketName, `${prefix}*`),
      ),
    },
    {
      Sid: "FindData",
      Effect: "Allow",
      Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
      Resource: bucketArn(location, dataBucketName),
    },
    {
      Sid: "QueryAthena",
      Effect: "Allow",
      Action: [
        "athena:StartQueryExecution",
        "athena:GetQueryExecution",
        "athena:StopQueryExecution",
      ],
      Resource: regionalArn(location, "athena", `workgroup/${args.athenaWorkgroupName}`),
    },
    {
      // https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
      Sid: "FindDatabase",
      Effect: "Allow",
      Action: "glue:GetDatabase",
      Resource: [
        regionalArn(location, "glue", "catalog"),
        regionalArn(location, "glue", `database/${args.athenaDatabaseName}`),
        // Athena looks at the default database before any query.
        regionalArn(location, "glue", "database/default"),
      ],
    },
    {
      Sid: "UseTables",
      Effect: "Allow",
      Action: [
        "glue:GetTable",
        "glue:GetTables",
        "glue:GetPartition",
        "glue:GetPartitions",
        "glue:CreateTable",
      ],
      Resource: [
        regionalArn(location, "glue", "catalog"),
        regionalArn(location, "glue", `database/${args.athenaDatabaseName}`),
        regionalArn(location, "glue", `table/${args.athenaDatabaseName}/*`),
      ],
    },
    ...redshiftStatements(location, args.redshift, args.redshiftDatabase),
    ...sourceStatements(location, args.movielensSource),
  );
}

/**
 * Statements for running SQL through the Redshift Data API.
 *
 * Source: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html
 */
function redshiftStatements(
  location: Location,
  target: DataApiAccess,
  database: string,
): Statement[] {
  const run: Statement = {
    Sid: "RunStatements",
    Effect: "Allow",
    Action: ["redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement"],
    Resource: targetArn(location, target),
  };
  const follow: Statement = {
    Sid: "FollowStatements",
    Effect: "Allow",
    Action: ["redshift-data:DescribeStatement", "redshift-data:CancelStatement"],
    // None of these takes a resource. Only who ran a statement can follow it anyway; the condition
    // key for that holds the session's name, and a task's retry may be in another session.
    Resource: "*",
  };
  const logIn: Statement =
    target.kind === "workgroup"
      ? {
          Sid: "LogInToWorkgroup",
          Effect: "Allow",
          Action: "redshift-serverless:GetCredentials",
          Resource: target.arn,
        }
      : {
          Sid: "LogInToCluster",
          Effect: "Allow",
          Action: "redshift:GetClusterCredentials",
          Resource: [
            regionalArn(location, "redshift", `dbuser:${target.identifier}/${target.dbUser}`),
            regionalArn(location, "redshift", `dbname:${target.identifier}/${database}`),
          ],
        };
  return [run, follow, logIn];
}

/**
 * What statements are run on. A cluster's is made of its name, since it also has the ARN of its namespace.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html
 */
function targetArn(location: Location, target: DataApiAccess): string {
  return target.kind === "workgroup"
    ? target.arn
    : regionalArn(location, "redshift", `cluster:${target.identifier}`);
}

/** Statement for reading the zip file, when it is in S3. */
function sourceStatements(location: Location, source: string): Statement[] {
  const object = /^s3:\/\/([^/]+)\/(.+)$/.exec(source);
  return object === null
    ? []
    : [
        {
          Sid: "ReadSource",
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: bucketArn(location, object[1], object[2]),
        },
      ];
}

/**
 * Trust policy of the COPY role.
 *
 * Serverless wants both services trusted. Redshift sends the ARN of the database user as external
 * id; that it also sends aws:SourceAccount is not documented, so neither key is demanded, but what is
 * sent has to be of this account.
 *
 * Sources: https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-security-other-services.html
 * and https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service-database-users.html
 */
export function copyTrust(location: Location): PolicyDocument {
  return policyDocument({
    Sid: "AssumedByRedshift",
    Effect: "Allow",
    Principal: { Service: ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"] },
    Action: "sts:AssumeRole",
    Condition: {
      StringEqualsIfExists: { "aws:SourceAccount": location.accountId },
      StringLikeIfExists: { "sts:ExternalId": regionalArn(location, "redshift", "dbuser:*") },
    },
  });
}

/** Permissions of the COPY role: the cleaned results. */
export function copyPolicy(
  location: Location,
  dataBucketName: string,
  kmsKeyArn?: string,
): PolicyDocument {
  const decrypt: Statement[] =
    kmsKeyArn === undefined
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
          },
        ];
  // https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-access-permissions.html
  return policyDocument(
    {
      Sid: "ReadCleanResults",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: bucketArn(location, dataBucketName, `${CLEAN_PREFIX}*`),
    },
    {
      Sid: "ListCleanResults",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn(location, dataBucketName),
      Condition: { StringLike: { "s3:prefix": `${CLEAN_PREFIX}*` } },
    },
    {
      Sid: "FindBucket",
      Effect: "Allow",
      Action: "s3:GetBucketLocation",
      Resource: bucketArn(location, dataBucketName),
    },
    ...decrypt,
  );
}

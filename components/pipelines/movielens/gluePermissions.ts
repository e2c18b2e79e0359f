import type { IamSettings } from "../../../checks/iam";
import { rolePrefix } from "../../../checks/names";
import { type Location, bucketArn, regionalArn } from "../../location";
import { type PolicyDocument, type Statement, policyDocument } from "../../policyDocument";
import { decryptThroughS3, sparkStatements } from "../../sparkAccess";
import { CRAWLER_LOGS, crawlerRoleLogs, jobLogPrefix } from "./logs";
import { PREFIXES } from "./prefixes";

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
  const { output, curated } = PREFIXES;
  return policyDocument(
    ...sparkStatements({ ...args, reads: [output.prefix], writes: [curated.prefix] }),
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
  return policyDocument(
    ...readResults(location, dataBucketName),
    ...enterTables(location, databaseName),
    READ_SECURITY_CONFIGURATION,
    ...logStatements(
      location,
      kmsKeyArn === undefined
        ? CRAWLER_LOGS
        : `${crawlerRoleLogs(args.iam)}${rolePrefix(environmentName, "crawler")}*`,
      kmsKeyArn,
    ),
    ...(kmsKeyArn === undefined ? [] : [decryptThroughS3(location, kmsKeyArn)]),
  );
}

function readResults(location: Location, dataBucketName: string): Statement[] {
  const curated = PREFIXES.curated.prefix;
  return [
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
  ];
}

function enterTables(location: Location, databaseName: string): Statement[] {
  return [
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
  ];
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
export function glueTrust(location: Location): PolicyDocument {
  return policyDocument({
    Sid: "AssumedByGlue",
    Effect: "Allow",
    Principal: { Service: "glue.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: { StringEqualsIfExists: { "aws:SourceAccount": location.accountId } },
  });
}

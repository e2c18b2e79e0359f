import type { IamSettings } from "../../../checks/iam";
import { rolePrefix } from "../../../checks/names";
import {
  GLUE_METRICS,
  glueMetricsUnexercised,
  glueStatements,
  glueUnexercised,
} from "../../glueAccess";
import { type Location, bucketArn, regionalArn } from "../../location";
import {
  type PolicyDocument,
  type Statement,
  type UnexercisedGrant,
  policyDocument,
} from "../../policyDocument";
import { decryptThroughS3, sparkStatements, sparkUnexercised } from "../../sparkAccess";
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
    ...glueStatements({ location, logGroupPattern: `${jobLogPrefix(jobName)}/*`, kmsKeyArn }),
    GLUE_METRICS,
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
    ...glueStatements({
      location,
      logGroupPattern:
        kmsKeyArn === undefined
          ? CRAWLER_LOGS
          : `${crawlerRoleLogs(args.iam)}${rolePrefix(environmentName, "crawler")}*`,
      kmsKeyArn,
    }),
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

const CRAWLERS = "https://docs.aws.amazon.com/glue/latest/dg/crawler-prereqs.html";

/** What the job and the crawlers do not use in a run that goes well. */
export const GLUE_UNEXERCISED: readonly UnexercisedGrant[] = [
  ...sparkUnexercised("glue-job"),
  ...glueUnexercised("glue-job"),
  ...glueMetricsUnexercised("glue-job"),
  ...glueUnexercised("crawler"),
  {
    statement: "FindBucket",
    role: "crawler",
    reason: "Glue finds the region of a bucket that is in another one",
    source: CRAWLERS,
  },
  {
    statement: "EnterTables",
    role: "crawler",
    actions: ["glue:UpdateTable"],
    reason: "called at a second crawl, where columns have changed",
    otherRuns: true,
    source: CRAWLERS,
  },
  {
    statement: "EnterTables",
    role: "crawler",
    actions: [
      "glue:GetTable",
      "glue:GetPartition",
      "glue:GetPartitions",
      "glue:BatchGetPartition",
      "glue:BatchCreatePartition",
      "glue:UpdatePartition",
    ],
    reason: "asked for by Glue itself, and for tables with partitions",
    source: CRAWLERS,
  },
];

import {
  GLUE_METRICS,
  glueMetricsUnexercised,
  glueStatements,
  glueUnexercised,
} from "../../glueAccess";
import { type Location, regionalArn } from "../../location";
import { type PolicyDocument, type UnexercisedGrant, policyDocument } from "../../policyDocument";
import { sparkStatements, sparkUnexercised } from "../../sparkAccess";
import { jobLogPrefix } from "./logs";
import { PREFIXES, RESULT_TABLES } from "./prefixes";

/** What the job does. */
export interface JobPermissions {
  readonly location: Location;
  readonly jobName: string;
  readonly databaseName: string;
  readonly airflowBucketName: string;
  readonly dataBucketName: string;
  /** ARN of the key for results and logs, when it is not the services' own. */
  readonly kmsKeyArn?: string;
}

/** Permissions of the job: its script, inputs and results; the two tables; its logs and metrics. */
export function jobPolicy(args: JobPermissions): PolicyDocument {
  const { location, jobName, databaseName, kmsKeyArn } = args;
  const { output, curated } = PREFIXES;
  const catalog = (resource: string) => regionalArn(location, "glue", resource);
  return policyDocument(
    ...sparkStatements({ ...args, reads: [output.prefix], writes: [curated.prefix] }),
    {
      Sid: "PublishTables",
      Effect: "Allow",
      Action: ["glue:GetTable", "glue:CreateTable", "glue:UpdateTable"],
      Resource: [
        catalog("catalog"),
        catalog(`database/${databaseName}`),
        ...Object.values(RESULT_TABLES).map((table) => catalog(`table/${databaseName}/${table}`)),
      ],
    },
    ...glueStatements({ location, logGroupPattern: `${jobLogPrefix(jobName)}/*`, kmsKeyArn }),
    GLUE_METRICS,
  );
}

/** What the job does not use in a run that goes well. */
export const GLUE_UNEXERCISED: readonly UnexercisedGrant[] = [
  ...sparkUnexercised("glue-job"),
  ...glueUnexercised("glue-job"),
  ...glueMetricsUnexercised("glue-job"),
  {
    statement: "PublishTables",
    role: "glue-job",
    actions: ["glue:UpdateTable"],
    reason: "called where an earlier run has created the tables",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html",
  },
];

import { type Location, bucketArn, regionalArn } from "../../location";
import {
  type PolicyDocument,
  type Statement,
  type UnexercisedGrant,
  policyDocument,
} from "../../policyDocument";
import type { MovielensNames } from "./names";
import { READ_PARAMETERS } from "./parameters";
import { PREFIXES } from "./prefixes";

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
 * Permissions of the state machine: the one job, its log, its traces.
 *
 * Sources: https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html,
 * https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html and
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
 */
export function statesPolicy(location: Location, names: MovielensNames): PolicyDocument {
  return policyDocument(
    {
      Sid: "RunJob",
      Effect: "Allow",
      Action: ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
      Resource: regionalArn(location, "glue", `job/${names.jobName}`),
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
  const raw = PREFIXES.raw.prefix;
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

const CONNECT_GLUE = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html";

/** What the state machine and the tasks do not use in a run that goes well. */
export const PIPELINE_UNEXERCISED: readonly UnexercisedGrant[] = [
  {
    statement: "RunJob",
    role: "states",
    actions: ["glue:BatchStopJobRun"],
    reason: "called where an execution is stopped while its job runs",
    otherRuns: true,
    source: CONNECT_GLUE,
  },
  {
    statement: "RunJob",
    role: "states",
    actions: ["glue:GetJobRuns"],
    reason: "AWS asks for it where an execution waits for its job; one run is looked at",
    source: CONNECT_GLUE,
  },
  {
    statement: "Trace",
    role: "states",
    reason: "Step Functions sends traces to X-Ray itself",
    source: "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
  },
  {
    statement: "FollowTransform",
    role: "execution",
    actions: ["states:StopExecution"],
    reason: "called where a task is killed while the state machine runs",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html",
  },
  {
    statement: "LoadRawFiles",
    role: "execution",
    actions: ["s3:AbortMultipartUpload"],
    reason: "called where an upload of more than 8 MiB is aborted",
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html",
  },
];

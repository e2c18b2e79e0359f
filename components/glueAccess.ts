import { type Location, regionalArn } from "./location";
import {
  type PolicyDocument,
  type Statement,
  type UnexercisedGrant,
  policyDocument,
} from "./policyDocument";

/** What a role of Glue's does beside its data. */
export interface GlueAccess {
  readonly location: Location;
  /** Names of its log groups: one name, or a pattern with a star at its end. */
  readonly logGroupPattern: string;
  /** ARN of the key for logs, when it is not the service's own. */
  readonly kmsKeyArn?: string;
}

/**
 * Statements for a Glue job or crawler: its security configuration and its logs. Glue reads the security
 * configuration as the role of the job or crawler; a crawler without the permission does not start. Glue also
 * asks for a log group that is there already, and with a key of the account puts it on the group, or else does
 * not log.
 *
 * Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html and
 * https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
 */
export function glueStatements({ location, logGroupPattern, kmsKeyArn }: GlueAccess): Statement[] {
  const logGroup = regionalArn(location, "logs", `log-group:${logGroupPattern}`);
  return [
    {
      Sid: "ReadSecurityConfiguration",
      Effect: "Allow",
      Action: "glue:GetSecurityConfiguration",
      // The action takes no resource.
      Resource: "*",
    },
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

/** Statement for a Glue job's metrics. */
export const GLUE_METRICS: Statement = {
  Sid: "PublishMetrics",
  Effect: "Allow",
  Action: "cloudwatch:PutMetricData",
  // Metrics belong to no resource.
  Resource: "*",
  Condition: { StringEquals: { "cloudwatch:namespace": "Glue" } },
};

/**
 * What of `glueStatements` a run that goes well does not use.
 *
 * @param role purpose in the name of the role that has the statements
 */
export function glueUnexercised(role: string): UnexercisedGrant[] {
  return [
    {
      statement: "WriteLogs",
      role,
      reason: "a call is about the group or about a stream of it, and the group is there",
      source:
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html",
    },
  ];
}

/**
 * What of `GLUE_METRICS` no run uses.
 *
 * @param role purpose in the name of the role that has the statement
 */
export function glueMetricsUnexercised(role: string): UnexercisedGrant[] {
  return [
    {
      statement: "PublishMetrics",
      role,
      reason: "Glue measures its own Spark",
      source:
        "https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html",
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

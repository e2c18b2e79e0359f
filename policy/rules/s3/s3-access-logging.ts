import { PolicyResource } from "@pulumi/policy";

import { LOGGING_TYPES, within } from "../../buckets";
import { checkCompanion } from "../../companions";
import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import { BUCKET_TYPES } from "../../types";

/** Requests to a bucket are logged. */
export const s3AccessLogging: StackRule = {
  name: "s3-access-logging",
  description:
    "Every bucket of the stack logs the requests it gets to another bucket; one that takes logs in is exempt.",
  severity: "low",
  reason: "Without a log nobody can tell afterwards who read or removed an object.",
  remediationSteps:
    "Give the bucket an aws.s3.BucketLogging with a targetBucket for logs, or record data events of the bucket " +
    "in a CloudTrail trail of the account and suppress this rule with that reason.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
  also: ["CKV_AWS_18", "S3.9", "S1", "AVD-AWS-0089", "s3_bucket_server_access_logging_enabled"],
  subjects: (graph) => graph.ofType(...BUCKET_TYPES).filter((bucket) => !takesLogs(bucket, graph)),
  checkInStack: (bucket, graph, report) =>
    checkCompanion(bucket, "bucket", graph, report, {
      of: BUCKET_TYPES,
      types: LOGGING_TYPES,
      property: "bucket",
      what: "aws.s3.BucketLogging",
      fault: (logging) =>
        isTarget(bucket, logging, graph)
          ? `The bucket ${bucket.name} logs into itself, and each log file makes another; use another targetBucket.`
          : undefined,
      within: () => within(bucket, "logging", "loggings").length > 0,
    }),
};

/** Whether a bucket is the target of another one's logs. */
function takesLogs(bucket: PolicyResource, graph: Graph): boolean {
  const ownLogs = graph.referring(bucket, "bucket", ...LOGGING_TYPES);
  return graph
    .referring(bucket, "targetBucket", ...LOGGING_TYPES)
    .some(({ urn }) => !ownLogs.some((own) => own.urn === urn));
}

function isTarget(bucket: PolicyResource, logging: PolicyResource, graph: Graph): boolean {
  return graph
    .referenced(logging, "targetBucket", ...BUCKET_TYPES)
    .some(({ urn }) => urn === bucket.urn);
}

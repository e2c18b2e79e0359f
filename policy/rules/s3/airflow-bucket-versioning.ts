import { PolicyResource } from "@pulumi/policy";

import { StackRule } from "../../rule";
import { BUCKET_TYPES, ENVIRONMENT, VERSIONING_TYPES } from "../../types";

/**
 * The bucket of an MWAA environment keeps versions of its objects: MWAA names requirements, plugins and the
 * start-up script by object version and refuses a bucket that has none.
 */
export const airflowBucketVersioning: StackRule = {
  name: "airflow-bucket-versioning",
  description: "The bucket of an MWAA environment has versioning enabled.",
  severity: "high",
  reason: "MWAA refuses a bucket without versions, half an hour after the environment was begun.",
  remediationSteps:
    'Give the bucket an aws.s3.BucketVersioning whose versioningConfiguration.status is "Enabled".',
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-s3-bucket.html",
  also: ["CKV_AWS_21", "S3.14"],
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report) => {
    for (const bucket of graph.referenced(environment, "sourceBucketArn", ...BUCKET_TYPES)) {
      const own = graph.referring(bucket, "bucket", ...VERSIONING_TYPES);
      if (own.length === 0) {
        report(
          `The bucket ${bucket.name} belongs to an MWAA environment and no aws.s3.BucketVersioning of ` +
            "the stack is for it.",
          bucket,
        );
      }
      for (const versioning of own) {
        const status = statusOf(versioning);
        if (status !== "Enabled") {
          report(
            `The bucket ${bucket.name} belongs to an MWAA environment and its versioning is ` +
              `"${status}"; MWAA needs "Enabled".`,
            versioning,
          );
        }
      }
    }
  },
};

function statusOf(versioning: PolicyResource): string {
  const configuration = versioning.props.versioningConfiguration as { status?: string } | undefined;
  return configuration?.status ?? "missing";
}

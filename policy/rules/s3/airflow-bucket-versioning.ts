import { PolicyResource } from "@pulumi/policy";

import { bucketsOf, environments, versionings } from "../../graph";
import { Rule } from "../../rule";

/**
 * The bucket of an MWAA environment keeps versions of its objects: MWAA names requirements, plugins and the
 * start-up script by object version and refuses a bucket that has none.
 */
export const airflowBucketVersioning: Rule = {
  name: "airflow-bucket-versioning",
  description: "The bucket of an MWAA environment has versioning enabled.",
  severity: "high",
  remediationSteps:
    'Give the bucket an aws.s3.BucketVersioning whose versioningConfiguration.status is "Enabled".',
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-s3-bucket.html",
  validateStack: ({ resources }, reportViolation) => {
    for (const environment of environments(resources)) {
      for (const bucket of bucketsOf(environment, "sourceBucketArn", resources)) {
        const own = versionings(resources).filter((versioning) =>
          bucketsOf(versioning, "bucket", resources).some((b) => b.urn === bucket.urn),
        );
        if (own.length === 0) {
          reportViolation(
            `The bucket ${bucket.name} belongs to an MWAA environment and no aws.s3.BucketVersioning of ` +
              "the stack is for it.",
            bucket.urn,
          );
        }
        for (const versioning of own) {
          const status = statusOf(versioning);
          if (status !== "Enabled") {
            reportViolation(
              `The bucket ${bucket.name} belongs to an MWAA environment and its versioning is ` +
                `"${status}"; MWAA needs "Enabled".`,
              versioning.urn,
            );
          }
        }
      }
    }
  },
};

function statusOf(versioning: PolicyResource): string {
  const configuration = versioning.props.versioningConfiguration as { status?: string } | undefined;
  return configuration?.status ?? "missing";
}

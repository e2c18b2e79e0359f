import { BUCKET_TYPES, ENVIRONMENT } from "../../types";
import { StackRule } from "../../rule";
import { textOf } from "../../text";

/** What the name of an environment's bucket begins with. */
export const AIRFLOW_BUCKET_PREFIX = "airflow-";

/**
 * The bucket that a stack makes for an MWAA environment is called `airflow-…`. The posts' first prerequisite;
 * roles that MWAA's console creates are written for such names. MWAA itself takes any, so a bucket that is
 * there already keeps its name.
 */
export const airflowBucketNamePrefix: StackRule = {
  name: "airflow-bucket-name-prefix",
  description:
    "The bucket that a stack makes for an MWAA environment has a name that starts with airflow-.",
  severity: "high",
  reason: "Roles that MWAA's console makes may read buckets of such a name only.",
  remediationSteps:
    "Give bucket or bucketPrefix of the aws.s3.Bucket a name that starts with airflow-.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-s3-bucket.html",
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report) => {
    const buckets = graph.referenced(environment, "sourceBucketArn", ...BUCKET_TYPES);
    for (const bucket of buckets) {
      const name = textOf(bucket.props.bucket) ?? textOf(bucket.props.bucketPrefix);
      if (name === undefined) {
        report(
          `The bucket ${bucket.name} has neither a name nor a prefix, so that the provider will make one ` +
            `up from the resource's name: give it a bucket or bucketPrefix that starts with "${AIRFLOW_BUCKET_PREFIX}".`,
          bucket,
        );
      } else if (!name.startsWith(AIRFLOW_BUCKET_PREFIX)) {
        report(violation(name), bucket);
      }
    }
  },
};

function violation(name: string): string {
  return (
    `The bucket "${name}" belongs to an MWAA environment, whose bucket's name must start with ` +
    `"${AIRFLOW_BUCKET_PREFIX}".`
  );
}

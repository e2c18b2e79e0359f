import { bucketNameOf, bucketsOf, environments, known } from "../../graph";
import { Rule } from "../../rule";

/** What MWAA wants the name of an environment's bucket to begin with. */
export const AIRFLOW_BUCKET_PREFIX = "airflow-";

/**
 * The bucket of an MWAA environment is called `airflow-…`. The posts' first prerequisite; roles that MWAA's
 * console makes, and the service-linked role's own conditions, are written for such names.
 */
export const airflowBucketNamePrefix: Rule = {
  name: "airflow-bucket-name-prefix",
  description: "The bucket of an MWAA environment has a name that starts with airflow-.",
  severity: "high",
  remediationSteps:
    "Set airflowBucketName to a name that starts with airflow-, or leave it out: the default does.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-s3-bucket.html",
  validateStack: ({ resources }, reportViolation) => {
    for (const environment of environments(resources)) {
      const buckets = bucketsOf(environment, "sourceBucketArn", resources);
      const arn = known(() => environment.props.sourceBucketArn as string | undefined);
      if (buckets.length === 0) {
        if (arn !== undefined && !bucketNameOf(arn).startsWith(AIRFLOW_BUCKET_PREFIX)) {
          reportViolation(violation(bucketNameOf(arn)), environment.urn);
        }
        continue;
      }
      for (const bucket of buckets) {
        // Read as it is: a name that is not known yet makes the engine say that this rule could not run.
        const { bucket: fixed, bucketPrefix } = bucket.props as BucketNames;
        const name = fixed ?? bucketPrefix;
        if (name === undefined) {
          reportViolation(
            `The bucket ${bucket.name} has neither a name nor a prefix, so that the provider will make one ` +
              `up from the resource's name: give it a bucket or bucketPrefix that starts with "${AIRFLOW_BUCKET_PREFIX}".`,
            bucket.urn,
          );
        } else if (!name.startsWith(AIRFLOW_BUCKET_PREFIX)) {
          reportViolation(violation(name), bucket.urn);
        }
      }
    }
  },
};

interface BucketNames {
  readonly bucket?: string;
  readonly bucketPrefix?: string;
}

function violation(name: string): string {
  return (
    `The bucket "${name}" belongs to an MWAA environment, whose bucket's name must start with ` +
    `"${AIRFLOW_BUCKET_PREFIX}".`
  );
}

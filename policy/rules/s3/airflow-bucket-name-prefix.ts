import { BUCKET_TYPES, ENVIRONMENT } from "../../types";
import { StackRule } from "../../rule";
import { known } from "../../unknown";

/** What MWAA wants the name of an environment's bucket to begin with. */
export const AIRFLOW_BUCKET_PREFIX = "airflow-";

/**
 * The bucket of an MWAA environment is called `airflow-…`. The posts' first prerequisite; roles that MWAA's
 * console makes, and the service-linked role's own conditions, are written for such names.
 */
export const airflowBucketNamePrefix: StackRule = {
  name: "airflow-bucket-name-prefix",
  description: "The bucket of an MWAA environment has a name that starts with airflow-.",
  severity: "high",
  reason: "Roles that MWAA's console makes may read buckets of such a name only.",
  remediationSteps:
    "Set airflowBucketName to a name that starts with airflow-, or leave it out: the default does.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-s3-bucket.html",
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report) => {
    const buckets = graph.referenced(environment, "sourceBucketArn", ...BUCKET_TYPES);
    if (buckets.length === 0) {
      const name = nameIn(known(() => environment.props.sourceBucketArn as string | undefined));
      if (name !== undefined && !name.startsWith(AIRFLOW_BUCKET_PREFIX)) {
        report(violation(name));
      }
    }
    for (const bucket of buckets) {
      const { bucket: fixed, bucketPrefix } = bucket.props as BucketNames;
      const name = fixed ?? bucketPrefix;
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

interface BucketNames {
  readonly bucket?: string;
  readonly bucketPrefix?: string;
}

function nameIn(arn: string | undefined): string | undefined {
  return arn?.replace(/^arn:[^:]*:s3:::/, "");
}

function violation(name: string): string {
  return (
    `The bucket "${name}" belongs to an MWAA environment, whose bucket's name must start with ` +
    `"${AIRFLOW_BUCKET_PREFIX}".`
  );
}

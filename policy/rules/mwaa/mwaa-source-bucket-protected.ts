import { StackRule } from "../../rule";
import { BUCKET_TYPES, ENVIRONMENT, VERSIONING_TYPES } from "../../types";
import { outsideStack } from "../../unknown";

const BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const SETTINGS = [
  "blockPublicAcls",
  "blockPublicPolicy",
  "ignorePublicAcls",
  "restrictPublicBuckets",
] as const;

/** MWAA reads DAGs only out of a bucket that keeps versions and lets nobody in. */
export const mwaaSourceBucketProtected: StackRule = {
  name: "mwaa-source-bucket-protected",
  description:
    "The bucket of an MWAA environment is versioned, and nothing takes off the block of public access that S3 puts " +
    "on new buckets.",
  severity: "high",
  reason: "MWAA does not sync DAGs out of a bucket that may be public, and says so nowhere.",
  remediationSteps:
    "Give the bucket an aws.s3.BucketVersioning that is Enabled and an aws.s3.BucketPublicAccessBlock " +
    "with all four settings true.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-s3-bucket.html",
  also: ["CKV2_AWS_6", "S3.8", "S2"],
  parameters: {
    explicit: {
      type: "boolean",
      description: "Whether the bucket needs an aws.s3.BucketPublicAccessBlock of its own.",
      default: false,
    },
  },
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report, { explicit }) => {
    const buckets = graph.referenced(environment, "sourceBucketArn", ...BUCKET_TYPES);
    if (buckets.length === 0) {
      throw outsideStack(
        () => environment.props.sourceBucketArn,
        "its bucket is not of this stack",
      );
    }
    for (const bucket of buckets) {
      const versioned = graph
        .referring(bucket, "bucket", ...VERSIONING_TYPES)
        .some(
          ({ props }) =>
            (props.versioningConfiguration as { status?: string } | undefined)?.status ===
            "Enabled",
        );
      const blocks = graph.referring(bucket, "bucket", BLOCK);
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
      const isImplicit = blocks.length === 0 && explicit !== true;
      const blocked =
        isImplicit ||
        blocks.some(({ props }) =>
          SETTINGS.every((setting) => (props as Record<string, unknown>)[setting] === true),
        );
      const missing = [
        ...(versioned ? [] : ["enabled versioning"]),
        ...(blocked ? [] : ["a public access block with all four settings"]),
      ];
      if (missing.length > 0) {
        report(`Its bucket ${bucket.name} lacks ${missing.join(" and ")}; add it.`);
      }
    }
  },
};

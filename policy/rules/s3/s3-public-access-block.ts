import { PUBLIC_ACCESS_BLOCK } from "../../buckets";
import { checkCompanion } from "../../companions";
import { StackRule } from "../../rule";
import { BUCKET_TYPES } from "../../types";

/** Every bucket of the stack has a block of public access of its own. */
export const s3PublicAccessBlock: StackRule = {
  name: "s3-public-access-block",
  description: "Every bucket of the stack has a public access block.",
  severity: "critical",
  reason:
    "Nothing else holds when somebody later gives the bucket a public policy or list. S3 has put one on new " +
    "buckets since April 2023; without the resource nothing notices when it is taken off.",
  remediationSteps:
    "Give the bucket an aws.s3.BucketPublicAccessBlock with all four settings true.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
  also: ["CKV2_AWS_6", "S3.8", "S2", "AVD-AWS-0094", "s3_bucket_level_public_access_block"],
  subjects: (graph) => graph.ofType(...BUCKET_TYPES),
  checkInStack: (bucket, graph, report) =>
    checkCompanion(bucket, "bucket", graph, report, {
      of: BUCKET_TYPES,
      types: [PUBLIC_ACCESS_BLOCK],
      property: "bucket",
      what: "aws.s3.BucketPublicAccessBlock",
      // What it blocks is s3-public-access-block-complete's.
      fault: () => undefined,
    }),
};

import { OWNERSHIP_CONTROLS } from "../../buckets";
import { called, checkCompanion, withLoneCompanions } from "../../companions";
import { StackRule } from "../../rule";
import { BUCKET_TYPES } from "../../types";

/** The bucket's owner owns every object, and access control lists have no say. */
export const s3AclsDisabled: StackRule = {
  name: "s3-acls-disabled",
  description: "Every bucket of the stack has ownership controls that put lists out of force.",
  severity: "medium",
  reason:
    "Lists give access past every policy, and an object that another account wrote is not the bucket owner's " +
    "to read.",
  remediationSteps:
    'Give the bucket an aws.s3.BucketOwnershipControls whose objectOwnership is "BucketOwnerEnforced".',
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
  also: ["CKV2_AWS_65", "S3.12", "s3_bucket_acl_prohibited"],
  subjects: (graph) =>
    withLoneCompanions(graph, {
      of: BUCKET_TYPES,
      types: [OWNERSHIP_CONTROLS],
      property: "bucket",
    }),
  checkInStack: (bucket, graph, report) =>
    checkCompanion(bucket, "bucket", graph, report, {
      of: BUCKET_TYPES,
      types: [OWNERSHIP_CONTROLS],
      property: "bucket",
      what: "aws.s3.BucketOwnershipControls",
      fault: ({ props }) => {
        const { objectOwnership } = (props.rule ?? {}) as { objectOwnership?: string };
        return objectOwnership === "BucketOwnerEnforced"
          ? undefined
          : `The objectOwnership of ${called(bucket, "bucket", BUCKET_TYPES)} is "${objectOwnership ?? "missing"}"; ` +
              '"BucketOwnerEnforced" is needed.';
      },
    }),
};

import { within } from "../../buckets";
import { called, checkCompanion, withLoneCompanions } from "../../companions";
import { StackRule } from "../../rule";
import { BUCKET_TYPES, VERSIONING_TYPES } from "../../types";

/** Every bucket of the stack keeps versions of its objects. */
export const s3Versioning: StackRule = {
  name: "s3-versioning",
  description: "Every bucket of the stack has versioning enabled.",
  severity: "high",
  reason: "Without versions an object that was overwritten or deleted is gone.",
  remediationSteps:
    'Give the bucket an aws.s3.BucketVersioning whose versioningConfiguration.status is "Enabled".',
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
  also: ["CKV_AWS_21", "S3.14", "AVD-AWS-0090", "s3_bucket_object_versioning"],
  subjects: (graph) =>
    withLoneCompanions(graph, { of: BUCKET_TYPES, types: VERSIONING_TYPES, property: "bucket" }),
  checkInStack: (bucket, graph, report) =>
    checkCompanion(bucket, "bucket", graph, report, {
      of: BUCKET_TYPES,
      types: VERSIONING_TYPES,
      property: "bucket",
      what: "aws.s3.BucketVersioning",
      fault: ({ props }) => {
        const { status } = (props.versioningConfiguration ?? {}) as { status?: string };
        return status === "Enabled"
          ? undefined
          : `The versioning of ${called(bucket, "bucket", BUCKET_TYPES)} is "${status ?? "missing"}"; "Enabled" is needed.`;
      },
      within: () =>
        within(bucket, "versioning", "versionings").some(({ enabled }) => enabled === true),
    }),
};

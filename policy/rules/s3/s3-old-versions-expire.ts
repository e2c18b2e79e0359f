import { PolicyResource } from "@pulumi/policy";

import { LIFECYCLE_TYPES, within } from "../../buckets";
import { called, checkCompanion, withLoneCompanions } from "../../companions";
import { objectsOf } from "../../lists";
import { StackRule } from "../../rule";
import { BUCKET_TYPES } from "../../types";
import { textOf } from "../../text";

/** Every bucket of the stack drops old versions and what is left of uploads that never ended. */
export const s3OldVersionsExpire: StackRule = {
  name: "s3-old-versions-expire",
  description:
    "Every bucket of the stack has lifecycle rules for all of its objects that expire old versions and abort " +
    "unfinished multipart uploads.",
  severity: "medium",
  reason:
    "A versioned bucket keeps every old version for ever, and the parts of unfinished uploads, which no list " +
    "shows; both are paid for, and data that should be gone is not.",
  remediationSteps:
    "Give the bucket an aws.s3.BucketLifecycleConfiguration with an enabled rule without a filter that has " +
    "noncurrentVersionExpiration.noncurrentDays and abortIncompleteMultipartUpload.daysAfterInitiation.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html",
  also: ["CKV2_AWS_61", "CKV_AWS_300", "S3.10", "S3.13", "s3_bucket_lifecycle_enabled"],
  subjects: (graph) =>
    withLoneCompanions(graph, { of: BUCKET_TYPES, types: LIFECYCLE_TYPES, property: "bucket" }),
  checkInStack: (bucket, graph, report) =>
    checkCompanion(bucket, "bucket", graph, report, {
      of: BUCKET_TYPES,
      types: LIFECYCLE_TYPES,
      property: "bucket",
      what: "aws.s3.BucketLifecycleConfiguration",
      fault: ({ name, props }) => {
        const missing = missingActions(objectsOf(props.rules));
        return missing.length === 0
          ? undefined
          : `The lifecycle ${name} of ${called(bucket, "bucket", BUCKET_TYPES)} has no enabled rule for all objects with ` +
              `${missing.join(" and none with ")}; add it.`;
      },
      within: () => missingActions(rulesWithin(bucket)).length === 0,
    }),
};

/** A rule of `aws.s3.BucketLifecycleConfiguration`. */
interface LifecycleRule {
  readonly status?: string;
  readonly prefix?: string;
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly noncurrentVersionExpiration?: { readonly noncurrentDays?: number };
  readonly abortIncompleteMultipartUpload?: { readonly daysAfterInitiation?: number };
}

function missingActions(rules: readonly LifecycleRule[]): string[] {
  const forAll = rules.filter((rule) => rule.status === "Enabled" && isForAll(rule));
  return [
    ...(forAll.some((rule) => isDays(rule.noncurrentVersionExpiration?.noncurrentDays))
      ? []
      : ["noncurrentVersionExpiration.noncurrentDays"]),
    ...(forAll.some((rule) => isDays(rule.abortIncompleteMultipartUpload?.daysAfterInitiation))
      ? []
      : ["abortIncompleteMultipartUpload.daysAfterInitiation"]),
  ];
}

function isDays(days: unknown): boolean {
  return typeof days === "number" && days > 0;
}

/** Whether a rule is for every object: it has no filter, or one without a condition. */
function isForAll({ prefix, filter }: LifecycleRule): boolean {
  return [prefix, ...Object.values(filter ?? {})].every(
    (value) => value === undefined || value === null || value === "",
  );
}

/** Rules in the properties of a bucket, in the form of the other resource's. */
function rulesWithin(bucket: PolicyResource): LifecycleRule[] {
  return within(bucket, "lifecycleRules").map((rule) => {
    const [expiration] = [
      ...objectsOf(rule.noncurrentVersionExpiration),
      ...objectsOf(rule.noncurrentVersionExpirations),
    ] as { days?: number }[];
    return {
      status: rule.enabled === true ? "Enabled" : "Disabled",
      prefix: textOf(rule.prefix),
      filter: (rule.tags ?? {}) as Record<string, unknown>,
      noncurrentVersionExpiration: { noncurrentDays: expiration?.days },
      abortIncompleteMultipartUpload: {
        daysAfterInitiation: rule.abortIncompleteMultipartUploadDays as number | undefined,
      },
    };
  });
}

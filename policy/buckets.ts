import { PolicyResource } from "@pulumi/policy";

import { given } from "./companions";
import { listOf } from "./lists";

/** Both names of a type of the `s3` module that the provider has under two: `Bucket…` and `Bucket…V2`. */
function bothNames(member: string, className: string): readonly string[] {
  return [`aws:s3/${member}:${className}`, `aws:s3/${member}V2:${className}V2`];
}

export const PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
export const BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy";
export const OWNERSHIP_CONTROLS = "aws:s3/bucketOwnershipControls:BucketOwnershipControls";
export const ENCRYPTION_TYPES = bothNames(
  "bucketServerSideEncryptionConfiguration",
  "BucketServerSideEncryptionConfiguration",
);
export const LIFECYCLE_TYPES = bothNames(
  "bucketLifecycleConfiguration",
  "BucketLifecycleConfiguration",
);
export const LOGGING_TYPES = bothNames("bucketLogging", "BucketLogging");
export const ACL_TYPES = bothNames("bucketAcl", "BucketAcl");
export const OBJECT_TYPES: readonly string[] = [
  "aws:s3/bucketObject:BucketObject",
  "aws:s3/bucketObjectv2:BucketObjectv2",
  "aws:s3/objectCopy:ObjectCopy",
];

/**
 * What a bucket says in properties of its own, which the provider still takes: `versioning` of a `Bucket`,
 * `versionings` of a `BucketV2`.
 *
 * @returns the objects in them; none where it says nothing
 * @throws Undecided where the program gives one a value that is not known yet
 */
export function within(
  bucket: PolicyResource,
  ...properties: readonly string[]
): Record<string, unknown>[] {
  return properties.flatMap((property) =>
    listOf(given(bucket, property)).filter(
      (one): one is Record<string, unknown> => typeof one === "object" && one !== null,
    ),
  );
}

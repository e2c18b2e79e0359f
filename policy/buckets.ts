import { PolicyResource } from "@pulumi/policy";

import { listOf } from "./resourcePolicy";
import { Undecided, known } from "./unknown";

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
 * The provider computes the same properties where the program leaves them out, so that one that is not known
 * yet counts only if it was computed from another resource.
 *
 * @returns its objects; none where it says nothing
 * @throws Undecided where the program gives the property a value that is not known yet
 */
export function within(
  bucket: PolicyResource,
  ...properties: readonly string[]
): Record<string, unknown>[] {
  return properties.flatMap((property) => {
    const value = known(() => ({ is: bucket.props[property] as unknown }));
    if (value === undefined && (bucket.propertyDependencies[property] ?? []).length > 0) {
      throw new Undecided(`${property} of the bucket ${bucket.name} is not known yet`);
    }
    return listOf(value?.is).filter(
      (one): one is Record<string, unknown> => typeof one === "object" && one !== null,
    );
  });
}

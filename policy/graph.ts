import { PolicyResource } from "@pulumi/policy";

import { UnknownValueError } from "./unknown";

/** The types that a bucket can have: `Bucket` since version 7 of the provider, `BucketV2` before. */
const BUCKET_TYPES = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];

/** Versioning, under both names that the provider has for it. */
const VERSIONING_TYPES = [
  "aws:s3/bucketVersioning:BucketVersioning",
  "aws:s3/bucketVersioningV2:BucketVersioningV2",
];

/** The MWAA environments of a stack. */
export function environments(resources: readonly PolicyResource[]): PolicyResource[] {
  return resources.filter((r) => r.type === "aws:mwaa/environment:Environment");
}

/** The bucket versioning resources of a stack. */
export function versionings(resources: readonly PolicyResource[]): PolicyResource[] {
  return resources.filter((r) => VERSIONING_TYPES.includes(r.type));
}

/**
 * A property's value, or undefined where it is missing or not known yet. The engine hands properties
 * over in a proxy that throws when an unknown one is read.
 */
export function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownValueError) {
      return undefined;
    }
    throw error;
  }
}

/** The bucket that an ARN or a plain name speaks of: `arn:aws:s3:::name/key` and `name` give `name`. */
export function bucketNameOf(arnOrName: string): string {
  return arnOrName.replace(/^arn:[^:]*:s3:::/, "").split("/")[0];
}

/**
 * The buckets of the stack that a property of `resource` means. Values decide where they are known;
 * at a first preview, where no ARN is, the engine's record of which resource the property was computed
 * from does.
 *
 * @returns none where the property names a bucket outside the stack; more than one where the property
 *   was computed from several buckets and nothing tells them apart yet.
 */
export function bucketsOf(
  resource: PolicyResource,
  property: string,
  resources: readonly PolicyResource[],
): PolicyResource[] {
  const value = known(() => resource.props[property] as string | undefined);
  if (value !== undefined) {
    const name = bucketNameOf(value);
    return resources.filter(
      (r) =>
        BUCKET_TYPES.includes(r.type) && known(() => r.props.bucket as string | undefined) === name,
    );
  }
  return (resource.propertyDependencies[property] ?? []).filter((r) =>
    BUCKET_TYPES.includes(r.type),
  );
}

/** Types of resource that more than one rule looks at. */
export const ENVIRONMENT = "aws:mwaa/environment:Environment";

/** The types that a bucket can have: `Bucket` since version 7 of the provider, `BucketV2` before. */
export const BUCKET_TYPES: readonly string[] = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];

/** Versioning, under both names that the provider has for it. */
export const VERSIONING_TYPES: readonly string[] = [
  "aws:s3/bucketVersioning:BucketVersioning",
  "aws:s3/bucketVersioningV2:BucketVersioningV2",
];

/** A log group of CloudWatch Logs. */
export const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";

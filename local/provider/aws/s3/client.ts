import { S3Client } from "@aws-sdk/client-s3";

export const s3 = new S3Client({ forcePathStyle: true });

/** What S3 says of a bucket that is not there. */
export const NO_BUCKET = "NoSuchBucket";

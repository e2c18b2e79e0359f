import type { AnyRow, Fn } from "../row";
import { bucket } from "./bucket";
import { bucketEncryption } from "./bucketServerSideEncryptionConfiguration";
import { bucketLifecycle } from "./bucketLifecycleConfiguration";
import { bucketObject } from "./bucketObjectv2";
import { bucketOwnershipControls } from "./bucketOwnershipControls";
import { bucketPolicy } from "./bucketPolicy";
import { bucketPublicAccessBlock } from "./bucketPublicAccessBlock";
import { bucketVersioning } from "./bucketVersioning";
import { getBucket } from "./getBucket";

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketVersioning:BucketVersioning": bucketVersioning,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": bucketPublicAccessBlock,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    bucketEncryption,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": bucketOwnershipControls,
  "aws:s3/bucketPolicy:BucketPolicy": bucketPolicy,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": bucketLifecycle,
  "aws:s3/bucketObjectv2:BucketObjectv2": bucketObject,
};

export const functions: Readonly<Record<string, Fn>> = { "aws:s3/getBucket:getBucket": getBucket };

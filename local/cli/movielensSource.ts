import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";

import { Endpoint } from "../engine/endpoint";
import { s3Of } from "./s3";

/** The bucket that stands for the outside world, where the MovieLens data set comes from. */
export const SOURCE_BUCKET = "movielens-source-local";

/** The data set's key in it. */
export const SOURCE_KEY = "ml-latest-small.zip";

/** Puts the MovieLens zip where the local stack's `movielensSource` says it is. */
export async function publishSource(endpoint: Endpoint, zip: Uint8Array): Promise<void> {
  const s3 = s3Of(endpoint);
  await s3.send(new CreateBucketCommand({ Bucket: SOURCE_BUCKET }));
  await s3.send(new PutObjectCommand({ Bucket: SOURCE_BUCKET, Key: SOURCE_KEY, Body: zip }));
}

/** Whether there is a MovieLens zip already where the local stack's `movielensSource` says it is. */
export async function hasSource(endpoint: Endpoint): Promise<boolean> {
  const s3 = s3Of(endpoint);
  try {
    await s3.send(new HeadObjectCommand({ Bucket: SOURCE_BUCKET, Key: SOURCE_KEY }));
    return true;
  } catch (error) {
    if (["NotFound", "NoSuchBucket", "NoSuchKey"].includes((error as Error).name)) {
      return false;
    }
    throw error;
  }
}

/** Removes what `publishSource` made, so that nothing is left after a destroy. */
export async function withdrawSource(endpoint: Endpoint): Promise<void> {
  const s3 = s3Of(endpoint);
  try {
    await s3.send(new DeleteObjectCommand({ Bucket: SOURCE_BUCKET, Key: SOURCE_KEY }));
    await s3.send(new DeleteBucketCommand({ Bucket: SOURCE_BUCKET }));
  } catch (error) {
    if ((error as Error).name !== "NoSuchBucket") {
      throw error;
    }
  }
}

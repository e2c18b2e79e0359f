import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { Plain, Properties, ifThere, row } from "../row";
import { tagList, tagMap } from "../tags";
import { GONE, s3 } from "./client";

export function bucketOutputs(bucket: string): Properties {
  const region = process.env.AWS_REGION;
  return {
    arn: `arn:aws:s3:::${bucket}`,
    bucketDomainName: `${bucket}.s3.amazonaws.com`,
    bucketRegionalDomainName: `${bucket}.s3.${region}.amazonaws.com`,
    bucketRegion: region,
    region,
  };
}

export const bucket = row<Plain<aws.s3.BucketArgs>>({
  args: ["bucket", "bucketPrefix", "forceDestroy", "tags"],
  replaceOn: ["bucket", "bucketPrefix"],
  computed: ["arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName", "region"],
  autoName: { input: "bucket", prefix: "bucketPrefix", maxLength: 63 },
  idOf: ({ bucket: name }) => name,
  async create(inputs) {
    const id = inputs.bucket as string;
    await s3.send(new CreateBucketCommand({ Bucket: id }));
    if (Object.keys(inputs.tags ?? {}).length > 0) {
      await s3.send(
        new PutBucketTaggingCommand({ Bucket: id, Tagging: { TagSet: tagList(inputs.tags) } }),
      );
    }
    return { id, outputs: bucketOutputs(id) };
  },
  async read(id) {
    const tags = await bucketTags(id);
    return tags && { bucket: id, tags, ...bucketOutputs(id) };
  },
  async update({ id, inputs, changed }) {
    if (changed.has("tags")) {
      await s3.send(
        new PutBucketTaggingCommand({ Bucket: id, Tagging: { TagSet: tagList(inputs.tags) } }),
      );
    }
  },
  async delete(id, { forceDestroy }) {
    if (forceDestroy === true) {
      await empty(id);
    }
    await ifThere(s3.send(new DeleteBucketCommand({ Bucket: id })), ...GONE);
  },
});

/** A bucket's tags; undefined where there is no bucket. A HEAD would do, but its errors have no message. */
export async function bucketTags(name: string): Promise<Record<string, string> | undefined> {
  try {
    return tagMap((await s3.send(new GetBucketTaggingCommand({ Bucket: name }))).TagSet);
  } catch (error) {
    switch ((error as Error).name) {
      case "NoSuchTagSet":
        return {};
      case "NoSuchBucket":
        return undefined;
      default:
        throw error;
    }
  }
}

/** Removes every version of every object, and the markers of removed ones. */
async function empty(name: string): Promise<void> {
  for (;;) {
    const page = await ifThere(s3.send(new ListObjectVersionsCommand({ Bucket: name })), ...GONE);
    const all = [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])];
    if (all.length === 0) {
      return;
    }
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({
        Bucket: name,
        Delete: { Objects: all.map(({ Key, VersionId }) => ({ Key, VersionId })), Quiet: true },
      }),
    );
    if (Errors.length > 0) {
      throw new Error(`${Errors[0].Key}: ${Errors[0].Code}: ${Errors[0].Message}`);
    }
  }
}

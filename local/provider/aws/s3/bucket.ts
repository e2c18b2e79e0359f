import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { all, length, unlike } from "../checks";
import { Plain, Properties, ifThere, row } from "../row";
import { Tagged, tagList, tagMap } from "../tags";
import { NO_BUCKET, s3 } from "./client";

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
  checks: {
    bucket: all(
      length(0, 63),
      unlike(/^[\w.-]+--[\w-]+--x-s3$/, "have the form of a directory bucket's name"),
    ),
    bucketPrefix: length(0, 37),
  },
  together: ({ bucket: name, bucketPrefix }) =>
    name !== undefined && bucketPrefix !== undefined
      ? "bucket and bucketPrefix cannot both be given"
      : undefined,
  source: {
    file: "internal/service/s3/bucket.go",
    differences: [
      "the rules for a bucket's name, which the provider checks before the creation, are left to the local S3",
      "`hostedZoneId` and the outputs that mirror a bucket's other configurations (`policy`, `versionings`, …) are left " +
        "out: nothing reads them",
      "a bucket that is there already is refused in each region, not only where S3 itself would take it over",
    ],
  },
  async create(inputs, made) {
    const id = inputs.bucket as string;
    await s3.send(new CreateBucketCommand({ Bucket: id, ACL: "private" }));
    made(id);
    await setTags(id, inputs.tags);
    return { id, outputs: bucketOutputs(id) };
  },
  async read(id) {
    const tags = await bucketTags(id);
    return tags && { bucket: id, tags, ...bucketOutputs(id) };
  },
  async update({ id, inputs, changed }) {
    if (changed.has("tags")) {
      if (Object.keys(inputs.tags ?? {}).length > 0) {
        await setTags(id, inputs.tags);
      } else {
        await s3.send(new DeleteBucketTaggingCommand({ Bucket: id }));
      }
    }
  },
  async delete(id, { forceDestroy }) {
    const remove = () => s3.send(new DeleteBucketCommand({ Bucket: id }));
    try {
      await ifThere(remove(), NO_BUCKET);
    } catch (error) {
      if ((error as Error).name !== "BucketNotEmpty" || forceDestroy !== true) {
        throw error;
      }
      await empty(id);
      await ifThere(remove(), NO_BUCKET);
    }
  },
});

async function setTags(id: string, tags: Tagged["tags"]): Promise<void> {
  if (Object.keys(tags ?? {}).length > 0) {
    await s3.send(new PutBucketTaggingCommand({ Bucket: id, Tagging: { TagSet: tagList(tags) } }));
  }
}

/** A bucket's tags; undefined where there is no bucket. A HEAD would do, but its errors have no message. */
export async function bucketTags(name: string): Promise<Record<string, string> | undefined> {
  try {
    return tagMap((await s3.send(new GetBucketTaggingCommand({ Bucket: name }))).TagSet);
  } catch (error) {
    switch ((error as Error).name) {
      case "NoSuchTagSet":
        return {};
      case NO_BUCKET:
        return undefined;
      default:
        throw error;
    }
  }
}

/** Removes every version of every object, and the markers of removed ones. */
async function empty(name: string): Promise<void> {
  for (;;) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: name }));
    const all = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
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

import { createHash } from "node:crypto";

import {
  DeleteObjectsCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { Plain, Properties, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { contentOf } from "./assets";
import { GONE, s3 } from "./client";

type ObjectArgs = Plain<aws.s3.BucketObjectv2Args> & { bucket: string };

export const bucketObject = row<ObjectArgs>({
  args: ["bucket", "content", "contentType", "key", "source", "sourceHash", "tags"],
  replaceOn: ["bucket", "key"],
  computed: ["arn", "etag", "versionId"],
  volatile: ["etag", "versionId"],
  async create(inputs) {
    const outputs = await putObject(inputs);
    return { id: inputs.key as string, outputs };
  },
  async read(id, { bucket: name, etag, content, tags }) {
    const there = await ifThere(
      s3.send(new HeadObjectCommand({ Bucket: name, Key: id })),
      "NotFound",
      "NoSuchKey",
      "NoSuchBucket",
    );
    if (there === undefined) {
      return undefined;
    }
    const now = there.ETag?.replaceAll('"', "");
    // Other content than was put: what the program gave no longer stands.
    const other = `of an object with the ETag ${now}`;
    return {
      bucket: name,
      key: id,
      etag: now,
      versionId: there.VersionId,
      contentType: there.ContentType,
      // A call of its own, for the few objects that have tags.
      tags: tags && (await objectTags(name, id)),
      ...(now === etag ? {} : content === undefined ? { sourceHash: other } : { content: other }),
    };
  },
  async update({ inputs }) {
    return putObject(inputs);
  },
  async delete(id, { bucket: name }) {
    // Every version goes, as with the official provider; a plain delete would leave them all.
    const versions = await ifThere(
      s3.send(new ListObjectVersionsCommand({ Bucket: name, Prefix: id })),
      ...GONE,
    );
    const all = [...(versions?.Versions ?? []), ...(versions?.DeleteMarkers ?? [])].filter(
      ({ Key }) => Key === id,
    );
    if (all.length > 0) {
      await s3.send(
        new DeleteObjectsCommand({
          Bucket: name,
          Delete: { Objects: all.map(({ Key, VersionId }) => ({ Key, VersionId })), Quiet: true },
        }),
      );
    }
  },
});

async function objectTags(name: string, key: string): Promise<Record<string, string>> {
  return tagMap((await s3.send(new GetObjectTaggingCommand({ Bucket: name, Key: key }))).TagSet);
}

async function putObject(inputs: ObjectArgs): Promise<Properties> {
  const body =
    inputs.source === undefined ? Buffer.from(inputs.content ?? "") : contentOf(inputs.source);
  const { VersionId } = await s3.send(
    new PutObjectCommand({
      Bucket: inputs.bucket,
      Key: inputs.key,
      Body: body,
      ContentType: inputs.contentType,
      Tagging: inputs.tags && new URLSearchParams(inputs.tags as Record<string, string>).toString(),
    }),
  );
  return {
    arn: `arn:aws:s3:::${inputs.bucket}/${inputs.key}`,
    etag: createHash("md5").update(body).digest("hex"),
    versionId: VersionId,
  };
}

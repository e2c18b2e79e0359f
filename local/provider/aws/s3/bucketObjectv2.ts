import { DescribeKeyCommand } from "@aws-sdk/client-kms";
import {
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  DeleteObjectsCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  ServerSideEncryption,
  StorageClass,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { arn, length, oneOf } from "../checks";
import { kms } from "../kms/client";
import { Plain, Properties, ifThere, row } from "../row";
import { tagList, tagMap } from "../tags";
import { contentOf } from "./assets";
import { s3 } from "./client";

type ObjectArgs = Plain<aws.s3.BucketObjectv2Args> & { bucket: string; key: string };

/** Whether a change puts the object anew: tags alone do not. */
const isPut = (changed: ReadonlySet<keyof ObjectArgs>) =>
  (
    ["content", "contentType", "kmsKeyId", "serverSideEncryption", "source", "sourceHash"] as const
  ).some((input) => changed.has(input));

export const bucketObject = row<ObjectArgs>({
  args: [
    "bucket",
    "content",
    "contentType",
    "key",
    "kmsKeyId",
    "serverSideEncryption",
    "source",
    "sourceHash",
    "tags",
  ],
  replaceOn: ["bucket", "key"],
  computed: ["arn", "bucketKeyEnabled", "etag", "storageClass", "versionId"],
  volatile: (changed) => (isPut(changed) ? ["versionId"] : []),
  leftOut: ["contentType", "kmsKeyId", "serverSideEncryption"],
  checks: {
    bucket: length(1, Infinity),
    key: length(1, Infinity),
    kmsKeyId: arn,
    serverSideEncryption: oneOf("AES256", "aws:fsx", "aws:kms", "aws:kms:dsse"),
  },
  together: ({ content, source }) =>
    content !== undefined && source !== undefined
      ? "content and source cannot both be given"
      : undefined,
  source: {
    file: "internal/service/s3/object.go",
    differences: [
      "content that somebody else put is found by a refresh, from the ETag: the provider finds it only where the program " +
        "gives `etag`",
      "an object is put by one call, whatever its size",
    ],
  },
  async create(inputs) {
    await putObject(inputs, {});
    return { id: inputs.key, outputs: (await readObject(inputs)) ?? {} };
  },
  async read(id, props) {
    const { bucket: name, etag, content, tags } = props;
    const there = await readObject({ bucket: name, key: id });
    if (there === undefined) {
      return undefined;
    }
    // Other content than was put: what the program gave no longer stands.
    const other = `of an object with the ETag ${String(there.etag)}`;
    const sameContent = etag === undefined || there.etag === etag;
    return {
      bucket: name,
      key: id,
      // A call of its own, for the few objects that have tags.
      tags: tags && (await objectTags(name, id)),
      ...there,
      ...(sameContent ? {} : content === undefined ? { sourceHash: other } : { content: other }),
    };
  },
  async update({ inputs, olds, changed }) {
    if (changed.has("tags")) {
      const object = { Bucket: inputs.bucket, Key: cleaned(inputs.key) };
      if (Object.keys(inputs.tags ?? {}).length > 0) {
        const Tagging = { TagSet: tagList(inputs.tags) };
        await s3.send(new PutObjectTaggingCommand({ ...object, Tagging }));
      } else {
        await s3.send(new DeleteObjectTaggingCommand(object));
      }
    }
    if (isPut(changed)) {
      await putObject(inputs, olds);
    }
    return readObject(inputs);
  },
  async delete(id, { bucket: name, versionId }) {
    const key = cleaned(id);
    if (versionId === undefined || versionId === "") {
      await s3.send(new DeleteObjectCommand({ Bucket: name, Key: key }));
      return;
    }
    // Every version goes; a plain delete would leave them all.
    let KeyMarker: string | undefined;
    let VersionIdMarker: string | undefined;
    do {
      const page = await s3.send(
        new ListObjectVersionsCommand({ Bucket: name, Prefix: key, KeyMarker, VersionIdMarker }),
      );
      const own = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].filter(
        ({ Key }) => Key === key,
      );
      if (own.length > 0) {
        const Objects = own.map(({ Key, VersionId }) => ({ Key, VersionId }));
        await s3.send(new DeleteObjectsCommand({ Bucket: name, Delete: { Objects, Quiet: true } }));
      }
      [KeyMarker, VersionIdMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
    } while (KeyMarker !== undefined);
  },
});

/** A key as the provider sends it: without a leading `./` or slashes, and no two slashes in a row. */
const cleaned = (key: string) =>
  key.replace(/^\.\//, "").replace(/^\/+/, "").replaceAll(/\/+/g, "/");

async function objectTags(name: string, key: string): Promise<Record<string, string>> {
  const { TagSet } = await s3.send(
    new GetObjectTaggingCommand({ Bucket: name, Key: cleaned(key) }),
  );
  return tagMap(TagSet);
}

/**
 * Puts an object. What S3 chose the last time, as the bucket's own encryption, is sent again: the provider takes it
 * for the program's choice once it has read it.
 */
async function putObject(inputs: ObjectArgs, olds: Properties): Promise<void> {
  const body =
    inputs.source === undefined ? Buffer.from(inputs.content ?? "") : contentOf(inputs.source);
  const told = olds as Record<string, string | undefined>;
  await s3.send(
    new PutObjectCommand({
      Bucket: inputs.bucket,
      Key: cleaned(inputs.key),
      Body: body,
      BucketKeyEnabled: olds.bucketKeyEnabled === true ? true : undefined,
      ContentType: inputs.contentType ?? told.contentType,
      ServerSideEncryption: (inputs.serverSideEncryption ?? told.serverSideEncryption) as
        ServerSideEncryption | undefined,
      SSEKMSKeyId: inputs.kmsKeyId ?? told.kmsKeyId,
      StorageClass: told.storageClass as StorageClass | undefined,
      Tagging: inputs.tags && new URLSearchParams(inputs.tags as Record<string, string>).toString(),
    }),
  );
}

async function readObject({ bucket: name, key }: Pick<ObjectArgs, "bucket" | "key">) {
  const there = await ifThere(
    s3.send(new HeadObjectCommand({ Bucket: name, Key: cleaned(key) })),
    "NotFound",
    "NoSuchKey",
    "NoSuchBucket",
  );
  return (
    there && {
      arn: `arn:aws:s3:::${name}/${cleaned(key)}`,
      bucketKeyEnabled: there.BucketKeyEnabled,
      contentType: there.ContentType,
      etag: there.ETag?.replaceAll('"', ""),
      kmsKeyId: await ownKey(there.SSEKMSKeyId),
      serverSideEncryption: there.ServerSideEncryption,
      storageClass: there.StorageClass ?? "STANDARD",
      versionId: there.VersionId,
    }
  );
}

/** The key of an object, unless it is the account's key for S3, which the provider does not tell. */
async function ownKey(key: string | undefined): Promise<string | undefined> {
  if (key === undefined) {
    return undefined;
  }
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: "alias/aws/s3" }));
  return KeyMetadata?.Arn === key ? undefined : key;
}

import { createHash } from "node:crypto";
import * as fs from "node:fs";

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectTaggingCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  LifecycleRule,
  ListObjectVersionsCommand,
  ObjectOwnership,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  ServerSideEncryption,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";
import AdmZip from "adm-zip";

import {
  ASSET_SIGNATURE,
  AnyRow,
  Fn,
  Plain,
  Properties,
  compactJson,
  ifThere,
  row,
  tagList,
  tagMap,
} from "./row";

const s3 = new S3Client({ forcePathStyle: true });

/** What S3 says of a bucket, or of a part of its configuration, that is not there. */
const GONE = [
  "NoSuchBucket",
  "NoSuchBucketPolicy",
  "NoSuchLifecycleConfiguration",
  "NoSuchPublicAccessBlockConfiguration",
  "OwnershipControlsNotFoundError",
  "ServerSideEncryptionConfigurationNotFoundError",
];

function bucketOutputs(bucket: string): Properties {
  const region = process.env.AWS_REGION;
  return {
    arn: `arn:aws:s3:::${bucket}`,
    bucketDomainName: `${bucket}.s3.amazonaws.com`,
    bucketRegionalDomainName: `${bucket}.s3.${region}.amazonaws.com`,
    bucketRegion: region,
    region,
  };
}

const bucket = row<Plain<aws.s3.BucketArgs>>({
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
async function bucketTags(name: string): Promise<Record<string, string> | undefined> {
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

/** A part of a bucket's configuration: written whole by one call, known by the bucket's name. */
function configuration<Args extends { bucket: string }>(definition: {
  readonly args: readonly (keyof Args & string)[];
  readonly members?: AnyRow["members"];
  put(inputs: Args): Promise<unknown>;
  get(bucketName: string): Promise<Properties | undefined>;
  remove(bucketName: string): Promise<unknown>;
}): AnyRow {
  return row<Args>({
    args: definition.args,
    members: definition.members,
    replaceOn: ["bucket"],
    computed: [],
    async create(inputs) {
      await definition.put(inputs);
      return { id: inputs.bucket, outputs: {} };
    },
    async read(id) {
      const there = await definition.get(id);
      return there && { bucket: id, ...there };
    },
    async update({ inputs }) {
      await definition.put(inputs);
    },
    async delete(id) {
      await ifThere(definition.remove(id), ...GONE);
    },
  });
}

const bucketVersioning = configuration<Plain<aws.s3.BucketVersioningArgs>>({
  args: ["bucket", "versioningConfiguration"],
  members: { versioningConfiguration: ["status"] },
  put: ({ bucket: name, versioningConfiguration }) =>
    s3.send(
      new PutBucketVersioningCommand({
        Bucket: name,
        VersioningConfiguration: {
          Status: versioningConfiguration.status as "Enabled" | "Suspended",
        },
      }),
    ),
  async get(name) {
    const there = await ifThere(s3.send(new GetBucketVersioningCommand({ Bucket: name })), ...GONE);
    return there?.Status && { versioningConfiguration: { status: there.Status } };
  },
  // As the official provider does: versioning cannot be taken away, only suspended.
  remove: (name) =>
    s3.send(
      new PutBucketVersioningCommand({
        Bucket: name,
        VersioningConfiguration: { Status: "Suspended" },
      }),
    ),
});

const bucketPublicAccessBlock = configuration<Plain<aws.s3.BucketPublicAccessBlockArgs>>({
  args: [
    "blockPublicAcls",
    "blockPublicPolicy",
    "bucket",
    "ignorePublicAcls",
    "restrictPublicBuckets",
  ],
  put: (inputs) =>
    s3.send(
      new PutPublicAccessBlockCommand({
        Bucket: inputs.bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: inputs.blockPublicAcls ?? false,
          BlockPublicPolicy: inputs.blockPublicPolicy ?? false,
          IgnorePublicAcls: inputs.ignorePublicAcls ?? false,
          RestrictPublicBuckets: inputs.restrictPublicBuckets ?? false,
        },
      }),
    ),
  async get(name) {
    const there = await ifThere(
      s3.send(new GetPublicAccessBlockCommand({ Bucket: name })),
      ...GONE,
    );
    const block = there?.PublicAccessBlockConfiguration;
    return (
      block && {
        blockPublicAcls: block.BlockPublicAcls,
        blockPublicPolicy: block.BlockPublicPolicy,
        ignorePublicAcls: block.IgnorePublicAcls,
        restrictPublicBuckets: block.RestrictPublicBuckets,
      }
    );
  },
  remove: (name) => s3.send(new DeletePublicAccessBlockCommand({ Bucket: name })),
});

const bucketEncryption = configuration<Plain<aws.s3.BucketServerSideEncryptionConfigurationArgs>>({
  args: ["bucket", "rules"],
  members: {
    rules: ["applyServerSideEncryptionByDefault", "bucketKeyEnabled"],
    "rules.applyServerSideEncryptionByDefault": ["kmsMasterKeyId", "sseAlgorithm"],
  },
  put: ({ bucket: name, rules }) =>
    s3.send(
      new PutBucketEncryptionCommand({
        Bucket: name,
        ServerSideEncryptionConfiguration: {
          Rules: rules.map((rule) => ({
            ApplyServerSideEncryptionByDefault: {
              SSEAlgorithm: rule.applyServerSideEncryptionByDefault
                ?.sseAlgorithm as ServerSideEncryption,
              KMSMasterKeyID: rule.applyServerSideEncryptionByDefault?.kmsMasterKeyId,
            },
            BucketKeyEnabled: rule.bucketKeyEnabled,
          })),
        },
      }),
    ),
  async get(name) {
    const there = await ifThere(s3.send(new GetBucketEncryptionCommand({ Bucket: name })), ...GONE);
    return (
      there && {
        rules: there.ServerSideEncryptionConfiguration?.Rules?.map((rule) => ({
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
            kmsMasterKeyId: rule.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID,
          },
          // S3 answers false where nothing was asked for.
          bucketKeyEnabled: rule.BucketKeyEnabled === true ? true : undefined,
        })),
      }
    );
  },
  remove: (name) => s3.send(new DeleteBucketEncryptionCommand({ Bucket: name })),
});

const bucketOwnershipControls = configuration<Plain<aws.s3.BucketOwnershipControlsArgs>>({
  args: ["bucket", "rule"],
  members: { rule: ["objectOwnership"] },
  put: ({ bucket: name, rule }) =>
    s3.send(
      new PutBucketOwnershipControlsCommand({
        Bucket: name,
        OwnershipControls: {
          Rules: [{ ObjectOwnership: rule.objectOwnership as ObjectOwnership }],
        },
      }),
    ),
  async get(name) {
    const there = await ifThere(
      s3.send(new GetBucketOwnershipControlsCommand({ Bucket: name })),
      ...GONE,
    );
    const [rule] = there?.OwnershipControls?.Rules ?? [];
    return rule && { rule: { objectOwnership: rule.ObjectOwnership } };
  },
  remove: (name) => s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket: name })),
});

const bucketPolicy = configuration<Plain<aws.s3.BucketPolicyArgs> & { policy: string }>({
  args: ["bucket", "policy"],
  put: ({ bucket: name, policy }) =>
    s3.send(new PutBucketPolicyCommand({ Bucket: name, Policy: policy })),
  async get(name) {
    const there = await ifThere(s3.send(new GetBucketPolicyCommand({ Bucket: name })), ...GONE);
    return there?.Policy === undefined ? undefined : { policy: compactJson(there.Policy) };
  },
  remove: (name) => s3.send(new DeleteBucketPolicyCommand({ Bucket: name })),
});

const bucketLifecycle = configuration<Plain<aws.s3.BucketLifecycleConfigurationArgs>>({
  args: ["bucket", "rules"],
  members: {
    rules: [
      "abortIncompleteMultipartUpload",
      "filter",
      "id",
      "noncurrentVersionExpiration",
      "status",
    ],
    "rules.abortIncompleteMultipartUpload": ["daysAfterInitiation"],
    // The empty filter is every object.
    "rules.filter": [],
    "rules.noncurrentVersionExpiration": ["noncurrentDays"],
  },
  put: ({ bucket: name, rules = [] }) =>
    s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: name,
        LifecycleConfiguration: { Rules: rules.map(lifecycleRule) },
      }),
    ),
  async get(name) {
    const there = await ifThere(
      s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: name })),
      ...GONE,
    );
    return (
      there && {
        rules: there.Rules?.map((rule) => ({
          id: rule.ID,
          status: rule.Status,
          filter: {},
          noncurrentVersionExpiration: rule.NoncurrentVersionExpiration && {
            noncurrentDays: rule.NoncurrentVersionExpiration.NoncurrentDays,
          },
          abortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload && {
            daysAfterInitiation: rule.AbortIncompleteMultipartUpload.DaysAfterInitiation,
          },
        })),
      }
    );
  },
  remove: (name) => s3.send(new DeleteBucketLifecycleCommand({ Bucket: name })),
});

type LifecycleRuleArgs = NonNullable<
  Plain<aws.s3.BucketLifecycleConfigurationArgs>["rules"]
>[number];

function lifecycleRule(rule: LifecycleRuleArgs): LifecycleRule {
  return {
    ID: rule.id,
    Status: rule.status as "Enabled",
    Filter: { Prefix: "" },
    NoncurrentVersionExpiration: rule.noncurrentVersionExpiration && {
      NoncurrentDays: rule.noncurrentVersionExpiration.noncurrentDays,
    },
    AbortIncompleteMultipartUpload: rule.abortIncompleteMultipartUpload && {
      DaysAfterInitiation: rule.abortIncompleteMultipartUpload.daysAfterInitiation,
    },
  };
}

type ObjectArgs = Plain<aws.s3.BucketObjectv2Args> & { bucket: string };

const bucketObject = row<ObjectArgs>({
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

/** The parts of a serialised asset or archive. */
interface Asset {
  readonly path?: string;
  readonly text?: string;
  readonly assets?: Readonly<Record<string, Asset>>;
}

/** The content of an asset of the engine's; that of an archive is its zip. */
function contentOf(source: unknown): Buffer {
  if (typeof source !== "object" || source === null || !(ASSET_SIGNATURE in source)) {
    throw new Error("source is neither an asset nor an archive");
  }
  const asset = source as Asset;
  if (asset.assets !== undefined) {
    const zip = new AdmZip();
    for (const name of Object.keys(asset.assets).sort()) {
      zip.addFile(name, contentOf(asset.assets[name]));
      // A constant time: the same members give the same bytes.
      const entry = zip.getEntry(name);
      if (entry !== null) {
        entry.header.time = new Date(Date.UTC(1980, 0, 1));
      }
    }
    return zip.toBuffer();
  }
  if (asset.path !== undefined) {
    return fs.readFileSync(asset.path);
  }
  if (asset.text !== undefined) {
    return Buffer.from(asset.text);
  }
  throw new Error("an asset from an address is not supported by the laptop target");
}

const getBucket: Fn = {
  args: ["bucket"],
  async call({ bucket }) {
    const name = bucket as string;
    if ((await bucketTags(name)) === undefined) {
      throw new Error(`there is no bucket "${name}"`);
    }
    return { id: name, bucket: name, ...bucketOutputs(name) };
  },
};

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

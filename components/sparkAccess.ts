import { JOBS_PREFIX } from "./jobScripts";
import { type Location, bucketArn } from "./location";
import type { Folder } from "./plan";
import type { Statement } from "./policyDocument";

/** What a role that runs Spark may do in the two buckets. */
export interface SparkAccess {
  readonly location: Location;
  /** Bucket whose `jobs/` holds the scripts; DAGs lie there as well, so nothing else is read. */
  readonly airflowBucketName: string;
  readonly dataBucketName: string;
  /** Prefixes in the data bucket that are read, each with a slash at its end. */
  readonly reads: readonly string[];
  /** Folders in other buckets that are read. */
  readonly readsElsewhere?: readonly Folder[];
  /** Prefixes in the data bucket that are replaced as a whole, each with a slash at its end. */
  readonly writes: readonly string[];
  /** ARN of the key that the buckets' objects are encrypted with, when it is not S3's own. */
  readonly kmsKeyArn?: string;
}

/**
 * Statements for Spark on S3: scripts and inputs are read; outputs are listed, replaced and removed.
 *
 * A file system of Hadoop also makes objects that stand for folders, beside the folder's own name
 * (`output_$folder$`), and lists a folder's name without its slash.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role-for-ec2.html
 */
export function sparkStatements(access: SparkAccess): Statement[] {
  const { location, airflowBucketName, dataBucketName, reads, writes, kmsKeyArn } = access;
  const data = (key: string): string => bucketArn(location, dataBucketName, key);
  return [
    {
      Sid: "ReadScripts",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: bucketArn(location, airflowBucketName, `${JOBS_PREFIX}*`),
    },
    {
      Sid: "ListScripts",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn(location, airflowBucketName),
      Condition: { StringLike: { "s3:prefix": listed(JOBS_PREFIX) } },
    },
    ...(reads.length === 0
      ? []
      : [
          {
            Sid: "ReadInputs",
            Effect: "Allow",
            Action: "s3:GetObject",
            Resource: reads.map((prefix) => data(`${prefix}*`)),
          } as const,
        ]),
    ...(writes.length === 0 ? [] : replaceOutputs(writes, data)),
    {
      Sid: "ListData",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn(location, dataBucketName),
      Condition: { StringLike: { "s3:prefix": [...reads, ...writes].flatMap(listed) } },
    },
    {
      Sid: "FindBuckets",
      Effect: "Allow",
      Action: ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
      Resource: [airflowBucketName, dataBucketName].map((bucket) => bucketArn(location, bucket)),
    },
    ...(kmsKeyArn === undefined ? [] : [keyThroughS3(location, kmsKeyArn)]),
    ...(access.readsElsewhere ?? []).flatMap((folder, i) => readFolder(location, folder, i)),
  ];
}

function replaceOutputs(writes: readonly string[], data: (key: string) => string): Statement[] {
  return [
    {
      Sid: "ReplaceOutputs",
      Effect: "Allow",
      Action: [
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
      ],
      Resource: writes.map((prefix) => data(`${prefix}*`)),
    },
    {
      Sid: "MarkFolders",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      Resource: writes.map((prefix) => data(folderMarker(prefix))),
    },
    {
      Sid: "AskWhetherFoldersAreFiles",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: writes.map((prefix) => data(folderName(prefix))),
    },
  ];
}

function readFolder(location: Location, { bucket, prefix }: Folder, i: number): Statement[] {
  return [
    {
      Sid: `ReadElsewhere${i + 1}`,
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: [`${prefix}*`, folderName(prefix)].map((key) => bucketArn(location, bucket, key)),
    },
    {
      Sid: `ListElsewhere${i + 1}`,
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn(location, bucket),
      Condition: { StringLike: { "s3:prefix": listed(prefix) } },
    },
  ];
}

/** Use of the key by S3 alone, on behalf of the role. */
export function keyThroughS3(location: Location, kmsKeyArn: string): Statement {
  return {
    Sid: "KeyThroughS3",
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: kmsKeyArn,
    Condition: {
      StringEquals: { "kms:ViaService": `s3.${location.region}.${location.dnsSuffix}` },
    },
  };
}

/** Reading by S3 alone, on behalf of the role. */
export function decryptThroughS3(location: Location, kmsKeyArn: string): Statement {
  return { ...keyThroughS3(location, kmsKeyArn), Sid: "DecryptResults", Action: "kms:Decrypt" };
}

/** The folder as a path without a slash: whether it is a file is asked first. */
function folderName(prefix: string): string {
  return prefix.replace(/\/$/, "");
}

/** The object that stands for a folder. */
function folderMarker(prefix: string): string {
  return `${folderName(prefix)}_$folder$`;
}

/** What a listing of a folder asks for: the folder's content, its name, its marker. */
function listed(prefix: string): string[] {
  return [`${prefix}*`, folderName(prefix), folderMarker(prefix)];
}

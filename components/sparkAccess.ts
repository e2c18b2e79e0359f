import { JOBS_PREFIX } from "./jobScripts";
import { type Location, bucketArn } from "./location";
import type { Folder } from "./plan";
import type { Statement, UnexercisedGrant } from "./policyDocument";

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

const EMR_NODES =
  "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role-for-ec2.html";

/**
 * What of `sparkStatements` a run that goes well does not use.
 *
 * @param role purpose in the name of the role that has the statements
 */
export function sparkUnexercised(role: string): UnexercisedGrant[] {
  return [
    {
      statement: "ListScripts",
      role,
      reason: "a file system of Hadoop lists the folder of a script that is not there",
      source: EMR_NODES,
    },
    {
      statement: "MarkFolders",
      role,
      reason: "EMRFS marks folders by objects; Hadoop's own file system for S3 does not",
      source: EMR_NODES,
    },
    {
      statement: "ReplaceOutputs",
      role,
      actions: ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      reason: "called where an upload of a large file is aborted",
      source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html",
    },
    {
      statement: "FindBuckets",
      role,
      reason: "EMRFS and Glue find a bucket's region, and uploads that were aborted",
      source: EMR_NODES,
    },
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
      Sid: "HeadOutputPrefixes",
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

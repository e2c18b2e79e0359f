import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { keepUnless } from "./keep";
import { type Location, bucketArn } from "./location";
import { type PolicyDocument, policyDocument } from "./policyDocument";

/** Days after which parts of an upload that never ended are removed. */
const UNFINISHED_UPLOAD_DAYS = 7;

/** Objects that expire. */
export interface ExpiringPrefix {
  /** Begins their keys; with a slash at its end. */
  readonly prefix: string;
  /** Days after which an object expires: it becomes an old version. */
  readonly days: number;
}

export interface ProtectedBucketArgs {
  readonly location: Location;
  readonly bucketName: string;
  /** Days that an object's old version is kept. */
  readonly oldVersionRetentionDays: number;
  /**
   * Prefixes whose objects expire.
   *
   * @default none
   */
  readonly expiring?: readonly ExpiringPrefix[];
  /** ARN of the key that encrypts the objects. Default: S3's own key (SSE-S3). */
  readonly kmsKeyArn?: pulumi.Input<string>;
  /**
   * Delete the bucket with all versions of its objects when the stack is destroyed.
   *
   * @default false
   */
  readonly forceDestroy?: boolean;
  /**
   * Replace the bucket with all it holds where another key takes over, and destruction is allowed: what others wrote
   * stays on the old key, which the stack's roles may no longer use, or which goes. A bucket that is kept stays.
   *
   * @default false
   */
  readonly replacedWithKey?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A bucket that is versioned, encrypted, private, reached by TLS only, and drops old versions. */
export class ProtectedBucket extends pulumi.ComponentResource {
  public readonly bucketName: pulumi.Output<string>;
  public readonly arn: pulumi.Output<string>;
  /** What has to be there before the first object: an object made earlier has no version. */
  public readonly protections: pulumi.Resource[];

  public constructor(
    name: string,
    args: ProtectedBucketArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:protectedBucket:ProtectedBucket", name, {}, opts);
    const forceDestroy = args.forceDestroy ?? false;
    const child = { parent: this, ...keepUnless(forceDestroy) };
    const bucket = new aws.s3.Bucket(
      `${name}-bucket`,
      { bucket: args.bucketName, forceDestroy, tags: args.tags },
      {
        ...child,
        // Its name is taken until it is gone.
        deleteBeforeReplace: true,
        replacementTrigger:
          forceDestroy && args.replacedWithKey === true ? (args.kmsKeyArn ?? "aws") : undefined,
      },
    );
    const ownership = new aws.s3.BucketOwnershipControls(
      `${name}-ownership`,
      { bucket: bucket.id, rule: { objectOwnership: "BucketOwnerEnforced" } },
      child,
    );
    const publicAccessBlock = new aws.s3.BucketPublicAccessBlock(
      `${name}-public-access-block`,
      {
        bucket: bucket.id,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      child,
    );
    const versioning = new aws.s3.BucketVersioning(
      `${name}-versioning`,
      { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } },
      child,
    );
    const encryption = new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      { bucket: bucket.id, rules: [encryptionRule(args.kmsKeyArn)] },
      child,
    );
    const policy = new aws.s3.BucketPolicy(
      `${name}-policy`,
      {
        bucket: bucket.id,
        policy: JSON.stringify(tlsOnlyPolicy(args.location, args.bucketName)),
      },
      // S3 refuses two changes of a bucket's access at the same time.
      { ...child, dependsOn: [publicAccessBlock] },
    );
    const lifecycle = new aws.s3.BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      {
        bucket: bucket.id,
        rules: lifecycleRules(args),
      },
      { ...child, dependsOn: [versioning] },
    );
    this.bucketName = bucket.bucket;
    this.arn = bucket.arn;
    this.protections = [ownership, publicAccessBlock, versioning, encryption, policy, lifecycle];
    this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
  }
}

/** Bucket policy that refuses every request without TLS. */
export function tlsOnlyPolicy(location: Location, bucketName: string): PolicyDocument {
  return policyDocument({
    Sid: "TlsOnly",
    Effect: "Deny",
    // A refusal is for everybody and everything:
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    Principal: "*",
    Action: "s3:*",
    Resource: [bucketArn(location, bucketName), bucketArn(location, bucketName, "*")],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
}

/** Old versions go after their days, uploads that never ended after some; what expires becomes an old version. */
function lifecycleRules(
  args: ProtectedBucketArgs,
): aws.types.input.s3.BucketLifecycleConfigurationRule[] {
  return [
    {
      id: "old-versions",
      status: "Enabled",
      filter: {},
      noncurrentVersionExpiration: { noncurrentDays: args.oldVersionRetentionDays },
      abortIncompleteMultipartUpload: { daysAfterInitiation: UNFINISHED_UPLOAD_DAYS },
    },
    ...(args.expiring ?? []).map(({ prefix, days }) => ({
      id: `expire-${prefix}`,
      status: "Enabled",
      filter: { prefix },
      expiration: { days },
    })),
  ];
}

function encryptionRule(
  kmsKeyArn: pulumi.Input<string> | undefined,
): aws.types.input.s3.BucketServerSideEncryptionConfigurationRule {
  // S3 blocks keys that come with a request in new buckets, and answers so; said here, no later plan
  // differs from what it answers, and an older bucket blocks them too.
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html
  const blockedEncryptionTypes = ["SSE-C"];
  return kmsKeyArn === undefined
    ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, blockedEncryptionTypes }
    : {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: kmsKeyArn },
        blockedEncryptionTypes,
        // One data key for many objects instead of one request to KMS for each.
        bucketKeyEnabled: true,
      };
}

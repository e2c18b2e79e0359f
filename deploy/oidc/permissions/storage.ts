import { bucketArn, regionalArn } from "../../../components/location";
import { type ProgramStack, pipelinesOf } from "../stackSettings";
import { type Area, allow } from "./area";

const READ_OBJECT = ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion"] as const;

/**
 * The two buckets. Of the data the program reads and makes the folders' markers only; what is in them goes only
 * where the stack says that a destroy takes it.
 */
export function storage(program: ProgramStack): Area {
  const { location, settings } = program;
  const { airflowBucketName, dataBucketName, createAirflowBucket, forceDestroy } = settings;
  const own = [
    ...(createAirflowBucket ? [bucketArn(location, airflowBucketName)] : []),
    bucketArn(location, dataBucketName),
  ];
  const both = [bucketArn(location, airflowBucketName), bucketArn(location, dataBucketName)];
  const objects = [
    bucketArn(location, airflowBucketName, "*"),
    ...pipelinesOf(program)
      .flatMap(({ plan }) => Object.values(plan.prefixes ?? {}))
      .filter(({ marker }) => marker)
      .map(({ prefix }) => bucketArn(location, dataBucketName, prefix)),
  ];
  return {
    read: [
      allow(
        "ReadBuckets",
        [
          "s3:GetAccelerateConfiguration",
          "s3:GetBucketAcl",
          "s3:GetBucketCORS",
          "s3:GetBucketLocation",
          "s3:GetBucketLogging",
          "s3:GetBucketObjectLockConfiguration",
          "s3:GetBucketOwnershipControls",
          "s3:GetBucketPolicy",
          "s3:GetBucketPublicAccessBlock",
          "s3:GetBucketRequestPayment",
          "s3:GetBucketTagging",
          "s3:GetBucketVersioning",
          "s3:GetBucketWebsite",
          "s3:GetEncryptionConfiguration",
          "s3:GetLifecycleConfiguration",
          "s3:GetReplicationConfiguration",
          "s3:ListBucket",
          "s3:ListTagsForResource",
        ],
        // One that is there already is looked up as well.
        both,
      ),
      ...(createAirflowBucket
        ? []
        : [
            // What it protects itself by is looked up by Cloud Control API, whose handler reads all of a bucket:
            // https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-read.html
            allow("DescribeBucket", ["cloudformation:GetResource"], "*"),
            allow(
              "ReadGivenBucket",
              [
                "s3:GetAnalyticsConfiguration",
                "s3:GetBucketNotification",
                "s3:GetIntelligentTieringConfiguration",
                "s3:GetInventoryConfiguration",
                "s3:GetMetricsConfiguration",
              ],
              bucketArn(location, airflowBucketName),
            ),
          ]),
      allow("ReadObjects", READ_OBJECT, objects),
      // Of an object under a key the provider asks whether that is S3's own.
      // https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/s3/object.go
      allow("ReadS3Key", ["kms:DescribeKey"], regionalArn(location, "kms", "key/*"), {
        StringEquals: { "kms:RequestAlias": "alias/aws/s3" },
      }),
    ],
    write: [
      allow(
        "ChangeBuckets",
        [
          "s3:CreateBucket",
          "s3:DeleteBucket",
          "s3:DeleteBucketPolicy",
          "s3:PutBucketOwnershipControls",
          "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock",
          "s3:PutBucketTagging",
          "s3:PutBucketVersioning",
          "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration",
          "s3:TagResource",
          "s3:UntagResource",
        ],
        own,
      ),
      // An object goes with all its versions.
      allow("ListVersions", ["s3:ListBucketVersions"], both),
      allow(
        "ChangeObjects",
        [
          "s3:DeleteObject",
          "s3:DeleteObjectVersion",
          "s3:PutObject",
          "s3:PutObjectTagging",
          "s3:DeleteObjectTagging",
        ],
        objects,
      ),
      ...(forceDestroy
        ? [
            allow(
              "EmptyDataBucket",
              ["s3:DeleteObject", "s3:DeleteObjectVersion"],
              bucketArn(location, dataBucketName, "*"),
            ),
          ]
        : []),
    ],
  };
}

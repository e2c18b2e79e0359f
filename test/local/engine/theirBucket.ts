import {
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from "@aws-sdk/client-s3";

/**
 * Makes a bucket that is there already what MWAA wants of one: versions are kept, and nothing is public.
 *
 * https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-s3-bucket.html
 */
export async function asMwaaWants(s3: S3Client, Bucket: string): Promise<void> {
  await s3.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
  );
  await s3.send(
    new PutPublicAccessBlockCommand({
      Bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    }),
  );
}

import { bucketArn, regionalArn } from "../../../components/location";
import type { Statement } from "../../../components/policyDocument";
import type { ProgramStack } from "../stackSettings";
import { allow, stackTags } from "./area";

/**
 * What `npm run deploy-dags` calls: the DAG prefix of the environment's bucket, and the key that its objects are encrypted
 * with, by S3 alone.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, with its permissions for a KMS key
 */
export function dags(program: ProgramStack): Statement[] {
  const { location, settings } = program;
  const { airflowBucketName: bucket, encryption } = settings;
  const below = `${settings.files.dagS3Path}/*`;
  const via = { StringEquals: { "kms:ViaService": `s3.${location.region}.${location.dnsSuffix}` } };
  const useKey = (key: string, condition: Statement["Condition"]) =>
    allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], key, condition);
  return [
    allow("ListDags", ["s3:ListBucket"], bucketArn(location, bucket), {
      StringLike: { "s3:prefix": below },
    }),
    allow(
      "DeployDags",
      ["s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
      bucketArn(location, bucket, below),
    ),
    ...(encryption.kind === "existing" ? [useKey(encryption.keyArn, via)] : []),
    ...(encryption.kind === "own"
      ? [
          useKey(regionalArn(location, "kms", "key/*"), {
            StringEquals: { ...via.StringEquals, ...stackTags(program, "aws:ResourceTag") },
          }),
        ]
      : []),
  ];
}

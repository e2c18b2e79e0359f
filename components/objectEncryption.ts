import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Encryption of an object, said of each one: left to the bucket, it would be the provider's after the first look, and
 * asked for again with each later upload, whatever the bucket has by then.
 *
 * @param kmsKeyArn ARN of the stack's key. Default: S3's own key (SSE-S3)
 */
export function objectEncryption(
  kmsKeyArn: pulumi.Input<string> | undefined,
): Pick<aws.s3.BucketObjectv2Args, "kmsKeyId" | "serverSideEncryption"> {
  return kmsKeyArn === undefined
    ? { serverSideEncryption: "AES256" }
    : { serverSideEncryption: "aws:kms", kmsKeyId: kmsKeyArn };
}

/**
 * Options of an object with that encryption. The provider never takes a key away again and sends the old one beside
 * the new encryption, which S3 refuses, so that the object is put anew; deleted before that, since its deletion takes
 * every version of its key.
 *
 * Source: internal/service/s3/object.go of hashicorp/terraform-provider-aws, where kms_key_id is Optional and Computed
 */
export const REPLACED_WITH_ENCRYPTION: Pick<
  pulumi.CustomResourceOptions,
  "deleteBeforeReplace" | "replaceOnChanges"
> = { deleteBeforeReplace: true, replaceOnChanges: ["serverSideEncryption"] };

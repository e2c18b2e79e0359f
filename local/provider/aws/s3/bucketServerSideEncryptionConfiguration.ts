import {
  DeleteBucketEncryptionCommand,
  EncryptionType,
  GetBucketEncryptionCommand,
  PutBucketEncryptionCommand,
  ServerSideEncryption,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { oneOf } from "../checks";
import { Plain } from "../row";
import { s3 } from "./client";
import { CONSISTENT, bucketName, configuration } from "./configuration";

/** A list of names: each of them one of these. */
const each = (check: (value: unknown) => string | undefined) => (value: unknown) =>
  (value as unknown[]).map(check).find((complaint) => complaint !== undefined);

export const bucketEncryption = configuration<
  Plain<aws.s3.BucketServerSideEncryptionConfigurationArgs>
>({
  args: ["bucket", "rules"],
  members: {
    rules: ["applyServerSideEncryptionByDefault", "blockedEncryptionTypes", "bucketKeyEnabled"],
    "rules.applyServerSideEncryptionByDefault": ["kmsMasterKeyId", "sseAlgorithm"],
  },
  checks: {
    bucket: bucketName,
    "rules.applyServerSideEncryptionByDefault.sseAlgorithm": oneOf(
      "AES256",
      "aws:fsx",
      "aws:kms",
      "aws:kms:dsse",
    ),
    "rules.blockedEncryptionTypes": each(oneOf("NONE", "SSE-C")),
  },
  source: {
    file: "internal/service/s3/bucket_server_side_encryption_configuration.go",
    differences: [CONSISTENT],
  },
  none: "ServerSideEncryptionConfigurationNotFoundError",
  put: ({ bucket: name, rules }) =>
    s3.send(
      new PutBucketEncryptionCommand({
        Bucket: name,
        ServerSideEncryptionConfiguration: {
          Rules: rules.map((rule) => ({
            ApplyServerSideEncryptionByDefault: rule.applyServerSideEncryptionByDefault && {
              SSEAlgorithm: rule.applyServerSideEncryptionByDefault
                .sseAlgorithm as ServerSideEncryption,
              KMSMasterKeyID: rule.applyServerSideEncryptionByDefault.kmsMasterKeyId,
            },
            // One that is left out is sent as false.
            BucketKeyEnabled: rule.bucketKeyEnabled ?? false,
            BlockedEncryptionTypes: rule.blockedEncryptionTypes?.length
              ? { EncryptionType: rule.blockedEncryptionTypes as EncryptionType[] }
              : undefined,
          })),
        },
      }),
    ),
  async get(name) {
    const there = await s3.send(new GetBucketEncryptionCommand({ Bucket: name }));
    return (
      there.ServerSideEncryptionConfiguration && {
        rules: there.ServerSideEncryptionConfiguration.Rules?.map((rule) => ({
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
            kmsMasterKeyId: rule.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID,
          },
          blockedEncryptionTypes: rule.BlockedEncryptionTypes?.EncryptionType,
          // S3 answers false where nothing was asked for.
          bucketKeyEnabled: rule.BucketKeyEnabled === true ? true : undefined,
        })),
      }
    );
  },
  remove: (name) => s3.send(new DeleteBucketEncryptionCommand({ Bucket: name })),
});

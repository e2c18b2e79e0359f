import {
  DeleteBucketEncryptionCommand,
  EncryptionType,
  GetBucketEncryptionCommand,
  PutBucketEncryptionCommand,
  ServerSideEncryption,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere } from "../row";
import { GONE, s3 } from "./client";
import { configuration } from "./configuration";

export const bucketEncryption = configuration<
  Plain<aws.s3.BucketServerSideEncryptionConfigurationArgs>
>({
  args: ["bucket", "rules"],
  members: {
    rules: ["applyServerSideEncryptionByDefault", "blockedEncryptionTypes", "bucketKeyEnabled"],
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
            BlockedEncryptionTypes: rule.blockedEncryptionTypes && {
              EncryptionType: rule.blockedEncryptionTypes as EncryptionType[],
            },
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
          blockedEncryptionTypes: rule.BlockedEncryptionTypes?.EncryptionType,
          // S3 answers false where nothing was asked for.
          bucketKeyEnabled: rule.BucketKeyEnabled === true ? true : undefined,
        })),
      }
    );
  },
  remove: (name) => s3.send(new DeleteBucketEncryptionCommand({ Bucket: name })),
});

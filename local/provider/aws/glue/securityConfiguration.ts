import {
  CloudWatchEncryptionMode,
  CreateSecurityConfigurationCommand,
  DeleteSecurityConfigurationCommand,
  GetSecurityConfigurationCommand,
  JobBookmarksEncryptionMode,
  S3EncryptionMode,
} from "@aws-sdk/client-glue";
import type * as aws from "@pulumi/aws";

import { length, oneOf } from "../checks";
import { Plain, ifThere, row } from "../row";
import { glue } from "./client";

type SecurityConfigurationArgs = Plain<aws.glue.SecurityConfigurationArgs>;

export const securityConfiguration = row<SecurityConfigurationArgs>({
  args: ["encryptionConfiguration", "name"],
  members: {
    encryptionConfiguration: ["cloudwatchEncryption", "jobBookmarksEncryption", "s3Encryption"],
    "encryptionConfiguration.cloudwatchEncryption": ["cloudwatchEncryptionMode", "kmsKeyArn"],
    "encryptionConfiguration.jobBookmarksEncryption": ["jobBookmarksEncryptionMode", "kmsKeyArn"],
    "encryptionConfiguration.s3Encryption": ["kmsKeyArn", "s3EncryptionMode"],
  },
  // AWS has no call that changes one.
  replaceOn: ["encryptionConfiguration", "name"],
  computed: [],
  autoName: { input: "name" },
  idOf: ({ name }) => name,
  checks: {
    "encryptionConfiguration.cloudwatchEncryption.cloudwatchEncryptionMode": oneOf(
      "DISABLED",
      "SSE-KMS",
    ),
    "encryptionConfiguration.jobBookmarksEncryption.jobBookmarksEncryptionMode": oneOf(
      "DISABLED",
      "CSE-KMS",
    ),
    "encryptionConfiguration.s3Encryption.s3EncryptionMode": oneOf("DISABLED", "SSE-KMS", "SSE-S3"),
    name: length(1, Infinity),
  },
  source: {
    file: "internal/service/glue/security_configuration.go",
  },
  async create({ name, encryptionConfiguration }) {
    const { cloudwatchEncryption, jobBookmarksEncryption, s3Encryption } = encryptionConfiguration;
    await glue.send(
      new CreateSecurityConfigurationCommand({
        Name: name,
        EncryptionConfiguration: {
          CloudWatchEncryption: {
            CloudWatchEncryptionMode: (cloudwatchEncryption.cloudwatchEncryptionMode ??
              "DISABLED") as CloudWatchEncryptionMode,
            KmsKeyArn: cloudwatchEncryption.kmsKeyArn,
          },
          JobBookmarksEncryption: {
            JobBookmarksEncryptionMode: (jobBookmarksEncryption.jobBookmarksEncryptionMode ??
              "DISABLED") as JobBookmarksEncryptionMode,
            KmsKeyArn: jobBookmarksEncryption.kmsKeyArn,
          },
          S3Encryption: [
            {
              S3EncryptionMode: (s3Encryption.s3EncryptionMode ?? "DISABLED") as S3EncryptionMode,
              KmsKeyArn: s3Encryption.kmsKeyArn,
            },
          ],
        },
      }),
    );
    return { id: name as string, outputs: {} };
  },
  async read(id) {
    const found = await ifThere(
      glue.send(new GetSecurityConfigurationCommand({ Name: id })),
      "EntityNotFoundException",
    );
    const there = found?.SecurityConfiguration?.EncryptionConfiguration;
    const [s3] = there?.S3Encryption ?? [];
    return (
      there && {
        name: id,
        encryptionConfiguration: {
          cloudwatchEncryption: {
            cloudwatchEncryptionMode: there.CloudWatchEncryption?.CloudWatchEncryptionMode,
            kmsKeyArn: there.CloudWatchEncryption?.KmsKeyArn,
          },
          jobBookmarksEncryption: {
            jobBookmarksEncryptionMode: there.JobBookmarksEncryption?.JobBookmarksEncryptionMode,
            kmsKeyArn: there.JobBookmarksEncryption?.KmsKeyArn,
          },
          s3Encryption: { s3EncryptionMode: s3?.S3EncryptionMode, kmsKeyArn: s3?.KmsKeyArn },
        },
      }
    );
  },
  async delete(id) {
    await ifThere(
      glue.send(new DeleteSecurityConfigurationCommand({ Name: id })),
      "EntityNotFoundException",
    );
  },
});

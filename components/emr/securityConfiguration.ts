/**
 * Security configuration of the clusters.
 *
 * At rest, S3 always: by the key of the stack, or by S3's own. Disks only with a key of the stack:
 * EMR takes no other than a KMS key whose policy the roles fit into, and none that AWS manages. With
 * it, EBS volumes are encrypted with the root volume, and instance stores by LUKS. In transit, when
 * there are certificates. The metadata service answers to IMDSv2 alone, and to no container.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-create-security-configuration.html
 */
export function securityConfiguration(args: {
  readonly kmsKeyArn?: string;
  readonly certificateObject?: string;
}): Readonly<Record<string, unknown>> {
  const { kmsKeyArn, certificateObject } = args;
  return {
    EncryptionConfiguration: {
      EnableAtRestEncryption: true,
      AtRestEncryptionConfiguration:
        kmsKeyArn === undefined
          ? { S3EncryptionConfiguration: { EncryptionMode: "SSE-S3" } }
          : {
              S3EncryptionConfiguration: { EncryptionMode: "SSE-KMS", AwsKmsKey: kmsKeyArn },
              LocalDiskEncryptionConfiguration: {
                EncryptionKeyProviderType: "AwsKms",
                AwsKmsKey: kmsKeyArn,
                EnableEbsEncryption: true,
              },
            },
      EnableInTransitEncryption: certificateObject !== undefined,
      ...(certificateObject === undefined
        ? {}
        : {
            InTransitEncryptionConfiguration: {
              TLSCertificateConfiguration: {
                CertificateProviderType: "PEM",
                S3Object: certificateObject,
              },
            },
          }),
    },
    InstanceMetadataServiceConfiguration: {
      MinimumInstanceMetadataServiceVersion: 2,
      HttpPutResponseHopLimit: 1,
    },
  };
}

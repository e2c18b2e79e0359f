import { emrAutoTermination } from "../../../policy/rules/emr/emr-auto-termination";
import { emrBlockPublicAccess } from "../../../policy/rules/emr/emr-block-public-access";
import { emrEbsEncryption } from "../../../policy/rules/emr/emr-ebs-encryption";
import { emrEncryptionAtRest } from "../../../policy/rules/emr/emr-encryption-at-rest";
import { emrEncryptionInTransit } from "../../../policy/rules/emr/emr-encryption-in-transit";
import { emrInstanceProfile } from "../../../policy/rules/emr/emr-instance-profile";
import { emrKerberos } from "../../../policy/rules/emr/emr-kerberos";
import { emrLogging } from "../../../policy/rules/emr/emr-logging";
import { emrRelease } from "../../../policy/rules/emr/emr-release";
import { emrSecurityConfiguration } from "../../../policy/rules/emr/emr-security-configuration";
import { emrStudioOwnKey } from "../../../policy/rules/emr/emr-studio-own-key";
import { UNKNOWN, table } from "../graph";
import { variants } from "../variants";

const CLUSTER = "aws:emr/cluster:Cluster";
const SECURITY = "aws:emr/securityConfiguration:SecurityConfiguration";
const STUDIO = "aws:emr/studio:Studio";
const BLOCK = "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration";

table(
  emrSecurityConfiguration,
  variants(
    CLUSTER,
    { securityConfiguration: "encrypted" },
    {
      passes: { "its name is not known yet": { securityConfiguration: UNKNOWN } },
      refuses: {
        "there is none": [
          { securityConfiguration: undefined },
          /of the cluster subject is missing/,
        ],
      },
    },
  ),
);

const AT_REST = {
  S3EncryptionConfiguration: { EncryptionMode: "SSE-S3" },
  LocalDiskEncryptionConfiguration: {
    EncryptionKeyProviderType: "AwsKms",
    AwsKmsKey: "arn:aws:kms:us-east-1:123456789012:key/1",
    EnableEbsEncryption: true,
  },
};
const IN_TRANSIT = {
  TLSCertificateConfiguration: { CertificateProviderType: "PEM", S3Object: "s3://b/c.zip" },
};
const encryption = (changes: Record<string, unknown>) => ({
  configuration: JSON.stringify({
    EncryptionConfiguration: {
      EnableAtRestEncryption: true,
      AtRestEncryptionConfiguration: AT_REST,
      EnableInTransitEncryption: true,
      InTransitEncryptionConfiguration: IN_TRANSIT,
      ...changes,
    },
  }),
});
const atRest = (changes: Record<string, unknown>) =>
  encryption({ AtRestEncryptionConfiguration: { ...AT_REST, ...changes } });
const localDisk = (changes: Record<string, unknown>) =>
  atRest({
    LocalDiskEncryptionConfiguration: { ...AT_REST.LocalDiskEncryptionConfiguration, ...changes },
  });
const silent = { configuration: JSON.stringify({ AuthenticationConfiguration: {} }) };
const NO_JSON = /configuration subject is no JSON object; give it one/;
const broken = {
  "it is no JSON": [{ configuration: "{" }, NO_JSON],
  "it is no object": [{ configuration: "[]" }, NO_JSON],
} as const;
const unknown = {
  "the configuration is not known": [{ configuration: UNKNOWN }, /configuration/],
} as const;

table(
  emrEncryptionAtRest,
  variants(SECURITY, encryption({}), {
    passes: Object.fromEntries(
      ["SSE-KMS", "CSE-KMS", "CSE-Custom"].map((EncryptionMode) => [
        `objects have ${EncryptionMode}`,
        atRest({ S3EncryptionConfiguration: { EncryptionMode } }),
      ]),
    ),
    refuses: {
      "it is off": [encryption({ EnableAtRestEncryption: false }), /is false; true is needed/],
      "nothing is said": [silent, /is missing; true is needed/],
      "objects are left out": [
        atRest({ S3EncryptionConfiguration: undefined }),
        /S3EncryptionConfiguration\.EncryptionMode is missing; EMR takes SSE-S3, SSE-KMS, CSE-KMS/,
      ],
      "objects are encrypted in a way that EMR does not know": [
        atRest({ S3EncryptionConfiguration: { EncryptionMode: "AwsS3" } }),
        /EncryptionMode is AwsS3; EMR takes SSE-S3/,
      ],
      "the objects' mode is no text": [
        atRest({ S3EncryptionConfiguration: { EncryptionMode: true } }),
        /EncryptionMode is true; EMR takes/,
      ],
      "disks have a key of a kind that EMR does not know": [
        localDisk({ EncryptionKeyProviderType: "AwsS3" }),
        /EncryptionKeyProviderType is AwsS3; EMR takes AwsKms, Custom/,
      ],
      "disks are left out": [
        atRest({ LocalDiskEncryptionConfiguration: undefined }),
        /LocalDiskEncryptionConfiguration\.EncryptionKeyProviderType is missing/,
      ],
      "both are left out": [
        encryption({ AtRestEncryptionConfiguration: undefined }),
        [/S3EncryptionConfiguration.* is missing/, /LocalDiskEncryptionConfiguration.* is missing/],
      ],
      ...broken,
    },
    undecided: unknown,
  }),
);

table(
  emrEbsEncryption,
  variants(SECURITY, encryption({}), {
    refuses: {
      "it is off": [
        localDisk({ EnableEbsEncryption: false }),
        /EnableEbsEncryption.*is false; true/,
      ],
      "nothing is said": [localDisk({ EnableEbsEncryption: undefined }), /is missing; true/],
      "nothing is said of encryption": [silent, /is missing; true/],
      "the key is not of KMS": [
        localDisk({ EncryptionKeyProviderType: "Custom" }),
        /is Custom; AwsKms is needed/,
      ],
      ...broken,
    },
    undecided: unknown,
  }),
);

table(
  emrEncryptionInTransit,
  variants(SECURITY, encryption({}), {
    refuses: {
      "it is off": [encryption({ EnableInTransitEncryption: false }), /is false; true is needed/],
      "nothing is said": [silent, /is missing; true is needed/],
      "there is no certificate": [
        encryption({ InTransitEncryptionConfiguration: undefined }),
        /TLSCertificateConfiguration.*is missing/,
      ],
      "the certificate is of a kind that EMR does not know": [
        encryption({
          InTransitEncryptionConfiguration: {
            TLSCertificateConfiguration: { CertificateProviderType: "AwsS3" },
          },
        }),
        /CertificateProviderType is AwsS3; EMR takes PEM, Custom/,
      ],
      ...broken,
    },
    undecided: unknown,
  }),
);

table(
  emrLogging,
  variants(
    CLUSTER,
    { logUri: "s3://logs/emr/" },
    {
      passes: {
        "EMR's older scheme is used": { logUri: "s3n://logs/emr/" },
        "the bucket is not known yet": { logUri: UNKNOWN },
      },
      refuses: {
        "there is none": [{ logUri: undefined }, /logUri.*is missing/],
        "it is not on S3": [{ logUri: "/var/log" }, /is "\/var\/log"; a place on S3/],
        "it names no bucket": [{ logUri: "s3://" }, /is "s3:\/\/"/],
      },
    },
  ),
);

table(
  emrAutoTermination,
  variants(
    CLUSTER,
    { autoTerminationPolicy: { idleTimeout: 3600 } },
    {
      passes: {
        "it ends with its steps": {
          autoTerminationPolicy: undefined,
          keepJobFlowAliveWhenNoSteps: false,
        },
        "it is at the bound": { autoTerminationPolicy: { idleTimeout: 14_400 } },
      },
      refuses: {
        "there is none": [{ autoTerminationPolicy: undefined }, /is missing; at most 14400/],
        "there is none and it stays alive": [
          { autoTerminationPolicy: undefined, keepJobFlowAliveWhenNoSteps: true },
          /is missing; at most 14400/,
        ],
        "it has no time": [{ autoTerminationPolicy: {} }, /is missing/],
        "it is too long": [{ autoTerminationPolicy: { idleTimeout: 86_400 } }, /is 86400; at most/],
      },
      undecided: {
        "it is not known": [{ autoTerminationPolicy: UNKNOWN }, /autoTerminationPolicy/],
      },
      configured: { "the stack wants less": [{}, { longest: 600 }, /is 3600; at most 600/] },
    },
  ),
);

table(
  emrRelease,
  variants(
    CLUSTER,
    { releaseLabel: "emr-7.13.0" },
    {
      refuses: {
        "it is an old one": [
          { releaseLabel: "emr-5.36.0" },
          /is emr-5\.36\.0; one that begins with emr-7\./,
        ],
        "none is named": [{ releaseLabel: undefined }, /is missing/],
      },
      undecided: { "it is not known": [{ releaseLabel: UNKNOWN }, /releaseLabel/] },
      configured: {
        "the stack allows older ones": [
          { releaseLabel: "emr-6.15.0" },
          { prefixes: ["emr-6.15", "emr-7."] },
          undefined,
        ],
        "the stack allows one alone": [{}, { prefixes: ["emr-7.12."] }, /begins with emr-7\.12\./],
      },
    },
  ),
);

const profile = (instanceProfile: unknown) => ({ ec2Attributes: { instanceProfile } });

table(
  emrInstanceProfile,
  variants(
    CLUSTER,
    { ...profile("etl-ec2"), serviceRole: "arn:aws:iam::123456789012:role/etl-emr" },
    {
      passes: { "both are not known yet": { ...profile(UNKNOWN), serviceRole: UNKNOWN } },
      refuses: {
        "the profile is the default": [
          profile("EMR_EC2_DefaultRole"),
          /EMR_EC2_DefaultRole, which/,
        ],
        "the profile is the default by its ARN": [
          profile("arn:aws:iam::123456789012:instance-profile/EMR_EC2_DefaultRole"),
          /instance-profile\/EMR_EC2_DefaultRole, which/,
        ],
        "there is no profile": [profile(undefined), /instanceProfile.*is missing/],
        "the service role is the default": [
          { serviceRole: "EMR_DefaultRole" },
          /serviceRole.*EMR_DefaultRole/,
        ],
        "nothing is said": [
          { ec2Attributes: undefined, serviceRole: undefined },
          [/instanceProfile.*is missing/, /serviceRole.*is missing/],
        ],
      },
    },
  ),
);

table(
  emrKerberos,
  variants(
    CLUSTER,
    { kerberosAttributes: { realm: "EC2.INTERNAL", kdcAdminPassword: UNKNOWN } },
    {
      refuses: {
        "there is none": [{ kerberosAttributes: undefined }, /^kerberosAttributes of/],
        "there is no realm": [
          { kerberosAttributes: { realm: "" } },
          /^kerberosAttributes\.realm of/,
        ],
      },
      undecided: {
        "the realm is not known": [{ kerberosAttributes: { realm: UNKNOWN } }, /realm/],
      },
    },
  ),
);

table(
  emrBlockPublicAccess,
  variants(
    BLOCK,
    { blockPublicSecurityGroupRules: true },
    {
      refuses: {
        "it is off": [{ blockPublicSecurityGroupRules: false }, /is false; true is needed/],
        "nothing is said": [
          { blockPublicSecurityGroupRules: undefined },
          /is missing; true is needed/,
        ],
      },
      undecided: {
        "it is not known": [
          { blockPublicSecurityGroupRules: UNKNOWN },
          /blockPublicSecurityGroupRules/,
        ],
      },
    },
  ),
);

table(
  emrStudioOwnKey,
  variants(
    STUDIO,
    { encryptionKeyArn: "arn:aws:kms:us-east-1:123456789012:key/1" },
    {
      passes: { "the key is not known yet": { encryptionKeyArn: UNKNOWN } },
      refuses: {
        "there is no key": [{ encryptionKeyArn: undefined }, /encryptionKeyArn.*is missing/],
      },
    },
  ),
);

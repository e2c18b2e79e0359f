import { EMR_SECURITY_CONFIGURATION, encryptionOf } from "../../emr";
import { ResourceRule } from "../../rule";
import { shown } from "../../shown";

/** The root volumes and EBS volumes of a cluster are encrypted. */
export const emrEbsEncryption: ResourceRule = {
  name: "emr-ebs-encryption",
  description:
    "An EMR security configuration encrypts EBS volumes, the root volume among them, with a KMS key.",
  severity: "medium",
  reason:
    "Without it only the volumes for data are encrypted, by LUKS: the root volume, where logs and " +
    "packages lie, is not.",
  remediationSteps:
    "Set EnableEbsEncryption to true and EncryptionKeyProviderType to AwsKms in " +
    "LocalDiskEncryptionConfiguration of the aws.emr.SecurityConfiguration.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-data-encryption-options.html",
  also: ["CKV_AWS_350"],
  types: [EMR_SECURITY_CONFIGURATION],
  check: ({ name, props }, report) => {
    const local =
      encryptionOf(props).AtRestEncryptionConfiguration?.LocalDiskEncryptionConfiguration;
    if (local?.EnableEbsEncryption !== true) {
      report(
        `EnableEbsEncryption of the security configuration ${name} is ` +
          `${shown(local?.EnableEbsEncryption)}; true is needed.`,
      );
    } else if (local.EncryptionKeyProviderType !== "AwsKms") {
      report(
        `EncryptionKeyProviderType of the security configuration ${name} is ` +
          `${local.EncryptionKeyProviderType ?? "missing"}; AwsKms is needed for EBS encryption.`,
      );
    }
  },
};

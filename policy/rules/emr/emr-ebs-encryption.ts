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
  check: (resource, report) => {
    const encryption = encryptionOf(resource, report);
    if (encryption === undefined) {
      return;
    }
    const { EnableEbsEncryption: isOn, EncryptionKeyProviderType: provider } =
      encryption.localDisks;
    if (isOn !== true) {
      report(
        `EnableEbsEncryption of the security configuration ${resource.name} is ${shown(isOn)}; true is needed.`,
      );
    } else if (provider !== "AwsKms") {
      report(
        `EncryptionKeyProviderType of the security configuration ${resource.name} is ${shown(provider)}; ` +
          "AwsKms is needed for EBS encryption.",
      );
    }
  },
};

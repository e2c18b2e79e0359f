import { EMR_SECURITY_CONFIGURATION, encryptionOf } from "../../emr";
import { ResourceRule } from "../../rule";
import { shown } from "../../shown";

/** What a cluster keeps, on S3 and on its disks, is encrypted. */
export const emrEncryptionAtRest: ResourceRule = {
  name: "emr-encryption-at-rest",
  description: "An EMR security configuration encrypts data on S3 and on local disks.",
  severity: "high",
  reason: "Disks hold what Spark and HDFS spill: the data itself.",
  remediationSteps:
    "Set EncryptionConfiguration in the configuration of the aws.emr.SecurityConfiguration: " +
    "EnableAtRestEncryption true, with an S3EncryptionConfiguration and a " +
    "LocalDiskEncryptionConfiguration.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-data-encryption-options.html",
  also: ["CKV_AWS_171", "CKV_AWS_349", "EMR4", "EMR.3", "AVD-AWS-0137", "AVD-AWS-0139"],
  types: [EMR_SECURITY_CONFIGURATION],
  check: ({ name, props }, report) => {
    const { EnableAtRestEncryption: isOn, AtRestEncryptionConfiguration: atRest } =
      encryptionOf(props);
    if (isOn !== true) {
      report(
        `EnableAtRestEncryption of the security configuration ${name} is ${shown(isOn)}; true is needed.`,
      );
      return;
    }
    const missing = [
      ...(atRest?.S3EncryptionConfiguration?.EncryptionMode === undefined
        ? ["S3EncryptionConfiguration.EncryptionMode"]
        : []),
      ...(atRest?.LocalDiskEncryptionConfiguration?.EncryptionKeyProviderType === undefined
        ? ["LocalDiskEncryptionConfiguration.EncryptionKeyProviderType"]
        : []),
    ];
    if (missing.length > 0) {
      report(
        `AtRestEncryptionConfiguration of the security configuration ${name} lacks ${missing.join(" and ")}; add it.`,
      );
    }
  },
};

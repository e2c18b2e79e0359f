import {
  EMR_SECURITY_CONFIGURATION,
  KEY_PROVIDERS,
  S3_MODES,
  encryptionOf,
  faultOfChoice,
} from "../../emr";
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
  check: (resource, report) => {
    const encryption = encryptionOf(resource, report);
    if (encryption === undefined) {
      return;
    }
    const { atRest, s3, localDisks } = encryption;
    if (atRest !== true) {
      report(
        `EnableAtRestEncryption of the security configuration ${resource.name} is ${shown(atRest)}; true is needed.`,
      );
      return;
    }
    const faults = [
      faultOfChoice("S3EncryptionConfiguration.EncryptionMode", s3.EncryptionMode, S3_MODES),
      faultOfChoice(
        "LocalDiskEncryptionConfiguration.EncryptionKeyProviderType",
        localDisks.EncryptionKeyProviderType,
        KEY_PROVIDERS,
      ),
    ];
    for (const fault of faults.filter((one) => one !== undefined)) {
      report(
        `In AtRestEncryptionConfiguration of the security configuration ${resource.name} ${fault}.`,
      );
    }
  },
};

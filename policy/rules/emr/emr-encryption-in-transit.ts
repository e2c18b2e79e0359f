import { EMR_SECURITY_CONFIGURATION, encryptionOf } from "../../emr";
import { ResourceRule } from "../../rule";
import { shown } from "../../shown";

/** What the nodes of a cluster send one another is encrypted. */
export const emrEncryptionInTransit: ResourceRule = {
  name: "emr-encryption-in-transit",
  description: "An EMR security configuration encrypts data in transit, with a certificate.",
  severity: "medium",
  reason: "What Spark shuffles between nodes goes over the network as it is otherwise.",
  remediationSteps:
    "Set EnableInTransitEncryption to true and a TLSCertificateConfiguration in EncryptionConfiguration " +
    "of the aws.emr.SecurityConfiguration; the certificate lies on S3 as a zip.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-data-encryption-options.html",
  also: ["CKV_AWS_351", "EMR5", "EMR.4", "AVD-AWS-0138"],
  types: [EMR_SECURITY_CONFIGURATION],
  check: ({ name, props }, report) => {
    const { EnableInTransitEncryption: isOn, InTransitEncryptionConfiguration: inTransit } =
      encryptionOf(props);
    if (isOn !== true) {
      report(
        `EnableInTransitEncryption of the security configuration ${name} is ${shown(isOn)}; ` +
          "true is needed.",
      );
    } else if (inTransit?.TLSCertificateConfiguration?.CertificateProviderType === undefined) {
      report(
        `TLSCertificateConfiguration of the security configuration ${name} is missing; it is needed for ` +
          "EnableInTransitEncryption.",
      );
    }
  },
};

import {
  CERTIFICATE_PROVIDERS,
  EMR_SECURITY_CONFIGURATION,
  encryptionOf,
  faultOfChoice,
} from "../../emr";
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
  check: (resource, report) => {
    const encryption = encryptionOf(resource, report);
    if (encryption === undefined) {
      return;
    }
    const { inTransit, certificate } = encryption;
    if (inTransit !== true) {
      report(
        `EnableInTransitEncryption of the security configuration ${resource.name} is ${shown(inTransit)}; ` +
          "true is needed.",
      );
      return;
    }
    const fault = faultOfChoice(
      "TLSCertificateConfiguration.CertificateProviderType",
      certificate.CertificateProviderType,
      CERTIFICATE_PROVIDERS,
    );
    if (fault !== undefined) {
      report(
        `In InTransitEncryptionConfiguration of the security configuration ${resource.name} ${fault}.`,
      );
    }
  },
};

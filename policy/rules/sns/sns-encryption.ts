import { ResourceRule } from "../../rule";
import { TOPIC } from "../../topics";

/** A topic's messages are encrypted. */
export const snsEncryption: ResourceRule = {
  name: "sns-encryption",
  description: "Every topic encrypts its messages with a KMS key.",
  severity: "medium",
  reason:
    "Without a KMS key only the disks of SNS are encrypted, and no key policy says who reads the messages.",
  remediationSteps:
    'Set kmsMasterKeyId to a KMS key that the publishers may use, or to "alias/aws/sns" where none of them is ' +
    "an AWS service.",
  url: "https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html",
  also: ["CKV_AWS_26", "SNS.1", "AVD-AWS-0095", "sns_topics_kms_encryption_at_rest_enabled"],
  types: [TOPIC],
  check: ({ name, props }, report) => {
    const { kmsMasterKeyId } = props;
    if (kmsMasterKeyId === undefined || kmsMasterKeyId === null || kmsMasterKeyId === "") {
      report(`The kmsMasterKeyId of the topic ${name} is missing; a KMS key is needed.`);
    }
  },
};

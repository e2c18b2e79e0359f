import { isGiven } from "../../environments";
import { LOG_GROUP } from "../../types";
import { ResourceRule } from "../../rule";

/** A log group is encrypted with a key of the account. */
export const logsEncryption: ResourceRule = {
  name: "logs-encryption",
  description: "Every log group is encrypted with a KMS key of the account.",
  severity: "medium",
  reason:
    "CloudWatch Logs encrypts with a key of its own; only a key of the account lets you say who reads the " +
    "events, see who did, and end it.",
  remediationSteps: "Set kmsKeyId to the ARN of a KMS key whose policy admits CloudWatch Logs.",
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
  also: ["CKV_AWS_158", "AVD-AWS-0017", "cloudwatch_log_group_kms_encryption_enabled"],
  types: [LOG_GROUP],
  check: ({ name, props }, report) => {
    if (!isGiven(() => props.kmsKeyId)) {
      report(`The kmsKeyId of the log group ${name} is missing; the ARN of a KMS key is needed.`);
    }
  },
};

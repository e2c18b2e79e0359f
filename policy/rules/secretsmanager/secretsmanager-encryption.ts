import { ResourceRule } from "../../rule";
import { textOf } from "../../text";

/** A secret is encrypted with a key of the account. */
export const secretsmanagerEncryption: ResourceRule = {
  name: "secretsmanager-encryption",
  description: "Every secret of Secrets Manager is encrypted with a KMS key of the account.",
  severity: "medium",
  reason:
    "Secrets Manager encrypts with aws/secretsmanager, whose policy nobody can change; only a key of the " +
    "account says who reads the secret, and lets another account do so.",
  remediationSteps: "Set kmsKeyId to the ARN or id of a KMS key.",
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
  also: ["CKV_AWS_149", "AVD-AWS-0098"],
  types: ["aws:secretsmanager/secret:Secret"],
  check: ({ name, props }, report) => {
    const keyId = textOf(props.kmsKeyId) ?? "";
    if (keyId === "" || keyId.endsWith("alias/aws/secretsmanager")) {
      report(
        `The kmsKeyId of the secret ${name} is "${keyId || "missing"}"; a KMS key of the account is needed.`,
      );
    }
  },
};

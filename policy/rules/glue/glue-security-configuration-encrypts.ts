import { GLUE_SECURITY_CONFIGURATION } from "../../glue";
import { ResourceRule } from "../../rule";

const PARTS: readonly (readonly [string, string, readonly string[]])[] = [
  ["cloudwatchEncryption", "cloudwatchEncryptionMode", ["SSE-KMS"]],
  ["jobBookmarksEncryption", "jobBookmarksEncryptionMode", ["CSE-KMS"]],
  ["s3Encryption", "s3EncryptionMode", ["SSE-KMS", "SSE-S3"]],
];

/** A security configuration encrypts all that it can. */
export const glueSecurityConfigurationEncrypts: ResourceRule = {
  name: "glue-security-configuration-encrypts",
  description: "A Glue security configuration encrypts logs, bookmarks and what is written to S3.",
  severity: "medium",
  reason:
    "A job that names a configuration looks protected, also where the configuration switches protection " +
    "off.",
  remediationSteps:
    "Set cloudwatchEncryptionMode to SSE-KMS, jobBookmarksEncryptionMode to CSE-KMS and s3EncryptionMode " +
    "to SSE-KMS or SSE-S3 in encryptionConfiguration of the aws.glue.SecurityConfiguration.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html",
  also: ["CKV_AWS_99", "GL1", "GL3"],
  types: [GLUE_SECURITY_CONFIGURATION],
  check: ({ name, props }, report) => {
    const configuration = props.encryptionConfiguration as
      Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>> | undefined;
    for (const [part, property, modes] of PARTS) {
      const mode = configuration?.[part]?.[property] as string | undefined;
      if (mode === undefined || !modes.includes(mode)) {
        report(
          `${part}.${property} of the security configuration ${name} is ${mode ?? "missing"}; ` +
            `${modes.join(" or ")} is needed.`,
        );
      }
    }
  },
};

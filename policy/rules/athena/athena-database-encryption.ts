import { ATHENA_DATABASE, ENCRYPTION_OPTIONS } from "../../athena";
import { ResourceRule } from "../../rule";

/** What Athena writes when it creates a database is encrypted. */
export const athenaDatabaseEncryption: ResourceRule = {
  name: "athena-database-encryption",
  description: "Every database that is created by Athena has an encryption configuration.",
  severity: "medium",
  reason:
    "Athena makes such a database by queries, whose results it writes to the bucket as they are.",
  remediationSteps:
    'Set encryptionConfiguration.encryptionOption to "SSE_S3", or to "SSE_KMS" with kmsKey; or create the ' +
    "database with aws.glue.CatalogDatabase, which needs no query.",
  url: "https://docs.aws.amazon.com/athena/latest/ug/encryption.html",
  also: ["CKV_AWS_77", "AVD-AWS-0006"],
  types: [ATHENA_DATABASE],
  check: ({ name, props }, report) => {
    const encryption = props.encryptionConfiguration as
      { encryptionOption?: string } | undefined | null;
    const option = encryption?.encryptionOption;
    if (option === undefined || !ENCRYPTION_OPTIONS.includes(option)) {
      report(
        `The encryptionOption of the database ${name} is "${option ?? "missing"}"; one of ` +
          `${ENCRYPTION_OPTIONS.join(", ")} is needed.`,
      );
    }
  },
};

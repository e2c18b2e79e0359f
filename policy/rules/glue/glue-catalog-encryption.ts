import { GLUE_CATALOG_SETTINGS } from "../../glue";
import { ResourceRule } from "../../rule";
import { shown } from "../../shown";

interface Settings {
  readonly encryptionAtRest?: { readonly catalogEncryptionMode?: string };
  readonly connectionPasswordEncryption?: { readonly returnConnectionPasswordEncrypted?: boolean };
}

const MODES = ["SSE-KMS", "SSE-KMS-WITH-SERVICE-ROLE"];

/** The account's catalog is encrypted, where the stack has a say in it. */
export const glueCatalogEncryption: ResourceRule = {
  name: "glue-catalog-encryption",
  description:
    "A stack that sets the encryption of the account's Glue Data Catalog switches it on.",
  severity: "medium",
  reason:
    "The catalog names every table, column and place of data of the account, and its connections hold " +
    "passwords.",
  remediationSteps:
    "Set encryptionAtRest.catalogEncryptionMode to SSE-KMS and " +
    "connectionPasswordEncryption.returnConnectionPasswordEncrypted to true in the " +
    "aws.glue.DataCatalogEncryptionSettings.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html",
  also: ["CKV_AWS_94"],
  types: [GLUE_CATALOG_SETTINGS],
  // The settings are one for the account and region: a stack without them says nothing of the catalog.
  check: ({ name, props }, report) => {
    const settings = props.dataCatalogEncryptionSettings as Settings | undefined;
    const mode = settings?.encryptionAtRest?.catalogEncryptionMode;
    if (mode === undefined || !MODES.includes(mode)) {
      report(
        `encryptionAtRest.catalogEncryptionMode of ${name} is ${mode ?? "missing"}; ${MODES.join(" or ")} is needed.`,
      );
    }
    const hidden = settings?.connectionPasswordEncryption?.returnConnectionPasswordEncrypted;
    if (hidden !== true) {
      report(
        `connectionPasswordEncryption.returnConnectionPasswordEncrypted of ${name} is ` +
          `${shown(hidden)}; true is needed.`,
      );
    }
  },
};

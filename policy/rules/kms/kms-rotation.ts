import { KMS_KEY } from "../../kms";
import { ResourceRule } from "../../rule";

/** A key gets new material every year. */
export const kmsRotation: ResourceRule = {
  name: "kms-rotation",
  description: "Every symmetric KMS key whose material KMS made is rotated automatically.",
  severity: "medium",
  reason:
    "Without rotation one key's material encrypts everything for as long as the key lives. Older data stays " +
    "readable: KMS keeps the old material.",
  remediationSteps: "Set enableKeyRotation to true.",
  url: "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
  also: ["CKV_AWS_7", "KMS5", "KMS.4", "AVD-AWS-0065", "kms_cmk_rotation_enabled"],
  types: [KMS_KEY],
  check: ({ name, props }, report) => {
    if (isRotatable(props) && props.enableKeyRotation !== true) {
      report(
        `The enableKeyRotation of the key ${name} is ${(props.enableKeyRotation as boolean | undefined) ?? "missing"}; ` +
          "true is needed.",
      );
    }
  },
};

/** Only such keys can be rotated automatically; the page is the rule's. */
function isRotatable({
  customerMasterKeySpec,
  keyUsage,
  customKeyStoreId,
  xksKeyId,
}: Record<string, unknown>): boolean {
  return (
    (customerMasterKeySpec ?? "SYMMETRIC_DEFAULT") === "SYMMETRIC_DEFAULT" &&
    (keyUsage ?? "ENCRYPT_DECRYPT") === "ENCRYPT_DECRYPT" &&
    !customKeyStoreId &&
    !xksKeyId
  );
}

import { KMS_KEY, REPLICA_KEY } from "../../kms";
import { ResourceRule } from "../../rule";

/** A key can be used. */
export const kmsKeyEnabled: ResourceRule = {
  name: "kms-key-enabled",
  description: "No KMS key is disabled.",
  severity: "high",
  reason:
    "What a disabled key encrypted cannot be read or written: buckets, log groups and environments that use it " +
    "fail.",
  remediationSteps:
    "Leave isEnabled (enabled) out or set it to true; delete a key that is not needed.",
  url: "https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html",
  also: ["CKV_AWS_227"],
  // A key with material from elsewhere is disabled until that is there.
  types: [KMS_KEY, REPLICA_KEY],
  check: ({ type, name, props }, report) => {
    const property = type === KMS_KEY ? "isEnabled" : "enabled";
    if (props[property] === false) {
      report(`The ${property} of the key ${name} is false; true is needed.`);
    }
  },
};

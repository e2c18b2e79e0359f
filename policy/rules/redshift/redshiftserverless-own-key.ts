import { isGiven } from "../../environments";
import { NAMESPACE } from "../../redshift";
import { ResourceRule } from "../../rule";

/** In production the data is encrypted with a key whose use the team decides on. */
export const redshiftserverlessOwnKey: ResourceRule = {
  name: "redshiftserverless-own-key",
  description: "A Redshift Serverless namespace is encrypted with a customer managed key.",
  severity: "medium",
  reason: "Who may use the key that AWS owns cannot be limited, nor its use seen.",
  remediationSteps:
    "Set kmsKeyId of the aws.redshiftserverless.Namespace, in this project encryptionKey: own.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-kms-customer-managed-key.html",
  also: ["CKV_AWS_282", "RedshiftServerless.4"],
  types: [NAMESPACE],
  check: ({ name, props }, report) => {
    if (!isGiven(() => props.kmsKeyId)) {
      report(`kmsKeyId of the namespace ${name} is missing; a key of your own is needed.`);
    }
  },
};

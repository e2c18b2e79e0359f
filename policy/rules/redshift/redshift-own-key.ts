import { isGiven } from "../../environments";
import { CLUSTER } from "../../redshift";
import { ResourceRule } from "../../rule";

/** In production the data is encrypted with a key whose use the team decides on. */
export const redshiftOwnKey: ResourceRule = {
  name: "redshift-own-key",
  description: "A Redshift cluster is encrypted with a customer managed key.",
  severity: "medium",
  reason: "Who may use AWS's own key cannot be limited, and snapshots under it cannot be shared.",
  remediationSteps: "Set kmsKeyId of the aws.redshift.Cluster, in this project encryptionKey: own.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-db-encryption.html",
  also: ["CKV_AWS_142", "AVD-AWS-0084"],
  types: [CLUSTER],
  check: ({ name, props }, report) => {
    if (!isGiven(() => props.kmsKeyId)) {
      report(`kmsKeyId of the cluster ${name} is missing; a key of your own is needed.`);
    }
  },
};

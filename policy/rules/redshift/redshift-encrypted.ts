import { CLUSTER, isOn } from "../../redshift";
import { ResourceRule } from "../../rule";

/** A cluster is encrypted. */
export const redshiftEncrypted: ResourceRule = {
  name: "redshift-encrypted",
  description: "A Redshift cluster is encrypted at rest.",
  severity: "high",
  reason: "A copy of its disks or snapshots could be read by whoever gets hold of it.",
  remediationSteps: 'Leave encrypted of the aws.redshift.Cluster out, or set it to "true".',
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-db-encryption.html",
  also: ["CKV_AWS_64", "Redshift.10", "RS6"],
  repair: ({ type, props }) =>
    type === CLUSTER && !isOn(props.encrypted ?? true) ? { encrypted: "true" } : undefined,
  types: [CLUSTER],
  check: ({ name, props }, report) => {
    // The provider's default is true.
    if (!isOn(props.encrypted ?? true)) {
      report(`encrypted of the cluster ${name} is ${String(props.encrypted)}; "true" is needed.`);
    }
  },
};

import { CLUSTER, isOn } from "../../redshift";
import { ResourceRule } from "../../rule";

/** A cluster gets new versions of the engine. */
export const redshiftVersionUpgrade: ResourceRule = {
  name: "redshift-version-upgrade",
  description: "A Redshift cluster takes major upgrades in its maintenance window.",
  severity: "medium",
  reason: "A version that is no longer supported gets no more patches.",
  remediationSteps: "Leave allowVersionUpgrade of the aws.redshift.Cluster out, or set it to true.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html",
  also: ["CKV_AWS_141", "Redshift.6", "RS9"],
  types: [CLUSTER],
  check: ({ name, props }, report) => {
    // The provider's default is true.
    if (!isOn(props.allowVersionUpgrade ?? true)) {
      report(`allowVersionUpgrade of the cluster ${name} is false; true is needed.`);
    }
  },
};

import { CLUSTER, isOn } from "../../redshift";
import { ResourceRule } from "../../rule";

/** A cluster has no public address. */
export const redshiftNotPublic: ResourceRule = {
  name: "redshift-not-public",
  description: "A Redshift cluster is not publicly accessible.",
  severity: "critical",
  reason:
    "A public cluster has an address on the internet, where its password can be tried from everywhere.",
  remediationSteps:
    "Leave publiclyAccessible of the aws.redshift.Cluster out, or set it to false; reach it by the " +
    "Redshift Data API or from inside the VPC.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/managing-clusters-vpc.html",
  also: ["CKV_AWS_87", "Redshift.1", "RS8"],
  types: [CLUSTER],
  check: ({ name, props }, report) => {
    if (isOn(props.publiclyAccessible)) {
      report(`publiclyAccessible of the cluster ${name} is true; false is needed.`);
    }
  },
};

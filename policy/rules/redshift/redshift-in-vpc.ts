import { isGiven } from "../../environments";
import { CLUSTER } from "../../redshift";
import { ResourceRule } from "../../rule";

/** A cluster is in subnets of the team's own. */
export const redshiftInVpc: ResourceRule = {
  name: "redshift-in-vpc",
  description: "A Redshift cluster names the subnets that it is in.",
  severity: "medium",
  reason: "Where none are named the cluster comes into the default VPC, whose subnets are public.",
  remediationSteps:
    "Set clusterSubnetGroupName of the aws.redshift.Cluster to an aws.redshift.SubnetGroup of private " +
    "subnets.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-cluster-subnet-groups.html",
  also: ["CKV_AWS_154", "RS2", "AVD-AWS-0127"],
  types: [CLUSTER],
  check: ({ name, props }, report) => {
    if (!isGiven(() => props.clusterSubnetGroupName)) {
      report(
        `clusterSubnetGroupName of the cluster ${name} is missing; a group of private subnets is needed.`,
      );
    }
  },
};

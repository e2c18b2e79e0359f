import { CLUSTER, isOn } from "../../redshift";
import { ResourceRule } from "../../rule";
import { shown } from "../../shown";

/** COPY and UNLOAD go through the VPC, where its routes, endpoints and flow logs apply. */
export const redshiftEnhancedVpcRouting: ResourceRule = {
  name: "redshift-enhanced-vpc-routing",
  description: "A Redshift cluster uses enhanced VPC routing.",
  severity: "medium",
  reason:
    "Otherwise COPY and UNLOAD reach S3 outside the VPC, past endpoint policies and flow logs.",
  remediationSteps:
    "Set enhancedVpcRouting of the aws.redshift.Cluster to true and give its subnets a route to S3, such " +
    "as a gateway endpoint; or suppress the rule where the bucket policy and the COPY role bound what " +
    "can be reached.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/enhanced-vpc-routing.html",
  also: ["CKV_AWS_321", "Redshift.7"],
  types: [CLUSTER],
  check: ({ name, props }, report) => {
    if (!isOn(props.enhancedVpcRouting)) {
      report(
        `enhancedVpcRouting of the cluster ${name} is ${shown(props.enhancedVpcRouting)}; true is needed.`,
      );
    }
  },
};

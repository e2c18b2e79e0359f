import { EMR_CLUSTER } from "../../emr";
import { isGiven } from "../../environments";
import { ResourceRule } from "../../rule";

/** A cluster has a security configuration. */
export const emrSecurityConfiguration: ResourceRule = {
  name: "emr-security-configuration",
  description: "An EMR cluster names a security configuration.",
  severity: "high",
  reason:
    "Encryption of an EMR cluster is set there and nowhere else, and cannot be added to a cluster that " +
    "runs.",
  remediationSteps:
    "Set securityConfiguration of the aws.emr.Cluster to the name of an aws.emr.SecurityConfiguration.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-security-configurations.html",
  also: ["CKV2_AWS_55"],
  types: [EMR_CLUSTER],
  check: ({ name, props }, report) => {
    if (!isGiven(() => props.securityConfiguration)) {
      report(`securityConfiguration of the cluster ${name} is missing; the name of one is needed.`);
    }
  },
};

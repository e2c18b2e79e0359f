import { EMR_CLUSTER } from "../../emr";
import { ResourceRule } from "../../rule";

/** Users of a cluster have to say who they are. */
export const emrKerberos: ResourceRule = {
  name: "emr-kerberos",
  description: "An EMR cluster authenticates its users by Kerberos, with a realm.",
  severity: "low",
  reason:
    "Hadoop believes any user name that it is told otherwise; whoever reaches the cluster reads all of " +
    "HDFS.",
  remediationSteps:
    "Set kerberosAttributes of the aws.emr.Cluster, with a realm; or suppress the rule where one role " +
    "alone uses the cluster and its groups admit nobody else. EMR Notebooks do not work with Kerberos.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-kerberos.html",
  also: ["CKV_AWS_114"],
  types: [EMR_CLUSTER],
  check: ({ name, props }, report) => {
    const kerberos = props.kerberosAttributes as { realm?: string } | undefined;
    if ((kerberos?.realm ?? "") === "") {
      report(
        `${kerberos === undefined ? "kerberosAttributes" : "kerberosAttributes.realm"} of the cluster ${name} ` +
          "is missing; it is needed for users to be authenticated.",
      );
    }
  },
};

import { checkParameter, parameterSubjects } from "../../redshift";
import { StackRule } from "../../rule";

/** Connections to a cluster without TLS are refused. */
export const redshiftRequireSsl: StackRule = {
  name: "redshift-require-ssl",
  description: "A Redshift cluster's parameter group has require_ssl on.",
  severity: "medium",
  reason: "Otherwise a client may send its password and data in the clear.",
  remediationSteps:
    'Give the cluster an aws.redshift.ParameterGroup that sets require_ssl to "true".',
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/connecting-ssl-support.html",
  also: ["CKV_AWS_105", "Redshift.2", "RS1"],
  subjects: parameterSubjects,
  checkInStack: (cluster, graph, report) =>
    checkParameter(cluster, graph, report, { name: "require_ssl", value: "true" }),
};

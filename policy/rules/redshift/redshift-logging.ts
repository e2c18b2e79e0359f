import { checkCompanion, given, withLoneCompanions } from "../../companions";
import { CLUSTER, CLUSTER_LOGGING, isOn, missingAuditLogs } from "../../redshift";
import { StackRule } from "../../rule";

/** A cluster writes all its audit logs. */
export const redshiftLogging: StackRule = {
  name: "redshift-logging",
  description:
    "Every Redshift cluster of the stack has its connection, user and user activity logs written.",
  severity: "medium",
  reason:
    "Without them nobody can tell afterwards who connected, who was given rights, and what was queried.",
  remediationSteps:
    'Give the cluster an aws.redshift.Logging with logDestinationType "cloudwatch" and logExports ' +
    "connectionlog, useractivitylog and userlog, or with a bucketName.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html",
  also: ["CKV_AWS_71", "Redshift.4", "RS5"],
  subjects: (graph) =>
    withLoneCompanions(graph, {
      of: [CLUSTER],
      types: [CLUSTER_LOGGING],
      property: "clusterIdentifier",
    }),
  checkInStack: (cluster, graph, report) =>
    checkCompanion(cluster, "cluster", graph, report, {
      of: [CLUSTER],
      types: [CLUSTER_LOGGING],
      property: "clusterIdentifier",
      what: "aws.redshift.Logging",
      fault: ({ name, props }) => {
        // A bucket gets all three.
        if (props.logDestinationType !== "cloudwatch") {
          return undefined;
        }
        const missing = missingAuditLogs(props.logExports);
        return missing.length === 0
          ? undefined
          : `logExports of ${name} lacks ${missing.join(", ")}; add it.`;
      },
      // As it was written up to version 6 of the provider.
      within: () => isOn((given(cluster, "logging") as { enable?: boolean } | undefined)?.enable),
    }),
};

import { NAMESPACE, missingAuditLogs } from "../../redshift";
import { ResourceRule } from "../../rule";

/** A namespace exports all its audit logs. */
export const redshiftserverlessAuditLogs: ResourceRule = {
  name: "redshiftserverless-audit-logs",
  description:
    "A Redshift Serverless namespace exports its connection, user and user activity logs.",
  severity: "medium",
  reason:
    "Without them nobody can tell afterwards who connected, who was given rights, and what was queried.",
  remediationSteps:
    "Set logExports of the aws.redshiftserverless.Namespace to connectionlog, useractivitylog and " +
    "userlog.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-audit-logging.html",
  also: ["RedshiftServerless.6"],
  types: [NAMESPACE],
  check: ({ name, props }, report) => {
    const missing = missingAuditLogs(props.logExports);
    if (missing.length > 0) {
      report(`logExports of the namespace ${name} lacks ${missing.join(", ")}; add it.`);
    }
  },
};

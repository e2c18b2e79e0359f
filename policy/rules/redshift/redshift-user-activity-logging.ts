import { checkParameter, parameterSubjects } from "../../redshift";
import { StackRule } from "../../rule";

/** A cluster writes what is queried. */
export const redshiftUserActivityLogging: StackRule = {
  name: "redshift-user-activity-logging",
  description: "A Redshift cluster's parameter group has enable_user_activity_logging on.",
  severity: "medium",
  reason:
    "Redshift writes the user activity log, the one with the queries, only where this parameter is true; " +
    "its default is false.",
  remediationSteps:
    'Give the cluster an aws.redshift.ParameterGroup that sets enable_user_activity_logging to "true".',
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html",
  also: ["RS11"],
  subjects: parameterSubjects,
  checkInStack: (cluster, graph, report) =>
    checkParameter(cluster, graph, report, {
      name: "enable_user_activity_logging",
      value: "true",
    }),
};

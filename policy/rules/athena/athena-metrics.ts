import { WORKGROUP, configurationOf } from "../../athena";
import { ResourceRule } from "../../rule";

/** A workgroup tells CloudWatch what its queries cost. */
export const athenaMetrics: ResourceRule = {
  name: "athena-metrics",
  description: "Every Athena workgroup publishes metrics of its queries to CloudWatch.",
  severity: "low",
  reason:
    "Without metrics nobody sees failing queries, nor how much data they scan, which is what is paid for.",
  remediationSteps: "Set configuration.publishCloudwatchMetricsEnabled to true.",
  url: "https://docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html",
  also: ["Athena.4"],
  types: [WORKGROUP],
  check: ({ name, props }, report) => {
    const configuration = configurationOf(props);
    if (configuration === undefined) {
      report(
        `The workgroup ${name} has no configuration; one with publishCloudwatchMetricsEnabled true is needed.`,
      );
      // The provider's default within a configuration is true.
    } else if ((configuration.publishCloudwatchMetricsEnabled ?? true) !== true) {
      report(
        `The configuration.publishCloudwatchMetricsEnabled of the workgroup ${name} is false; true is needed.`,
      );
    }
  },
};

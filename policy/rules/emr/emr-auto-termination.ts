import { EMR_CLUSTER } from "../../emr";
import { ResourceRule } from "../../rule";

/** A cluster that nobody uses ends. */
export const emrAutoTermination: ResourceRule = {
  name: "emr-auto-termination",
  description: "An EMR cluster ends when it is idle, or when its steps are done.",
  severity: "medium",
  reason: "A cluster is billed while it runs: one that its DAG forgot, or could not end, for ever.",
  remediationSteps:
    "Set autoTerminationPolicy of the aws.emr.Cluster to { idleTimeout: <seconds> }, or " +
    "keepJobFlowAliveWhenNoSteps to false.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-auto-termination-policy.html",
  parameters: {
    longest: {
      type: "integer",
      minimum: 60,
      maximum: 604_800,
      description: "Longest time that a cluster may be idle, in seconds.",
      default: 14_400,
    },
  },
  types: [EMR_CLUSTER],
  check: ({ name, props }, report, { longest }) => {
    // The provider's default is true.
    if (props.keepJobFlowAliveWhenNoSteps === false) {
      return;
    }
    const policy = props.autoTerminationPolicy as { idleTimeout?: number } | undefined;
    const idle = policy?.idleTimeout;
    if (idle === undefined || idle > (longest as number)) {
      report(
        `autoTerminationPolicy.idleTimeout of the cluster ${name} is ${idle ?? "missing"}; at most ` +
          `${String(longest)} seconds are needed, or keepJobFlowAliveWhenNoSteps false.`,
      );
    }
  },
};

import { StackRule } from "../../rule";
import { VPC_TYPES } from "../../vpcs";
import { each } from "../../securityGroupRules";
import { textOf } from "../../text";

const FLOW_LOG = "aws:ec2/flowLog:FlowLog";
const LOGGED = ["ALL", "REJECT"];

/** Each VPC logs at least what it refused. */
export const networkFlowLogs: StackRule = {
  name: "network-flow-logs",
  description: "Every VPC of the stack has a flow log that takes rejected traffic in.",
  severity: "medium",
  reason:
    "Without one nobody can tell afterwards who tried to reach what, nor why an environment cannot reach a " +
    "service.",
  remediationSteps: 'Add an aws.ec2.FlowLog with the VPC\'s id and trafficType "ALL" or "REJECT".',
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html",
  also: ["CKV2_AWS_11", "VPC7", "EC2.6", "AVD-AWS-0178"],
  subjects: (graph) => graph.ofType(...VPC_TYPES),
  checkInStack: (vpc, graph, report) => {
    const logs = graph.referring(vpc, "vpcId", FLOW_LOG);
    if (logs.length === 0) {
      report(`The VPC ${vpc.name} has no aws.ec2.FlowLog in the stack; add one.`);
      return;
    }
    const refused: (() => void)[] = [];
    let enough = false;
    each(logs, (log) => {
      const trafficType = textOf(log.props.trafficType);
      if (LOGGED.includes(trafficType ?? "")) {
        enough = true;
      } else {
        refused.push(() =>
          report(
            `${log.name} logs the traffic "${trafficType ?? "missing"}" of the VPC ${vpc.name}; one of ` +
              `${LOGGED.join(", ")} is needed.`,
            log,
          ),
        );
      }
    });
    if (!enough) {
      refused.forEach((say) => say());
    }
  },
};

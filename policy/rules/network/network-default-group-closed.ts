import { lengthOf } from "../../lists";
import { StackRule } from "../../rule";
import {
  DEFAULT_SECURITY_GROUP,
  EGRESS_RULE,
  INGRESS_RULE,
  SECURITY_GROUP_RULE,
  each,
} from "../../securityGroupRules";
import { VPC_TYPES } from "../../vpcs";

/**
 * Each VPC's default security group admits and lets out nothing. It cannot be deleted, so the stack takes it
 * over with `aws.ec2.DefaultSecurityGroup` and gives it no rules.
 */
export const networkDefaultGroupClosed: StackRule = {
  name: "network-default-group-closed",
  description: "The default security group of every VPC of the stack has no rules.",
  severity: "medium",
  reason:
    "What is created without a group gets the default one, which admits all its members and lets everything out.",
  remediationSteps:
    "Add an aws.ec2.DefaultSecurityGroup with the VPC's id, ingress: [] and egress: [], and use groups of " +
    "your own.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
  also: ["CKV2_AWS_12", "EC2.2", "AVD-AWS-0173"],
  subjects: (graph) => graph.ofType(...VPC_TYPES),
  checkInStack: (vpc, graph, report) => {
    const groups = graph.referring(vpc, "vpcId", DEFAULT_SECURITY_GROUP);
    if (groups.length === 0) {
      report(
        `The VPC ${vpc.name} has no aws.ec2.DefaultSecurityGroup in the stack, so that its default group ` +
          "keeps AWS's open rules; add one with ingress: [] and egress: [].",
      );
    }
    for (const group of groups) {
      for (const rule of graph.referring(
        group,
        "securityGroupId",
        SECURITY_GROUP_RULE,
        INGRESS_RULE,
        EGRESS_RULE,
      )) {
        report(
          `${rule.name} is a rule of ${group.name}, a default group; it must have none.`,
          rule,
        );
      }
      each(["ingress", "egress"], (direction) => {
        const rules = lengthOf(group.props[direction]);
        if (rules > 0) {
          report(
            `${group.name} has ${rules} ${direction} rules; a default group must have none: set ` +
              `${direction}: [].`,
            group,
          );
        }
      });
    }
  },
};

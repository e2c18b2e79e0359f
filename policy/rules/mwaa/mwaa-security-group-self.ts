import { PolicyResource } from "@pulumi/policy";

import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import { ENVIRONMENT } from "../../types";
import { Undecided } from "../../unknown";

const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";

/** Scheduler, workers and database of an environment talk to one another through its group. */
export const mwaaSecurityGroupSelf: StackRule = {
  name: "mwaa-security-group-self",
  description: "A security group of an MWAA environment allows all inbound traffic from itself.",
  severity: "high",
  reason:
    "Without it the components cannot reach one another: the environment hangs until its creation fails, or " +
    "runs and processes no DAG.",
  remediationSteps:
    'Add an aws.vpc.SecurityGroupIngressRule with ipProtocol "-1" whose referencedSecurityGroupId is the ' +
    "group's own id.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-security.html",
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report) => {
    const groups = graph.referenced(
      environment,
      "networkConfiguration.securityGroupIds",
      SECURITY_GROUP,
    );
    if (groups.length === 0) {
      throw new Undecided("its security groups are not of this stack");
    }
    if (!groups.some((group) => admitsItself(group, graph))) {
      report(
        `None of its groups (${groups.map(({ name }) => name).join(", ")}) has a rule that admits all ` +
          "traffic from itself.",
      );
    }
  },
};

function admitsItself(group: PolicyResource, graph: Graph): boolean {
  const inline = (group.props.ingress as { self?: boolean; protocol?: string }[] | undefined) ?? [];
  const own = graph
    .referring(group, "securityGroupId", INGRESS_RULE)
    .filter((rule) => isAll(rule.props.ipProtocol))
    .some((rule) =>
      graph
        .referenced(rule, "referencedSecurityGroupId", SECURITY_GROUP)
        .some(({ urn }) => urn === group.urn),
    );
  const older = graph
    .referring(group, "securityGroupId", RULE)
    .some(({ props }) => props.type === "ingress" && props.self === true && isAll(props.protocol));
  return own || older || inline.some(({ self, protocol }) => self === true && isAll(protocol));
}

function isAll(protocol: unknown): boolean {
  return protocol === "-1" || protocol === "all";
}

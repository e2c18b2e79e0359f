import { PolicyResource } from "@pulumi/policy";

import { Graph } from "../../graph";
import { aclsOf, allows } from "../../networkAcls";
import { StackRule } from "../../rule";
import { HTTPS, Verdict } from "../../topology";
import { SubnetFault, checkEnvironmentSubnets } from "../../subnets";
import { ENVIRONMENT } from "../../types";
import { Undecided } from "../../unknown";

/** Ports that Linux answers on by default; an ACL keeps no state, so that it has to let answers in. */
const EPHEMERAL = [32_768, 49_152, 60_999];

/** The network ACL of an environment's subnets lets its calls out and the answers in. */
export const mwaaNetworkAcl: StackRule = {
  name: "mwaa-network-acl",
  description:
    "The network ACL of each subnet of an MWAA environment lets TCP 443 out and answers on ephemeral ports in.",
  severity: "high",
  reason:
    "An ACL of one's own denies everything that no rule allows, and keeps no state: the environment reaches " +
    "nothing, stays in CREATING and then fails.",
  remediationSteps:
    "Give the aws.ec2.NetworkAcl an egress rule that allows TCP 443 and an ingress rule that allows TCP " +
    "1024-65535, or let the subnets keep the VPC's default ACL.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-security.html",
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report) =>
    checkEnvironmentSubnets(graph, environment, (subnet) => faults(graph, subnet), report),
};

function faults(graph: Graph, subnet: PolicyResource): SubnetFault[] {
  return aclsOf(graph, subnet).flatMap(({ acl, certain }) => {
    const missing: readonly (readonly [string, Verdict])[] = [
      [`egress of TCP ${HTTPS}`, allows(graph, acl, "egress", HTTPS)],
      ...EPHEMERAL.map(
        (port) => [`ingress of TCP ${port}`, allows(graph, acl, "ingress", port)] as const,
      ),
    ];
    const denied = missing.filter(([, verdict]) => verdict === "no");
    if (missing.some(([, verdict]) => verdict === "maybe") || (denied.length > 0 && !certain)) {
      throw new Undecided(
        `what the network ACL ${acl.name} allows for ${subnet.name} is not known yet`,
      );
    }
    return denied.length === 0
      ? []
      : [
          {
            message:
              `The network ACL ${acl.name} of the subnet ${subnet.name} allows no ` +
              `${denied.map(([what]) => what).join(", ")}; add rules that do.`,
          },
        ];
  });
}

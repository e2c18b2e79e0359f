import { PolicyResource } from "@pulumi/policy";

import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import { isPublic } from "../../routes";
import { environmentSubnets } from "../../subnets";
import { sameVpc, zoneOf } from "../../vpcs";
import { ENVIRONMENT_SUBNETS } from "../../topology";
import { ENVIRONMENT } from "../../types";
import { Undecided, known } from "../../unknown";

/** An environment has exactly two subnets, private ones, in two zones of one VPC. */
export const mwaaTwoPrivateSubnets: StackRule = {
  name: "mwaa-two-private-subnets",
  description: "An MWAA environment is in exactly two private subnets in two zones of one VPC.",
  severity: "high",
  reason:
    "MWAA refuses another number or one zone; in public subnets its components get no public address, so " +
    "that they reach nothing and the creation hangs for up to three hours.",
  remediationSteps:
    "Give networkConfiguration.subnetIds two subnets of different availability zones whose route tables " +
    "lead to NAT gateways or endpoints, not to an internet gateway.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/networking-about.html",
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report) => {
    const given = known(() => {
      const configuration = environment.props.networkConfiguration as { subnetIds?: unknown[] };
      return configuration?.subnetIds?.length ?? 0;
    });
    if (given !== undefined && given !== ENVIRONMENT_SUBNETS) {
      report(`It has ${given} subnets; exactly ${ENVIRONMENT_SUBNETS} are needed.`);
      return;
    }
    const { resources } = environmentSubnets(graph, environment);
    // Where it is not known yet which it takes: as many private ones as it needs leave no choice.
    if (resources.length !== ENVIRONMENT_SUBNETS) {
      throw new Undecided(
        `which ${ENVIRONMENT_SUBNETS} of ${resources.map(({ name }) => name).join(", ")} it takes is not known yet`,
      );
    }
    check(graph, resources[0], resources[1], report);
  },
};

function check(
  graph: Graph,
  a: PolicyResource,
  b: PolicyResource,
  report: (message: string, resource?: PolicyResource) => void,
): void {
  const open: string[] = [];
  const zones = [zoneOf(a), zoneOf(b)];
  if (zones.includes(undefined)) {
    open.push("the zones of its subnets");
  } else if (zones[0] === zones[1]) {
    report(`Its subnets ${a.name} and ${b.name} are both in ${zones[0]}; two zones are needed.`);
  }
  const together = sameVpc(graph, a, b);
  if (together === "no") {
    report(`Its subnets ${a.name} and ${b.name} are in two VPCs; one is needed.`);
  } else if (together === "maybe") {
    open.push("whether its subnets are in one VPC");
  }
  for (const subnet of [a, b]) {
    const verdict = isPublic(graph, subnet);
    if (verdict === "yes") {
      report(
        `Its subnet ${subnet.name} is public: its route table leads to an internet gateway; private ones ` +
          "are needed.",
        subnet,
      );
    } else if (verdict === "maybe") {
      open.push(`whether ${subnet.name} is private`);
    }
  }
  if (open.length > 0) {
    throw new Undecided(`${open.join(", ")}: not known yet`);
  }
}

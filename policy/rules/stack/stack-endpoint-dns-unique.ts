import { PolicyResource } from "@pulumi/policy";

import { StackRule } from "../../rule";
import { VPC_ENDPOINT, awsService, isInterface } from "../../endpoints";
import { inVpcOf, sameVpc } from "../../vpcs";
import { Undecided, known } from "../../unknown";

/** No two interface endpoints of a VPC want the same private name. */
export const stackEndpointDnsUnique: StackRule = {
  name: "stack-endpoint-dns-unique",
  description:
    "No two interface endpoints with private DNS of one VPC are for the same AWS service.",
  severity: "high",
  reason:
    "AWS refuses the second one because of a conflicting DNS domain, in the middle of the update.",
  remediationSteps:
    "Drop one of the two and give the other all the subnets and groups that need the service.",
  url: "https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html",
  subjects: (graph) => graph.ofType(VPC_ENDPOINT),
  checkInStack: (endpoint, graph, report) => {
    if (!wantsName(endpoint)) {
      return;
    }
    const endpoints = inVpcOf(graph, endpoint, VPC_ENDPOINT);
    const earlier = endpoints.slice(
      0,
      endpoints.findIndex(({ urn }) => urn === endpoint.urn),
    );
    const undecided: string[] = [];
    for (const other of earlier.filter((one) => known(() => wantsName(one)) ?? true)) {
      const services = known(() => [awsService(endpoint), awsService(other)]);
      const shared = sameVpc(graph, endpoint, other);
      if (services !== undefined && (services[0] === undefined || services[0] !== services[1])) {
        continue;
      }
      if (services === undefined || shared === "maybe") {
        undecided.push(other.name);
      } else if (shared === "yes") {
        report(
          `${endpoint.name} and ${other.name} are both interface endpoints of ${services[0]} with private ` +
            "DNS in one VPC; only one may be.",
        );
      }
    }
    if (undecided.length > 0) {
      throw new Undecided(
        `whether ${endpoint.name} is for the same service and VPC as ${undecided.join(", ")} is not known yet`,
      );
    }
  },
};

function wantsName(endpoint: PolicyResource): boolean {
  return isInterface(endpoint) && endpoint.props.privateDnsEnabled === true;
}

import { PolicyResource } from "@pulumi/policy";

import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import { VPC_ENDPOINT, awsService, endpointSubnets, isInterface, serves } from "../../endpoints";
import { WayOut, isRegional, routeTablesOf, waysOut } from "../../routes";
import { SubnetFault, checkEnvironmentSubnets } from "../../subnets";
import { SUBNET_TYPES, inVpcOf, zoneOf } from "../../vpcs";
import { ENVIRONMENT } from "../../types";
import { Undecided } from "../../unknown";

/** Each subnet of an environment leaves by its own zone: by a NAT gateway, or else by endpoints there. */
export const stackNatInOwnZone: StackRule = {
  name: "stack-nat-in-own-zone",
  description:
    "The NAT gateway of each subnet of an MWAA environment, or where it has none its interface endpoints, " +
    "are in the subnet's own zone.",
  severity: "medium",
  reason:
    "With its way out in another zone a subnet goes down with that zone too, and its traffic between zones is " +
    "paid for.",
  remediationSteps:
    "Route each subnet to an aws.ec2.NatGateway whose own subnet is in the same zone; add a subnet of each " +
    "zone to every endpoint.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report) =>
    checkEnvironmentSubnets(graph, environment, (subnet) => faults(graph, subnet), report),
};

function faults(graph: Graph, subnet: PolicyResource): readonly SubnetFault[] {
  const { certain, possible } = routeTablesOf(graph, subnet);
  const ways = [...certain, ...possible]
    .flatMap((table) => waysOut(graph, table))
    .filter(({ kind }) => kind === "nat");
  const zone = zoneOf(subnet);
  if (zone === undefined) {
    throw new Undecided(`the zone of the subnet ${subnet.name} is not known yet`);
  }
  return ways.length > 0
    ? ways.flatMap((way) => natFaults(graph, subnet, zone, way))
    : endpointFaults(graph, subnet, zone);
}

function natFaults(
  graph: Graph,
  subnet: PolicyResource,
  zone: string,
  { gateways, route }: WayOut,
): readonly SubnetFault[] {
  const zonal = gateways.filter((nat) => !isRegional(nat));
  const zones = zonal.flatMap((nat) =>
    graph.referenced(nat, "subnetId", ...SUBNET_TYPES).map(zoneOf),
  );
  const foreign = zones.filter((one) => one !== zone);
  if (zonal.length === 0 || (zones.length > 0 && foreign.length === 0)) {
    return [];
  }
  const natNames = zonal.map(({ name }) => name).join(" or ");
  if (foreign.length < zones.length || foreign.length === 0 || foreign.includes(undefined)) {
    throw new Undecided(
      `the zone of the NAT gateway ${natNames}, which ${subnet.name} uses, is not known yet`,
    );
  }
  return [
    {
      message:
        `The subnet ${subnet.name} is in ${zone} and its route ${route} leads to the NAT gateway ` +
        `${natNames} in ${[...new Set(foreign)].join(" or ")}; one in ${zone} is needed.`,
    },
  ];
}

/** Without NAT the way out is the endpoints; those for which the subnet has no route are another rule's. */
function endpointFaults(
  graph: Graph,
  subnet: PolicyResource,
  zone: string,
): readonly SubnetFault[] {
  return inVpcOf(graph, subnet, VPC_ENDPOINT)
    .filter(
      (endpoint) =>
        isInterface(endpoint) &&
        awsService(endpoint) !== undefined &&
        serves(graph, endpoint, subnet) !== "no",
    )
    .flatMap((endpoint): readonly SubnetFault[] => {
      const { resources, exact } = endpointSubnets(graph, endpoint);
      const isThere = resources.some((one) => zoneOf(one) === zone);
      if (isThere && exact) {
        return [];
      }
      if (isThere || resources.length === 0 || resources.map(zoneOf).includes(undefined)) {
        throw new Undecided(
          `which zones the endpoint ${endpoint.name} is in is not known yet; ${zone} is needed`,
        );
      }
      return [
        {
          message:
            `The subnet ${subnet.name} is in ${zone}, has no NAT gateway, and the endpoint ${endpoint.name} ` +
            `has no subnet in ${zone}; add one.`,
          resource: endpoint,
        },
      ];
    });
}

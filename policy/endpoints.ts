import { PolicyResource } from "@pulumi/policy";

import { Graph } from "./graph";
import { lengthOf } from "./lists";
import { Meant, isComputed, meant } from "./meant";
import { Verdict, best } from "./topology";
import { ROUTE_TABLE_TYPES, routeTablesOf } from "./routes";
import { Subnets } from "./subnets";
import { known } from "./unknown";
import { SUBNET_TYPES, sameVpc } from "./vpcs";
import { textOf } from "./text";

export const VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";

const ENDPOINT_ROUTE_TABLE =
  "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation";

const ENDPOINT_SUBNET = "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation";

/** Service of an endpoint, as in `s3` or `ecr.api`; undefined for an endpoint to something else than AWS's own. */
export function awsService(endpoint: Pick<PolicyResource, "props">): string | undefined {
  const name = textOf(endpoint.props.serviceName);
  const service = /^(?:cn\.)?com\.amazonaws\.[a-z0-9-]+\.(.+)$/.exec(name ?? "")?.[1];
  // Somebody's own service is com.amazonaws.vpce.<region>.vpce-svc-….
  return service?.includes("vpce-svc-") ? undefined : service;
}

/** Whether an endpoint is one with network interfaces in subnets. Without a type it is a gateway. */
export function isInterface(endpoint: PolicyResource): boolean {
  return endpoint.props.vpcEndpointType === "Interface";
}

/**
 * Whether what is in a subnet reaches the service of an endpoint through it: a gateway endpoint by the
 * subnet's route table; an interface endpoint by its private DNS name, from everywhere in its VPC, as soon
 * as it is in any subnet.
 */
export function serves(graph: Graph, endpoint: PolicyResource, subnet: PolicyResource): Verdict {
  if (isInterface(endpoint)) {
    if (endpoint.props.privateDnsEnabled !== true || interfaceSubnets(graph, endpoint) === "no") {
      return "no";
    }
    return sameVpc(graph, endpoint, subnet);
  }
  const { certain, possible } = routeTablesOf(graph, subnet);
  const named = [
    meant(graph, endpoint, "routeTableIds", ...ROUTE_TABLE_TYPES),
    ...graph
      .referring(endpoint, "vpcEndpointId", ENDPOINT_ROUTE_TABLE)
      .map((association) => meant(graph, association, "routeTableId", ...ROUTE_TABLE_TYPES)),
  ];
  const includes = ({ resources }: Meant, table: PolicyResource) =>
    resources.some(({ urn }) => urn === table.urn);
  return best(
    named.flatMap((tables) => [
      ...certain.map((table): Verdict =>
        includes(tables, table) ? (tables.exact ? "yes" : "maybe") : "no",
      ),
      ...possible.map((table): Verdict => (includes(tables, table) ? "maybe" : "no")),
    ]),
  );
}

/** Whether an interface endpoint is in any subnet. */
function interfaceSubnets(graph: Graph, endpoint: PolicyResource): Verdict {
  const count = known(() => lengthOf(endpoint.props.subnetIds));
  const given = count === undefined ? isComputed(endpoint, "subnetIds") : count > 0;
  return given || graph.referring(endpoint, "vpcEndpointId", ENDPOINT_SUBNET).length > 0
    ? "yes"
    : "no";
}

/** The subnets that an interface endpoint is in, or may be in. */
export function endpointSubnets(graph: Graph, endpoint: PolicyResource): Subnets {
  const own = meant(graph, endpoint, "subnetIds", ...SUBNET_TYPES);
  const more = graph
    .referring(endpoint, "vpcEndpointId", ENDPOINT_SUBNET)
    .map((association) => meant(graph, association, "subnetId", ...SUBNET_TYPES));
  return {
    resources: [own, ...more].flatMap(({ resources }) => resources),
    exact: [own, ...more].every(({ exact }) => exact),
  };
}

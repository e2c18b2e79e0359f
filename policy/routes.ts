import { PolicyResource } from "@pulumi/policy";

import { Graph } from "./graph";
import { objectsOf } from "./lists";
import { Meant, isComputed, isDeclared, meant } from "./meant";
import { Verdict, best, shareOfEverywhere } from "./topology";
import { textOf } from "./text";
import { Undecided, known } from "./unknown";
import { SUBNET_TYPES, VPC_TYPES, inVpcOf, sameVpc, vpcOf } from "./vpcs";

const DEFAULT_ROUTE_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable";

/** Route tables, that of a VPC itself among them. */
export const ROUTE_TABLE_TYPES: readonly string[] = [
  "aws:ec2/routeTable:RouteTable",
  DEFAULT_ROUTE_TABLE,
];

const ROUTE_TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const MAIN_ROUTE_TABLE_ASSOCIATION = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation";
const ROUTE = "aws:ec2/route:Route";
const INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway";
const NAT_GATEWAY = "aws:ec2/natGateway:NatGateway";

/** The route tables that a subnet uses, or may use. */
export interface Tables {
  readonly certain: readonly PolicyResource[];
  readonly possible: readonly PolicyResource[];
  /** Whether the subnet has an association of its own; where not, the table is the VPC's main one. */
  readonly associated: Verdict;
  /** The table, or the VPC whose main table it is, is no resource of the stack, so that its routes are not seen. */
  readonly outside: boolean;
}

/** The route table that a subnet uses: that of its own association, or else the main one of its VPC. */
export function routeTablesOf(graph: Graph, subnet: PolicyResource): Tables {
  return graph.once("route tables", subnet, () => findRouteTables(graph, subnet));
}

function findRouteTables(graph: Graph, subnet: PolicyResource): Tables {
  const own = graph.referring(subnet, "subnetId", ROUTE_TABLE_ASSOCIATION).map((association) => ({
    association,
    subnets: meant(graph, association, "subnetId", ...SUBNET_TYPES),
  }));
  const exact = own.filter(({ subnets }) => subnets.exact);
  if (own.length === 0) {
    return mainTable(graph, subnet);
  }
  const tables = (exact.length > 0 ? exact : own).map(({ association }) =>
    meant(graph, association, "routeTableId", ...ROUTE_TABLE_TYPES),
  );
  const isCertain = ({ exact: one }: Meant) => exact.length > 0 && one;
  return {
    certain: tables.filter(isCertain).flatMap(({ resources }) => resources),
    possible: tables.filter((table) => !isCertain(table)).flatMap(({ resources }) => resources),
    associated: exact.length > 0 ? "yes" : "maybe",
    outside: tables.some(({ resources }) => resources.length === 0),
  };
}

/**
 * The main route table of a subnet's VPC. Where the stack has the VPC and no resource for its main table, the VPC
 * stands for it: routes name it as the VPC's `mainRouteTableId`.
 */
function mainTable(graph: Graph, subnet: PolicyResource): Tables {
  const vpc = vpcOf(graph, subnet);
  const tables = mainTables(graph, subnet);
  const isSeen = vpc.exact && vpc.resources.length === 1 && vpc.resources[0].type === VPC_TYPES[0];
  if (!isSeen) {
    return {
      certain: [],
      possible: tables,
      associated: "no",
      outside: tables.length === 0 && vpc.resources.length === 0,
    };
  }
  const isCertain = (table: PolicyResource) => sameVpc(graph, table, subnet) === "yes";
  return {
    certain: tables.length === 0 ? vpc.resources : tables.filter(isCertain),
    possible: tables.filter((table) => !isCertain(table)),
    associated: "no",
    outside: false,
  };
}

/** What the stack says of the main route table of a subnet's VPC. */
function mainTables(graph: Graph, subnet: PolicyResource): PolicyResource[] {
  return [
    ...inVpcOf(graph, subnet, DEFAULT_ROUTE_TABLE),
    ...graph
      .ofType(MAIN_ROUTE_TABLE_ASSOCIATION)
      .flatMap((main) => graph.referenced(main, "routeTableId", ...ROUTE_TABLE_TYPES)),
  ].filter((table) => sameVpc(graph, table, subnet) !== "no");
}

/** Where a route to everywhere leads. */
export interface WayOut {
  readonly kind: "internet" | "nat" | "elsewhere";
  /** The resources that the route may lead to; more than one where the engine's record blends. */
  readonly gateways: readonly PolicyResource[];
  /** Name of the resource that holds the route. */
  readonly route: string;
  /** The route is certainly one of the table that was asked for. */
  readonly certain: boolean;
  /** What it leads to, as in `transitGatewayId`. */
  readonly target: string;
  /** It is for a part of the addresses; other routes of the table are for the rest. */
  readonly isPart: boolean;
}

/** What a route may lead to beside an internet and a NAT gateway, in either way of writing a route. */
const OTHER_TARGETS = [
  "carrierGatewayId",
  "coreNetworkArn",
  "egressOnlyGatewayId",
  "localGatewayId",
  "networkInterfaceId",
  "odbNetworkArn",
  "transitGatewayId",
  "vpcEndpointId",
  "vpcPeeringConnectionId",
];

/** The routes of a table by which everywhere is reached, as resources of their own or within the table. */
export function waysOut(graph: Graph, table: PolicyResource): WayOut[] {
  return graph.once("ways out", table, () => {
    const own = graph.referring(table, "routeTableId", ROUTE).map((route) => ({
      holder: route,
      route: route.props as Record<string, unknown>,
      within: undefined,
      certain: isTableOf(graph, route),
    }));
    const routes = [...own, ...inlineRoutes(graph, table)];
    const shares = shareOfEverywhere(routes.map(({ route }) => destinationsOf(route)));
    return routes.flatMap((held, index) =>
      shares[index] === "none" ? [] : wayOut(graph, { ...held, isPart: shares[index] === "part" }),
    );
  });
}

/** Whether a route certainly is one of a single table; that of a VPC's main table names the VPC. */
function isTableOf(graph: Graph, route: PolicyResource): boolean {
  return meant(graph, route, "routeTableId", ...ROUTE_TABLE_TYPES, ...VPC_TYPES).exact;
}

/** A route, with what holds it: the resource itself, or a table in one of its properties. */
interface HeldRoute {
  readonly holder: PolicyResource;
  readonly route: Record<string, unknown>;
  readonly within: string | undefined;
  readonly certain: boolean;
}

function inlineRoutes(graph: Graph, table: PolicyResource): HeldRoute[] {
  const hasParts = graph.referring(table, "routeTableId", ROUTE).length > 0;
  const declared = isDeclared(table, "routes", hasParts);
  if (declared === "no") {
    return [];
  }
  const routes = known(() => objectsOf(table.props.routes));
  if (routes === undefined) {
    throw new Undecided(`the routes of the route table ${table.name} are not known yet`);
  }
  return routes.map((route) => ({
    holder: table,
    route,
    within: "routes",
    certain: declared === "yes",
  }));
}

// Resources call it destinationCidrBlock, routes within a table cidrBlock.
const DESTINATIONS = [
  "destinationCidrBlock",
  "destinationIpv6CidrBlock",
  "cidrBlock",
  "ipv6CidrBlock",
];

function destinationsOf(route: Record<string, unknown>): string[] {
  return DESTINATIONS.map((property) => known(() => route[property])).filter(
    (block): block is string => typeof block === "string" && block !== "",
  );
}

/** Where a route leads. */
function wayOut(
  graph: Graph,
  { holder, route, within, certain, isPart }: HeldRoute & { readonly isPart: boolean },
): WayOut[] {
  const gatewaysOf = (property: string, type: string): PolicyResource[] =>
    within === undefined
      ? graph.referenced(holder, property, type)
      : withinList(graph, holder, within, route, property, type);
  return [...OTHER_TARGETS, "natGatewayId", "gatewayId"]
    .filter((target) => isGiven(holder, route, within, target))
    .flatMap((target): WayOut[] => {
      const common = { route: holder.name, certain, target, isPart };
      if (target === "natGatewayId") {
        const gateways = gatewaysOf(target, NAT_GATEWAY);
        return [{ ...common, kind: gateways.length > 0 ? "nat" : "elsewhere", gateways }];
      }
      if (target === "gatewayId") {
        const gateways = gatewaysOf(target, INTERNET_GATEWAY);
        const id = known(() => textOf(route[target])) ?? "";
        const isInternet = gateways.length > 0 || id.startsWith("igw-");
        return id === "local"
          ? []
          : [{ ...common, kind: isInternet ? "internet" : "elsewhere", gateways }];
      }
      return [{ ...common, kind: "elsewhere", gateways: [] }];
    });
}

/** What a route within a table leads to: by its id, or by what the whole list was computed from. */
function withinList(
  graph: Graph,
  holder: PolicyResource,
  list: string,
  route: Record<string, unknown>,
  property: string,
  type: string,
): PolicyResource[] {
  const id = known(() => textOf(route[property]));
  const gateways =
    id === undefined
      ? (holder.propertyDependencies[list] ?? []).flatMap(({ urn }) => graph.withUrn(urn) ?? [])
      : graph.named([id], holder);
  return gateways.filter((gateway) => gateway.type === type);
}

/** Whether a route has a target: one that is not known yet counts where the program gave it. */
function isGiven(
  holder: PolicyResource,
  route: Record<string, unknown>,
  within: string | undefined,
  target: string,
): boolean {
  const value = known(() => ({ is: route[target] ?? "" }));
  return value === undefined ? within !== undefined || isComputed(holder, target) : value.is !== "";
}

/** Whether a subnet is public: whether a route of its table leads to an internet gateway. */
export function isPublic(graph: Graph, subnet: PolicyResource): Verdict {
  const { certain, possible } = routeTablesOf(graph, subnet);
  const leads = (table: PolicyResource): Verdict =>
    best(
      waysOut(graph, table)
        .filter(({ kind }) => kind === "internet")
        .map((way) => (way.certain ? "yes" : "maybe")),
    );
  return best([
    ...certain.map(leads),
    ...possible.map((table) => (leads(table) === "no" ? "no" : ("maybe" as const))),
  ]);
}

/**
 * Whether a NAT gateway leads to the internet: it is a public one in a public subnet, or a regional one,
 * which stands in no subnet.
 */
export function reachesInternet(graph: Graph, nat: PolicyResource): Verdict {
  if (known(() => textOf(nat.props.connectivityType)) === "private") {
    return "no";
  }
  if (isRegional(nat)) {
    return "yes";
  }
  const { resources, exact } = meant(graph, nat, "subnetId", ...SUBNET_TYPES);
  const verdicts = resources.map((subnet) => isPublic(graph, subnet));
  if (verdicts.length === 0) {
    return "maybe";
  }
  return exact || new Set(verdicts).size === 1 ? verdicts[0] : "maybe";
}

/** Whether a NAT gateway is one for all zones of the region. */
export function isRegional(nat: PolicyResource): boolean {
  return known(() => textOf(nat.props.availabilityMode)) === "regional";
}

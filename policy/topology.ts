import { PolicyResource } from "@pulumi/policy";

import { cover } from "./blocks";
import { Graph } from "./graph";
import { listOf, objectsOf } from "./lists";
import { mayShareRegion } from "./region";
import { Undecided, Unseen, known } from "./unknown";
import { textOf } from "./text";

export const VPC_TYPES: readonly string[] = ["aws:ec2/vpc:Vpc", "aws:ec2/defaultVpc:DefaultVpc"];
export const SUBNET_TYPES: readonly string[] = [
  "aws:ec2/subnet:Subnet",
  "aws:ec2/defaultSubnet:DefaultSubnet",
];
export const VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const DEFAULT_ROUTE_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable";
const ROUTE_TABLE_TYPES: readonly string[] = ["aws:ec2/routeTable:RouteTable", DEFAULT_ROUTE_TABLE];
const ROUTE_TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const MAIN_ROUTE_TABLE_ASSOCIATION = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation";
const ROUTE = "aws:ec2/route:Route";
const INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway";
const NAT_GATEWAY = "aws:ec2/natGateway:NatGateway";
const ENDPOINT_ROUTE_TABLE =
  "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation";
const ENDPOINT_SUBNET = "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation";

/** Resources that a property means. */
export interface Meant {
  readonly resources: readonly PolicyResource[];
  /**
   * The property means all of these and nothing else. Where not, it means some of them, or things that are
   * not of the stack.
   */
  readonly exact: boolean;
}

/**
 * What a property means, and how certain that is. Known values are exact. So is a list of which only the
 * elements are unknown, where it was computed from as many resources as it has elements, and a single value
 * that was computed from one resource. What comes out of a component blends: it was computed from all that
 * the component made.
 */
export function meant(
  graph: Graph,
  resource: PolicyResource,
  property: string,
  ...types: readonly string[]
): Meant {
  const resources = graph.referenced(resource, property, ...types);
  const value = known(() => valueAt(resource, property));
  if (value === undefined) {
    // Unknown as a whole, or missing.
    const missing = isMissing(resource, property);
    return { resources, exact: missing || resources.length === 1 };
  }
  return {
    resources,
    exact: Array.isArray(value) ? value.length === resources.length : resources.length === 1,
  };
}

function valueAt(resource: PolicyResource, property: string): unknown {
  let value: unknown = resource.props;
  for (const part of property.split(".")) {
    value = (value as Record<string, unknown> | undefined | null)?.[part];
  }
  return value ?? undefined;
}

function isMissing(resource: PolicyResource, property: string): boolean {
  return known(() => valueAt(resource, property) === undefined) ?? false;
}

/** How certain something is before the ids are known. */
export type Verdict = "yes" | "maybe" | "no";

/** Whether a property was computed from other resources, so that the program certainly gave it. */
export function isComputed(resource: PolicyResource, property: string): boolean {
  return (resource.propertyDependencies[property] ?? []).length > 0;
}

/**
 * Whether the program gave a list that AWS fills as well: a route table's `routes` hold those of
 * `aws.ec2.Route`, a group's `ingress` the rules of `aws.vpc.SecurityGroupIngressRule`, as of the last
 * refresh, also those that the program has dropped since. The engine tells policies what a property was
 * computed from, but not which ones the program gave.
 *
 * @param hasParts whether the stack has such resources of their own; a list beside them is only their copy
 */
export function isDeclared(resource: PolicyResource, property: string, hasParts: boolean): Verdict {
  const length = known(() => ((resource.props[property] as unknown[] | undefined) ?? []).length);
  if (isComputed(resource, property)) {
    return "yes";
  }
  if (length === undefined || length === 0) {
    return "no";
  }
  // Before it is made nothing is there that AWS could have filled in.
  const isMade = known(() => resource.props.id as string | undefined) !== undefined;
  return isMade && hasParts ? "no" : "yes";
}

/** The best of several verdicts; "no" where there is none. */
export function best(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes("yes") ? "yes" : verdicts.includes("maybe") ? "maybe" : "no";
}

/** Whether two resources are in one VPC: by `vpcId`, of the stack or not. Two regions have no VPC in common. */
export function sameVpc(graph: Graph, a: PolicyResource, b: PolicyResource): Verdict {
  if (!mayShareRegion(a, b)) {
    return "no";
  }
  const [ofA, ofB] = [a, b].map((one) => vpcOf(graph, one));
  if (ofA.resources.length === 0 || ofB.resources.length === 0) {
    const [idA, idB] = [a, b].map((one) => known(() => one.props.vpcId as string | undefined));
    return idA === undefined || idB === undefined ? "maybe" : idA === idB ? "yes" : "no";
  }
  const shared = ofA.resources.some(({ urn }) => ofB.resources.some((one) => one.urn === urn));
  return !shared ? "no" : ofA.exact && ofB.exact ? "yes" : "maybe";
}

function vpcOf(graph: Graph, resource: PolicyResource): Meant {
  return graph.once("VPC", resource, () => meant(graph, resource, "vpcId", ...VPC_TYPES));
}

/** What a resource's VPC is called in an index; undefined where nothing of it is known. */
function vpcKeys(graph: Graph, resource: PolicyResource): readonly string[] | undefined {
  const { resources } = vpcOf(graph, resource);
  if (resources.length > 0) {
    return resources.map(({ urn }) => urn);
  }
  const id = known(() => resource.props.vpcId as string | undefined);
  return typeof id === "string" ? [id] : undefined;
}

/** The resources of a type that are, or may be, in the VPC of a resource. */
export function inVpcOf(graph: Graph, resource: PolicyResource, type: string): PolicyResource[] {
  const { byVpc, anywhere } = graph.once(`${type} by VPC`, undefined, () => {
    const index = new Map<string, PolicyResource[]>();
    const open: PolicyResource[] = [];
    for (const one of graph.ofType(type)) {
      const keys = vpcKeys(graph, one);
      if (keys === undefined) {
        open.push(one);
      }
      for (const key of keys ?? []) {
        index.set(key, [...(index.get(key) ?? []), one]);
      }
    }
    return { byVpc: index, anywhere: open };
  });
  const keys = vpcKeys(graph, resource);
  const found =
    keys === undefined
      ? graph.ofType(type)
      : [...anywhere, ...keys.flatMap((key) => byVpc.get(key) ?? [])];
  return found.filter((one) => sameVpc(graph, one, resource) !== "no");
}

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

const EVERYWHERE = ["0.0.0.0/0", "::/0"];
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

/**
 * The routes of a table by which everywhere is reached, as resources of their own or within the table: one to
 * 0.0.0.0/0, or several that take in all addresses together, as to 0.0.0.0/1 and 128.0.0.0/1.
 */
export function waysOut(graph: Graph, table: PolicyResource): WayOut[] {
  return graph.once("ways out", table, () => {
    const own = graph.referring(table, "routeTableId", ROUTE).map((route) => ({
      holder: route,
      route: route.props as Record<string, unknown>,
      within: undefined,
      certain: isTableOf(graph, route),
    }));
    const routes = [...own, ...inlineRoutes(graph, table)];
    const blocks = routes.map(({ route }) => destinationsOf(route));
    const missing = EVERYWHERE.filter(
      (everywhere) => !blocks.flat().includes(everywhere) && cover(blocks.flat(), everywhere),
    ).map((everywhere) => everywhere.includes(":"));
    return routes.flatMap(({ holder, route, within, certain }, index) => {
      const isWhole = blocks[index].some((block) => EVERYWHERE.includes(block));
      const isPart = blocks[index].some((block) => missing.includes(block.includes(":")));
      return isWhole || isPart
        ? wayOut(graph, { holder, route, within, certain, isPart: !isWhole })
        : [];
    });
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
  const id = known(() => route[property] as string | undefined);
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
  if (known(() => nat.props.connectivityType as string | undefined) === "private") {
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
  return known(() => nat.props.availabilityMode as string | undefined) === "regional";
}

/** Name or id of a subnet's zone; undefined where it is not known. */
export function zoneOf(subnet: PolicyResource): string | undefined {
  return (
    known(() => subnet.props.availabilityZone as string | undefined) ??
    known(() => subnet.props.availabilityZoneId as string | undefined)
  );
}

/** The subnets of a service, or those that may be it. */
export type Subnets = Meant;

/**
 * The subnets that a property names. Where it comes out of a component, the engine's record names all that
 * the component made, public ones too; those are left out by their routes, unless the others are too few:
 * what takes these subnets is meant for private ones.
 *
 * @param atLeast how many subnets the resource has at the least; default: 1
 * @throws Undecided where no subnet of it is a resource of the stack
 */
export function subnetsOf(
  graph: Graph,
  resource: PolicyResource,
  property: string,
  atLeast = 1,
): Subnets {
  const { resources, exact } = meant(graph, resource, property, ...SUBNET_TYPES);
  if (resources.length === 0) {
    const isKnown = known(() => [...listOf(valueAt(resource, property) as string[])]) !== undefined;
    throw new (isKnown ? Unseen : Undecided)(
      `no subnet that ${resource.name} names in ${property} is a resource of this stack, so that its ` +
        "routes cannot be seen here",
    );
  }
  if (exact) {
    return { resources, exact };
  }
  if (known(() => [...(valueAt(resource, property) as string[])]) !== undefined) {
    throw new Unseen(
      `some of the subnets that ${resource.name} names in ${property} are no resources of this stack, so ` +
        "that their routes cannot be seen here",
    );
  }
  const others = resources.filter((subnet) => !looksPublic(graph, subnet));
  return { resources: others.length >= atLeast ? others : resources, exact: false };
}

/** By its routes; a subnet without any by its public addresses. */
function looksPublic(graph: Graph, subnet: PolicyResource): boolean {
  const { certain, possible } = routeTablesOf(graph, subnet);
  const kinds = [...certain, ...possible].flatMap((table) =>
    waysOut(graph, table).map(({ kind }) => kind),
  );
  return kinds.length > 0
    ? kinds.includes("internet")
    : known(() => subnet.props.mapPublicIpOnLaunch as boolean | undefined) === true;
}

/** How many subnets an MWAA environment has: https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-create.html */
const ENVIRONMENT_SUBNETS = 2;

/** A violation on a subnet. */
export interface SubnetFault {
  readonly message: string;
  /** The resource at fault; default: the subnet. */
  readonly resource?: PolicyResource;
}

/**
 * Checks each subnet of an MWAA environment. Where it is not known which of the subnets the environment has,
 * faults count as soon as too few subnets are without any for the two that it needs.
 *
 * @param check the subnet's faults; it may throw where it cannot tell
 * @throws Undecided where the environment may have two subnets without a fault, or one with
 */
export function checkEnvironmentSubnets(
  graph: Graph,
  environment: PolicyResource,
  check: (subnet: PolicyResource) => readonly SubnetFault[],
  report: (message: string, resource?: PolicyResource) => void,
): void {
  checkSubnets(environmentSubnets(graph, environment), ENVIRONMENT_SUBNETS, check, report);
}

/**
 * The subnets of an MWAA environment, or those that may be.
 *
 * @throws Undecided where none is a resource of the stack
 */
export function environmentSubnets(graph: Graph, environment: PolicyResource): Subnets {
  return subnetsOf(graph, environment, "networkConfiguration.subnetIds", ENVIRONMENT_SUBNETS);
}

/**
 * Checks each of some subnets, as `checkEnvironmentSubnets` does those of an environment.
 *
 * @param atLeast how many of the subnets are certainly meant
 */
export function checkSubnets(
  { resources, exact }: Subnets,
  atLeast: number,
  check: (subnet: PolicyResource) => readonly SubnetFault[],
  report: (message: string, resource?: PolicyResource) => void,
): void {
  const undecided: unknown[] = [];
  const faulty: { subnet: PolicyResource; faults: readonly SubnetFault[] }[] = [];
  let good = 0;
  for (const subnet of resources) {
    try {
      const faults = check(subnet);
      if (faults.length > 0) {
        faulty.push({ subnet, faults });
      } else {
        good += 1;
      }
    } catch (error) {
      undecided.push(error);
    }
  }
  if (exact || good + undecided.length < atLeast) {
    const said = new Set<string>();
    for (const { subnet, faults } of faulty) {
      for (const { message, resource = subnet } of faults) {
        if (!said.has(`${resource.urn} ${message}`)) {
          said.add(`${resource.urn} ${message}`);
          report(message, resource);
        }
      }
    }
  } else if (faulty.length > 0) {
    throw new Undecided(
      `which subnets are meant is not known yet, and of those that may be, ` +
        `${faulty.map(({ subnet }) => subnet.name).join(", ")} would break the rule`,
    );
  }
  if (undecided.length > 0) {
    throw undecided[0];
  }
}

/** Service of an endpoint, as in `s3` or `ecr.api`; undefined for an endpoint to something else than AWS's own. */
export function awsService(endpoint: Pick<PolicyResource, "props">): string | undefined {
  const name = endpoint.props.serviceName as string | undefined;
  const service = /^(?:cn\.)?com\.amazonaws\.[a-z0-9-]+\.(.+)$/.exec(name ?? "")?.[1];
  // Somebody's own service is com.amazonaws.vpce.<region>.vpce-svc-….
  return service?.includes("vpce-svc-") ? undefined : service;
}

/** Whether an endpoint is one with network interfaces in subnets. Without a type it is a gateway. */
export function isInterface(endpoint: PolicyResource): boolean {
  return (endpoint.props.vpcEndpointType as string | undefined) === "Interface";
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
  const ids = known(() => (endpoint.props.subnetIds ?? []) as unknown[]);
  const given = ids === undefined ? isComputed(endpoint, "subnetIds") : ids.length > 0;
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

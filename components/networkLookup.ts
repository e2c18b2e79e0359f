import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ExistingVpc } from "../checks/existingVpc";
import type {
  FoundEndpoint,
  FoundGroup,
  FoundNetwork,
  FoundRoute,
  FoundSubnet,
} from "./networkFacts";
import { type Location, regionalArn } from "./location";
import { serviceName } from "./networkEndpoints";

export interface NetworkLookupArgs {
  readonly location: Location;
  readonly environmentName: string;
  /** What is to be looked up. */
  readonly network: ExistingVpc;
  /** Services whose endpoints are looked for, as in `ecr.api`. */
  readonly services: readonly string[];
  /** Tags that tell what the stack itself made. */
  readonly ownTags: Readonly<Record<string, string>>;
}

/**
 * Looks up the VPC that a stack's settings name, with all that decides whether an environment works in it. Nothing is
 * changed.
 *
 * @throws {pulumi.RunError} naming the setting whose VPC, subnet or group is not there
 */
export async function lookUpNetwork(args: NetworkLookupArgs): Promise<FoundNetwork> {
  const { vpcId, subnetIds, securityGroupIds } = args.network;
  const vpc = await named("network.vpcId", vpcId, aws.ec2.getVpc({ id: vpcId }));
  const [subnets, groups, endpoints, others, hasEnvironment] = await Promise.all([
    Promise.all(subnetIds.map((id) => findSubnet(id, vpc.mainRouteTableId))),
    findGroups("network.securityGroupIds", securityGroupIds),
    Promise.all(args.services.map((service) => endpointsOf(service, args))),
    otherSubnets(vpcId, args.ownTags),
    isThere(args),
  ]);
  return {
    vpcId,
    cidrs: vpc.cidrBlockAssociations
      .filter(({ state }) => state === "associated")
      .map(({ cidrBlock }) => cidrBlock),
    dnsSupport: vpc.enableDnsSupport,
    dnsHostnames: vpc.enableDnsHostnames,
    subnets,
    groups,
    endpoints: endpoints.flatMap(({ found }) => found),
    ambiguous: endpoints.filter((one) => one.isAmbiguous).map(({ service }) => service),
    otherBlocks: others,
    hasEnvironment,
  };
}

/** What a lookup finds; where it fails, the setting is told that named what it looked for. */
async function named<T>(setting: string, id: string, lookup: Promise<T>): Promise<T> {
  try {
    return await lookup;
  } catch (error) {
    throw new pulumi.RunError(
      `${setting} names ${id}, which could not be looked up: ${reasonOf(error)}. Correct the id, or the Region.`,
    );
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function findSubnet(id: string, mainTableId: string): Promise<FoundSubnet> {
  const subnet = await named("network.subnetIds", id, aws.ec2.getSubnet({ id }));
  const { routeTableId, routes } = await findRoutes(id, subnet.vpcId, mainTableId);
  return {
    id,
    vpcId: subnet.vpcId,
    zone: subnet.availabilityZone,
    cidr: subnet.cidrBlock,
    freeAddresses: subnet.availableIpAddressCount,
    tags: subnet.tags,
    routeTableId,
    routes: await Promise.all(routes.map(reachOf)),
  };
}

/** The table of a subnet's own association, or else the main one of its VPC. */
async function findRoutes(subnetId: string, vpcId: string, mainTableId: string) {
  const { ids } = await aws.ec2.getRouteTables({
    vpcId,
    filters: [{ name: "association.subnet-id", values: [subnetId] }],
  });
  const routeTableId = ids.at(0) ?? mainTableId;
  const { routes } = await aws.ec2.getRouteTable({ routeTableId });
  return { routeTableId, routes: routes.filter(({ cidrBlock }) => cidrBlock !== "") };
}

type Route = aws.types.output.ec2.GetRouteTableRoute;

async function reachOf(route: Route): Promise<FoundRoute> {
  const { cidrBlock: block, natGatewayId, gatewayId } = route;
  if (natGatewayId !== "") {
    const natReaches = await reachesInternet(natGatewayId);
    return { block, kind: "nat", target: natGatewayId, natReaches };
  }
  const kind = gatewayId.startsWith("igw-") ? "internet" : "elsewhere";
  const target = Object.entries<string>({ ...route }).find(
    ([name, value]) => /Id$|Arn$/.test(name) && value !== "",
  );
  return { block, kind, target: target?.[1] ?? "", natReaches: false };
}

/** Whether a NAT gateway is a public one in a public subnet, or a regional one, which stands in no subnet. */
async function reachesInternet(id: string): Promise<boolean> {
  const nat = await aws.ec2.getNatGateway({ id });
  if (nat.state !== "available" || nat.connectivityType === "private") {
    return false;
  }
  if (nat.availabilityMode === "regional") {
    return true;
  }
  const { mainRouteTableId } = await aws.ec2.getVpc({ id: nat.vpcId });
  const { routes } = await findRoutes(nat.subnetId, nat.vpcId, mainRouteTableId);
  return routes.some(({ gatewayId }) => gatewayId.startsWith("igw-"));
}

async function findGroups(setting: string, ids: readonly string[]): Promise<FoundGroup[]> {
  if (ids.length === 0) {
    return [];
  }
  const found = await aws.ec2.getSecurityGroups({
    filters: [{ name: "group-id", values: [...ids] }],
  });
  const missing = ids.filter((id) => !found.ids.includes(id));
  if (missing.length > 0) {
    throw new pulumi.RunError(
      `${setting} names ${missing.join(", ")}, which the account does not have in this region. Correct the ids.`,
    );
  }
  return Promise.all(
    found.ids.map(async (id, index) => ({
      id,
      vpcId: found.vpcIds[index],
      rules: await rulesOf(id),
    })),
  );
}

async function rulesOf(groupId: string): Promise<FoundGroup["rules"]> {
  const { ids } = await aws.vpc.getSecurityGroupRules({
    filters: [{ name: "group-id", values: [groupId] }],
  });
  const rules = await Promise.all(
    ids.map((securityGroupRuleId) => aws.vpc.getSecurityGroupRule({ securityGroupRuleId })),
  );
  return rules.map((rule) => ({
    isEgress: rule.isEgress,
    protocol: rule.ipProtocol,
    fromPort: rule.fromPort,
    toPort: rule.toPort,
    block: rule.cidrIpv4,
    groupId: rule.referencedSecurityGroupId,
    prefixListId: rule.prefixListId,
  }));
}

/** Endpoints for a service, of which S3 has two types. */
async function endpointsOf(service: string, args: NetworkLookupArgs): Promise<FoundEndpoints> {
  const types = service === "s3" ? (["Gateway", "Interface"] as const) : (["Interface"] as const);
  const all = await Promise.all(types.map((type) => findEndpoint(service, type, args)));
  return {
    service,
    found: all.filter((one) => typeof one === "object"),
    isAmbiguous: all.includes("several"),
  };
}

interface FoundEndpoints {
  readonly service: string;
  readonly found: readonly FoundEndpoint[];
  readonly isAmbiguous: boolean;
}

async function findEndpoint(
  service: string,
  type: FoundEndpoint["type"],
  { network: { vpcId }, location, ownTags }: NetworkLookupArgs,
): Promise<FoundEndpoint | "none" | "several"> {
  try {
    const found = await aws.ec2.getVpcEndpoint({
      vpcId,
      serviceName: serviceName(location, service),
      vpcEndpointType: type,
      state: "available",
    });
    return {
      id: found.id,
      service,
      type,
      privateDns: found.privateDnsEnabled,
      routeTableIds: found.routeTableIds,
      groups: await findGroups(`the endpoint ${found.id}`, found.securityGroupIds),
      isOwn: isOwned(found.tags, ownTags),
    };
  } catch (error) {
    // The provider looks for exactly one: SingularDataSourceFindError of internal/tfresource/not_found_error.go.
    const reason = reasonOf(error);
    if (reason.includes("no matching EC2 VPC Endpoint")) {
      return "none";
    }
    if (reason.includes("multiple EC2 VPC Endpoint")) {
      return "several";
    }
    throw error;
  }
}

/** Blocks of the subnets of a VPC that the stack has not made. */
async function otherSubnets(
  vpcId: string,
  ownTags: Readonly<Record<string, string>>,
): Promise<string[]> {
  const { ids } = await aws.ec2.getSubnets({ filters: [{ name: "vpc-id", values: [vpcId] }] });
  const subnets = await Promise.all(ids.map((id) => aws.ec2.getSubnet({ id })));
  return subnets
    .filter(({ tags }) => !isOwned(tags, ownTags))
    .map(({ cidrBlock }) => cidrBlock)
    .filter((block) => block !== "");
}

function isOwned(
  tags: Readonly<Record<string, string>>,
  ownTags: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(ownTags).every(([key, value]) => tags[key] === value);
}

/** Whether the stack's environment is there. */
async function isThere({ location, environmentName }: NetworkLookupArgs): Promise<boolean> {
  const { resourceTagMappingLists } = await aws.resourcegroupstaggingapi.getResources({
    resourceArnLists: [regionalArn(location, "airflow", `environment/${environmentName}`)],
  });
  return resourceTagMappingLists.length > 0;
}

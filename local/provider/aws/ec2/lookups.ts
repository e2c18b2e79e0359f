import {
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  Filter,
  Route,
} from "@aws-sdk/client-ec2";

import { Fn, Properties, ifThere } from "../row";
import { tagMap } from "../tags";
import { arn, ec2 } from "./client";
import { filtersOf } from "./filters";

const LEFT_OUT = "what nothing reads is left out of its result";

/** Filters of arguments, by the names that EC2 has for them; those that are not given are none. */
function attributes(given: Readonly<Record<string, unknown>>): Filter[] {
  return Object.entries(given).flatMap(([Name, value]) =>
    typeof value === "string" && value !== "" ? [{ Name, Values: [value] }] : [],
  );
}

/** The one of the things found: SingularDataSourceFindError of internal/tfresource/not_found_error.go. */
function single<T>(kind: string, found: readonly T[] | undefined): T {
  if (found === undefined || found.length === 0) {
    throw new Error(`no matching ${kind} found`);
  }
  if (found.length > 1) {
    throw new Error(
      `multiple ${kind}s matched; use additional constraints to reduce matches to a single ${kind}`,
    );
  }
  return found[0];
}

const getVpc: Fn = {
  source: {
    file: "internal/service/ec2/vpc_data_source.go",
    differences: ["it is found by its id alone", LEFT_OUT],
  },
  args: ["id"],
  async call({ id }) {
    const VpcId = id as string;
    const found = await ifThere(
      ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] })),
      "InvalidVpcID.NotFound",
    );
    const vpc = single("EC2 VPC", found?.Vpcs);
    const [hostnames, support, tables] = await Promise.all([
      ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: "enableDnsHostnames" })),
      ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: "enableDnsSupport" })),
      ec2.send(
        new DescribeRouteTablesCommand({
          Filters: attributes({ "association.main": "true", "vpc-id": VpcId }),
        }),
      ),
    ]);
    return {
      id,
      arn: arn(vpc.OwnerId, "vpc", VpcId),
      cidrBlock: vpc.CidrBlock,
      cidrBlockAssociations: (vpc.CidrBlockAssociationSet ?? []).map((one) => ({
        associationId: one.AssociationId ?? "",
        cidrBlock: one.CidrBlock ?? "",
        state: one.CidrBlockState?.State ?? "",
      })),
      enableDnsHostnames: hostnames.EnableDnsHostnames?.Value,
      enableDnsSupport: support.EnableDnsSupport?.Value,
      mainRouteTableId: tables.RouteTables?.[0]?.RouteTableId,
      ownerId: vpc.OwnerId,
      tags: tagMap(vpc.Tags),
    };
  },
};

const getRouteTables: Fn = {
  source: { file: "internal/service/ec2/vpc_route_tables_data_source.go" },
  args: ["filters", "tags", "vpcId"],
  async call(args) {
    const { RouteTables = [] } = await ec2.send(
      new DescribeRouteTablesCommand({
        Filters: [...attributes({ "vpc-id": args.vpcId }), ...filtersOf(args)],
      }),
    );
    const ids = RouteTables.map(({ RouteTableId }) => RouteTableId);
    return { id: process.env.AWS_REGION, ids, vpcId: args.vpcId, tags: args.tags ?? {} };
  },
};

const getRouteTable: Fn = {
  source: {
    file: "internal/service/ec2/vpc_route_table_data_source.go",
    differences: [
      "it is found by its id or its subnet's alone",
      "routes to network interfaces of other accounts are not left out: there are none",
      LEFT_OUT,
    ],
  },
  args: ["routeTableId", "subnetId"],
  async call({ routeTableId, subnetId }) {
    const { RouteTables } = await ec2.send(
      new DescribeRouteTablesCommand({
        Filters: attributes({ "route-table-id": routeTableId, "association.subnet-id": subnetId }),
      }),
    );
    const table = single("Route Table", RouteTables);
    return {
      id: table.RouteTableId,
      routeTableId: table.RouteTableId,
      vpcId: table.VpcId,
      ownerId: table.OwnerId,
      arn: arn(table.OwnerId, "route-table", table.RouteTableId ?? ""),
      subnetId: subnetId ?? "",
      routes: (table.Routes ?? []).filter(isShown).map(shownRoute),
      tags: tagMap(table.Tags),
    };
  },
};

/** Local routes, those that a virtual private gateway propagates, and those of gateway endpoints are left out. */
function isShown({ GatewayId, Origin, DestinationPrefixListId }: Route): boolean {
  return (
    GatewayId !== "local" &&
    GatewayId !== "VpcLattice" &&
    Origin !== "EnableVgwRoutePropagation" &&
    !(DestinationPrefixListId !== undefined && GatewayId?.startsWith("vpce-") === true)
  );
}

function shownRoute(route: Route): Properties {
  const isEndpoint = route.GatewayId?.startsWith("vpce-") === true;
  return {
    cidrBlock: route.DestinationCidrBlock ?? "",
    ipv6CidrBlock: route.DestinationIpv6CidrBlock ?? "",
    destinationPrefixListId: route.DestinationPrefixListId ?? "",
    carrierGatewayId: route.CarrierGatewayId ?? "",
    coreNetworkArn: route.CoreNetworkArn ?? "",
    egressOnlyGatewayId: route.EgressOnlyInternetGatewayId ?? "",
    gatewayId: isEndpoint ? "" : (route.GatewayId ?? ""),
    instanceId: route.InstanceId ?? "",
    localGatewayId: route.LocalGatewayId ?? "",
    natGatewayId: route.NatGatewayId ?? "",
    networkInterfaceId: route.NetworkInterfaceId ?? "",
    odbNetworkArn: route.OdbNetworkArn ?? "",
    transitGatewayId: route.TransitGatewayId ?? "",
    vpcEndpointId: isEndpoint ? route.GatewayId : "",
    vpcPeeringConnectionId: route.VpcPeeringConnectionId ?? "",
  };
}

const getNatGateway: Fn = {
  source: {
    file: "internal/service/ec2/vpc_nat_gateway_data_source.go",
    differences: ["it is found by its id alone", LEFT_OUT],
  },
  args: ["id"],
  async call({ id }) {
    const found = await ifThere(
      ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id as string] })),
      "NatGatewayNotFound",
    );
    const nat = single("EC2 NAT Gateway", found?.NatGateways);
    return {
      id: nat.NatGatewayId,
      availabilityMode: nat.AvailabilityMode ?? "zonal",
      connectivityType: nat.ConnectivityType,
      state: nat.State,
      subnetId: nat.SubnetId,
      vpcId: nat.VpcId,
      tags: tagMap(nat.Tags),
    };
  },
};

const getVpcEndpoint: Fn = {
  source: {
    file: "internal/service/ec2/vpc_endpoint_data_source.go",
    differences: ["it is not found by its id", LEFT_OUT],
  },
  args: ["filters", "serviceName", "state", "tags", "vpcEndpointType", "vpcId"],
  async call(args) {
    const { VpcEndpoints } = await ec2.send(
      new DescribeVpcEndpointsCommand({
        Filters: [
          ...attributes({
            "vpc-endpoint-state": args.state,
            "vpc-id": args.vpcId,
            "service-name": args.serviceName,
            "vpc-endpoint-type": args.vpcEndpointType,
          }),
          ...filtersOf(args),
        ],
      }),
    );
    const endpoint = single("EC2 VPC Endpoint", VpcEndpoints);
    return {
      id: endpoint.VpcEndpointId,
      arn: arn(endpoint.OwnerId, "vpc-endpoint", endpoint.VpcEndpointId ?? ""),
      ownerId: endpoint.OwnerId,
      privateDnsEnabled: endpoint.PrivateDnsEnabled ?? false,
      routeTableIds: endpoint.RouteTableIds ?? [],
      securityGroupIds: (endpoint.Groups ?? []).map(({ GroupId }) => GroupId),
      serviceName: endpoint.ServiceName,
      state: endpoint.State,
      subnetIds: endpoint.SubnetIds ?? [],
      vpcEndpointType: endpoint.VpcEndpointType ?? "Gateway",
      vpcId: endpoint.VpcId,
      tags: tagMap(endpoint.Tags),
    };
  },
};

const getSecurityGroupRules: Fn = {
  source: { file: "internal/service/ec2/vpc_security_group_rules_data_source.go" },
  args: ["filters", "tags"],
  async call(args) {
    const { SecurityGroupRules = [] } = await ec2.send(
      new DescribeSecurityGroupRulesCommand({ Filters: filtersOf(args) }),
    );
    const ids = SecurityGroupRules.map(({ SecurityGroupRuleId }) => SecurityGroupRuleId);
    return { id: process.env.AWS_REGION, ids, tags: args.tags };
  },
};

const getSecurityGroupRule: Fn = {
  source: {
    file: "internal/service/ec2/vpc_security_group_rule_data_source.go",
    differences: ["it is found by its id alone"],
  },
  args: ["securityGroupRuleId"],
  async call({ securityGroupRuleId }) {
    const { SecurityGroupRules } = await ec2.send(
      new DescribeSecurityGroupRulesCommand({
        SecurityGroupRuleIds: [securityGroupRuleId as string],
      }),
    );
    const rule = single("Security Group Rule", SecurityGroupRules);
    const { GroupId, UserId } = rule.ReferencedGroupInfo ?? {};
    const isForeign = UserId !== undefined && UserId !== rule.GroupOwnerId;
    return {
      id: rule.SecurityGroupRuleId,
      securityGroupRuleId: rule.SecurityGroupRuleId,
      securityGroupId: rule.GroupId,
      arn: arn(rule.GroupOwnerId, "security-group-rule", rule.SecurityGroupRuleId ?? ""),
      cidrIpv4: rule.CidrIpv4,
      cidrIpv6: rule.CidrIpv6,
      description: rule.Description,
      fromPort: rule.FromPort,
      toPort: rule.ToPort,
      ipProtocol: rule.IpProtocol,
      isEgress: rule.IsEgress,
      prefixListId: rule.PrefixListId,
      referencedSecurityGroupId: isForeign ? `${UserId}/${GroupId}` : GroupId,
      tags: tagMap(rule.Tags),
    };
  },
};

export const lookups: Readonly<Record<string, Fn>> = {
  "aws:ec2/getVpc:getVpc": getVpc,
  "aws:ec2/getRouteTables:getRouteTables": getRouteTables,
  "aws:ec2/getRouteTable:getRouteTable": getRouteTable,
  "aws:ec2/getNatGateway:getNatGateway": getNatGateway,
  "aws:ec2/getVpcEndpoint:getVpcEndpoint": getVpcEndpoint,
  "aws:vpc/getSecurityGroupRules:getSecurityGroupRules": getSecurityGroupRules,
  "aws:vpc/getSecurityGroupRule:getSecurityGroupRule": getSecurityGroupRule,
};

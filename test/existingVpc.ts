import { EMR_MANAGED_TAG } from "../components/emr/jobFlow";
import { REGION } from "./mockedAccount";

type Properties = Record<string, unknown>;

/** A route of a table, by what differs from one that leads nowhere. */
interface Route {
  readonly cidrBlock: string;
  readonly natGatewayId?: string;
  readonly gatewayId?: string;
  readonly transitGatewayId?: string;
}

interface Rule {
  readonly isEgress?: boolean;
  readonly ipProtocol?: string;
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly cidrIpv4?: string;
  readonly referencedSecurityGroupId?: string;
  readonly prefixListId?: string;
}

/** A VPC that is there, as the functions of the provider show it. */
export interface ThereVpc {
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
  readonly cidrs: readonly string[];
  /** Subnets by their ids; with no table the main one is theirs. */
  readonly subnets: Readonly<
    Record<
      string,
      {
        readonly vpcId?: string;
        readonly zone: string;
        readonly cidr: string;
        readonly free?: number;
        readonly tags?: Readonly<Record<string, string>>;
        readonly table?: string;
      }
    >
  >;
  readonly tables: Readonly<Record<string, readonly Route[]>>;
  readonly nats: Readonly<Record<string, Properties>>;
  readonly groups: Readonly<
    Record<string, { readonly vpcId?: string; readonly rules: readonly Rule[] }>
  >;
  readonly endpoints: readonly (Properties & { readonly service: string; readonly type: string })[];
}

export const VPC = "vpc-0123abcd";
export const SUBNETS = ["subnet-0000000a", "subnet-0000000b"];
/** Settings of a stack in it. */
export const NETWORK = { vpcId: VPC, subnetIds: SUBNETS };

const MAIN = "rtb-0000000f";

/** Private subnets in two zones that leave by a NAT gateway in a public one. */
export const THERE: ThereVpc = {
  enableDnsSupport: true,
  enableDnsHostnames: true,
  cidrs: ["10.192.0.0/16"],
  subnets: {
    "subnet-0000000a": {
      zone: "a",
      cidr: "10.192.1.0/24",
      tags: EMR_MANAGED_TAG,
      table: "rtb-0000000a",
    },
    "subnet-0000000b": {
      zone: "b",
      cidr: "10.192.2.0/24",
      tags: EMR_MANAGED_TAG,
      table: "rtb-0000000b",
    },
    "subnet-0000000d": {
      zone: "b",
      cidr: "10.192.4.0/24",
      tags: EMR_MANAGED_TAG,
      table: "rtb-0000000b",
    },
    "subnet-0000000c": { zone: "a", cidr: "10.192.3.0/24", table: "rtb-0000000c" },
  },
  tables: {
    "rtb-0000000a": [{ cidrBlock: "0.0.0.0/0", natGatewayId: "nat-0000000a" }],
    "rtb-0000000b": [{ cidrBlock: "0.0.0.0/0", natGatewayId: "nat-0000000a" }],
    "rtb-0000000c": [{ cidrBlock: "0.0.0.0/0", gatewayId: "igw-0000000a" }],
    [MAIN]: [],
  },
  nats: { "nat-0000000a": { subnetId: "subnet-0000000c" } },
  groups: {
    "sg-0000000a": {
      rules: [
        { ipProtocol: "-1", referencedSecurityGroupId: "sg-0000000a" },
        { isEgress: true, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" },
      ],
    },
    "sg-0000000b": {
      rules: [
        { ipProtocol: "-1", referencedSecurityGroupId: "sg-0000000b" },
        { isEgress: true, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" },
      ],
    },
    "sg-0000000e": {
      rules: [{ ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "10.192.0.0/16" }],
    },
  },
  endpoints: [],
};

const NO_ROUTE = Object.fromEntries(
  [
    ...["carrierGatewayId", "cidrBlock", "coreNetworkArn", "destinationPrefixListId", "gatewayId"],
    ...["egressOnlyGatewayId", "instanceId", "ipv6CidrBlock", "localGatewayId", "natGatewayId"],
    ...["networkInterfaceId", "odbNetworkArn", "transitGatewayId", "vpcEndpointId"],
    "vpcPeeringConnectionId",
  ].map((name) => [name, ""]),
);

const NO_RULE = {
  ...{ isEgress: false, ipProtocol: "tcp", fromPort: -1, toPort: -1 },
  ...{ cidrIpv4: "", referencedSecurityGroupId: "", prefixListId: "" },
};

const valuesOf = (filters: unknown): readonly string[] =>
  (filters as { readonly values: string[] }[])[0].values;

/** An error as the engine hands on a provider's. */
function failure(details: string): Error {
  return Object.assign(new Error(details), { details });
}

function found<T>(all: Readonly<Record<string, T>>, id: unknown, kind: string): T {
  const one = all[String(id)] as T | undefined;
  if (one === undefined) {
    throw failure(`no matching ${kind} found`);
  }
  return one;
}

/** Answers of the provider's functions in an account with that VPC alone. */
export function existingVpc(changes: Partial<ThereVpc> = {}) {
  const there = { ...THERE, ...changes };
  const subnet = (id: unknown): Properties => {
    const {
      vpcId = VPC,
      zone,
      cidr,
      free = 251,
      tags = {},
    } = found(there.subnets, id, "EC2 Subnet");
    const availabilityZone = `${REGION}${zone}`;
    return { id, vpcId, availabilityZone, cidrBlock: cidr, availableIpAddressCount: free, tags };
  };
  return {
    "aws:ec2/getVpc:getVpc": ({ id }: Properties) =>
      found(
        {
          [VPC]: {
            ...{ id, mainRouteTableId: MAIN },
            enableDnsSupport: there.enableDnsSupport,
            enableDnsHostnames: there.enableDnsHostnames,
            cidrBlockAssociations: there.cidrs.map((cidrBlock) => ({
              cidrBlock,
              state: "associated",
            })),
          },
        },
        id,
        "EC2 VPC",
      ),
    "aws:ec2/getSubnets:getSubnets": ({ filters }: Properties) => ({
      ids: filters === undefined ? [] : Object.keys(there.subnets),
    }),
    "aws:ec2/getSubnet:getSubnet": ({ id }: Properties) => subnet(id),
    "aws:ec2/getRouteTables:getRouteTables": ({ filters }: Properties) => {
      const { table } = found(there.subnets, valuesOf(filters)[0], "EC2 Subnet");
      return { ids: table === undefined ? [] : [table] };
    },
    "aws:ec2/getRouteTable:getRouteTable": ({ routeTableId }: Properties) => ({
      routes: found(there.tables, routeTableId, "Route Table").map((route) => ({
        ...NO_ROUTE,
        ...route,
      })),
    }),
    "aws:ec2/getNatGateway:getNatGateway": ({ id }: Properties) => ({
      ...{ vpcId: VPC, state: "available", connectivityType: "public", availabilityMode: "zonal" },
      ...found(there.nats, id, "EC2 NAT Gateway"),
    }),
    "aws:ec2/getSecurityGroups:getSecurityGroups": ({ filters }: Properties) => {
      const ids = valuesOf(filters).filter((id) => id in there.groups);
      return { ids, vpcIds: ids.map((id) => there.groups[id].vpcId ?? VPC) };
    },
    "aws:vpc/getSecurityGroupRules:getSecurityGroupRules": ({ filters }: Properties) => {
      const [id] = valuesOf(filters);
      return { ids: there.groups[id].rules.map((_, index) => `${id} ${index}`) };
    },
    "aws:vpc/getSecurityGroupRule:getSecurityGroupRule": ({ securityGroupRuleId }: Properties) => {
      const [id, index] = String(securityGroupRuleId).split(" ");
      return { ...NO_RULE, ...there.groups[id].rules[Number(index)] };
    },
    "aws:ec2/getVpcEndpoint:getVpcEndpoint": ({ serviceName, vpcEndpointType }: Properties) => {
      const all = there.endpoints.filter(
        ({ service, type }) =>
          serviceName === `com.amazonaws.${REGION}.${service}` && type === vpcEndpointType,
      );
      if (all.length !== 1) {
        throw failure(
          all.length === 0
            ? "no matching EC2 VPC Endpoint found"
            : "multiple EC2 VPC Endpoints matched",
        );
      }
      return {
        ...{ id: `vpce-${all[0].service}`, privateDnsEnabled: true, tags: {} },
        ...{ routeTableIds: [], securityGroupIds: [] },
        ...all[0],
      };
    },
  };
}

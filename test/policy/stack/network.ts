import { PolicyResource } from "@pulumi/policy";

import { UNKNOWN, resource } from "../graph";

export const VPC = "aws:ec2/vpc:Vpc";
export const SUBNET = "aws:ec2/subnet:Subnet";
export const ROUTE_TABLE = "aws:ec2/routeTable:RouteTable";
export const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
export const ROUTE = "aws:ec2/route:Route";
export const NAT_GATEWAY = "aws:ec2/natGateway:NatGateway";
export const INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway";
export const VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
export const ENVIRONMENT = "aws:mwaa/environment:Environment";
export const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
export const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

type Properties = Record<string, unknown>;

/** `planned`: no id is known, as at a first preview; `deployed`: all are. */
export type Mode = "planned" | "deployed";

export interface NetworkOptions {
  readonly mode: Mode;
  /** As awsx has it. Default: `OnePerAz`. */
  readonly nat?: "OnePerAz" | "Single" | "None";
  /** Names of the environment's subnets. Default: the two private ones. */
  readonly in?: readonly string[];
  /** Names of types and names that are left out, as in `Route net-private-1`. */
  readonly without?: readonly string[];
  /** Further properties, by the resource's name (of subnets) or by type and name. */
  readonly change?: Readonly<Record<string, Properties>>;
  /** Services with an interface endpoint in the private subnets. */
  readonly interfaces?: readonly string[];
  /** A gateway endpoint for S3 in the private subnets' tables. */
  readonly gateway?: boolean;
  /** A third zone's private subnet, so that the environment uses two out of three. */
  readonly thirdPrivate?: boolean;
  /** Groups of the endpoints' own, in place of the environment's. */
  readonly endpointGroups?: readonly PolicyResource[];
  readonly more?: readonly PolicyResource[];
}

/**
 * An environment in a VPC of the official awsx component: what that registers, with the dependencies that the
 * engine notes. Inside the component they are exact; what uses its outputs depends on all that it made.
 */
export function awsxNetwork(options: NetworkOptions): PolicyResource[] {
  const { mode, nat = "OnePerAz", without = [], change = {}, interfaces = [] } = options;
  const isPlanned = mode === "planned";
  const made: PolicyResource[] = [];
  const add = (
    type: string,
    name: string,
    props: Properties,
    references: Readonly<Record<string, PolicyResource>> = {},
  ): PolicyResource => {
    const kind = type.split(":")[2];
    const key = `${kind} ${name}`;
    const ids = Object.fromEntries(
      Object.entries(references).map(([property, to]) => [
        property,
        isPlanned ? UNKNOWN : (to.props.id as string),
      ]),
    );
    const one = resource(
      type,
      name,
      {
        id: isPlanned ? UNKNOWN : `${name}-${kind}`,
        ...props,
        ...ids,
        ...(kind === "Subnet" ? change[name] : {}),
        ...change[key],
      },
      Object.fromEntries(Object.entries(references).map(([property, to]) => [property, [to]])),
    );
    if (!without.includes(key)) {
      made.push(one);
    }
    return one;
  };

  const component = resource("awsx:ec2:Vpc", "net", {});
  made.push(component);
  const vpc = add(VPC, "net", { cidrBlock: "10.192.0.0/16" });
  const internet = add(INTERNET_GATEWAY, "net", {}, { vpcId: vpc });
  const zones = options.thirdPrivate ? ["a", "b", "c"] : ["a", "b"];
  const subnets = ["public", "private"].flatMap((kind, k) =>
    zones.map((zone, z) => {
      const name = `net-${kind}-${z + 1}`;
      const subnet = add(
        SUBNET,
        name,
        {
          availabilityZone: `us-east-1${zone}`,
          cidrBlock: `10.192.${k + 1}${z}.0/24`,
          mapPublicIpOnLaunch: kind === "public",
        },
        { vpcId: vpc },
      );
      const routeTable = add(ROUTE_TABLE, name, {}, { vpcId: vpc });
      add(ASSOCIATION, name, {}, { subnetId: subnet, routeTableId: routeTable });
      return { kind, name, subnet, routeTable };
    }),
  );
  const gateways = subnets
    .filter(({ kind }) => kind === "public")
    .slice(0, { OnePerAz: zones.length, Single: 1, None: 0 }[nat])
    .map(({ subnet }, index) => add(NAT_GATEWAY, `net-${index + 1}`, {}, { subnetId: subnet }));
  subnets.forEach(({ kind, name, routeTable }, index) => {
    const target: Record<string, PolicyResource> =
      kind === "public"
        ? { gatewayId: internet }
        : { natGatewayId: gateways[index % zones.length] ?? gateways[0] };
    if (Object.values(target)[0] !== undefined) {
      add(
        ROUTE,
        name,
        { destinationCidrBlock: "0.0.0.0/0" },
        { routeTableId: routeTable, ...target },
      );
    }
  });

  const outside = (
    type: string,
    name: string,
    props: Properties,
    dependencies: Record<string, PolicyResource[]>,
  ) => {
    made.push(resource(type, name, { ...props, ...change[name] }, dependencies));
    return made[made.length - 1];
  };
  const group = outside(
    SECURITY_GROUP,
    "group",
    { id: isPlanned ? UNKNOWN : "sg-environment", vpcId: vpcIdOf() },
    { vpcId: [component, vpc] },
  );
  outside(
    INGRESS_RULE,
    "members",
    {
      ipProtocol: "-1",
      securityGroupId: isPlanned ? UNKNOWN : "sg-environment",
      referencedSecurityGroupId: isPlanned ? UNKNOWN : "sg-environment",
    },
    { securityGroupId: [group], referencedSecurityGroupId: [group] },
  );
  function vpcIdOf(): unknown {
    return isPlanned ? UNKNOWN : (vpc.props.id as string);
  }
  const all = subnets.map(({ subnet }) => subnet);
  const idsOf = (names: readonly string[]): unknown =>
    isPlanned
      ? UNKNOWN
      : names.map((name) => all.find((subnet) => subnet.name === name)?.props.id as string);
  const inside = options.in ?? ["net-private-1", "net-private-2"];
  const groups = options.endpointGroups ?? [group];
  for (const service of interfaces) {
    outside(
      VPC_ENDPOINT,
      service,
      {
        id: isPlanned ? UNKNOWN : `vpce-${service}`,
        serviceName: `com.amazonaws.us-east-1.${service}`,
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        vpcId: vpcIdOf(),
        subnetIds: idsOf(inside),
        securityGroupIds: groups.map(({ props }) => (isPlanned ? UNKNOWN : (props.id as string))),
      },
      { vpcId: [component, vpc], subnetIds: [component, ...all], securityGroupIds: [...groups] },
    );
  }
  if (options.gateway) {
    const tables = subnets.map(({ routeTable }) => routeTable);
    outside(
      VPC_ENDPOINT,
      "s3",
      {
        id: isPlanned ? UNKNOWN : "vpce-s3",
        serviceName: "com.amazonaws.us-east-1.s3",
        vpcEndpointType: "Gateway",
        vpcId: vpcIdOf(),
        routeTableIds: isPlanned
          ? UNKNOWN
          : subnets
              .filter(({ kind }) => kind === "private")
              .map(({ routeTable }) => routeTable.props.id as string),
      },
      { vpcId: [component, vpc], routeTableIds: [component, ...tables] },
    );
  }
  outside(
    ENVIRONMENT,
    "env",
    {
      networkConfiguration: {
        subnetIds: idsOf(inside),
        securityGroupIds: [isPlanned ? UNKNOWN : "sg-environment"],
      },
    },
    { networkConfiguration: [component, ...all, group] },
  );
  made.push(...(options.more ?? []), ...(options.endpointGroups ?? []));
  return made;
}

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** A kind of subnet, with one CIDR block per Availability Zone. */
interface SubnetSpec {
  readonly type: "Isolated" | "Private" | "Public";
  readonly name?: string;
  readonly cidrBlocks: readonly string[];
  readonly tags?: Record<string, string>;
}

/** What is understood of the official component's arguments. */
export interface VpcArgs {
  readonly availabilityZoneNames: readonly string[];
  readonly cidrBlock: string;
  readonly enableDnsHostnames?: boolean;
  readonly enableDnsSupport?: boolean;
  readonly natGateways?: { readonly strategy: "None" | "OnePerAz" | "Single" };
  readonly subnetSpecs: readonly SubnetSpec[];
  readonly subnetStrategy: string;
  readonly tags?: Record<string, string>;
}

/** Subnet types in the order in which the official component creates them in an Availability Zone. */
const TYPES = ["Public", "Private", "Isolated"] as const;

/** The arguments that are understood, and the members of those that are structures. */
const ARGS = {
  "": [
    "availabilityZoneNames",
    "cidrBlock",
    "enableDnsHostnames",
    "enableDnsSupport",
    "natGateways",
    "subnetSpecs",
    "subnetStrategy",
    "tags",
  ],
  natGateways: ["strategy"],
  subnetSpecs: ["cidrBlocks", "name", "tags", "type"],
};

/** The values of an argument that are understood. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  strategy: ["None", "OnePerAz", "Single"],
  // The others lay the blocks out by rules of their own.
  subnetStrategy: ["Auto"],
  type: TYPES,
};

/**
 * Refuses what the official component takes and this one does not.
 *
 * @throws Error naming the component and the argument.
 */
export function requireSupported(name: string, inputs: pulumi.Inputs): void {
  const { subnetSpecs = [], natGateways, subnetStrategy } = inputs as Partial<VpcArgs>;
  const { availabilityZoneNames: zones } = inputs as Partial<VpcArgs>;
  requireMembers(name, "", inputs);
  requireMembers(name, "natGateways", natGateways ?? {});
  requireValue(name, "strategy", natGateways?.strategy);
  // What the official component takes where nothing is given.
  requireValue(name, "subnetStrategy", subnetStrategy ?? "Legacy");
  for (const spec of subnetSpecs) {
    requireMembers(name, "subnetSpecs", spec);
    requireValue(name, "type", spec.type);
  }
  if (zones === undefined) {
    throw new Error(
      `awsx:ec2:Vpc ${name}: availabilityZoneNames is needed by the laptop target: name the zones`,
    );
  }
  // The official component refuses both as well.
  const has = (type: SubnetSpec["type"]) => subnetSpecs.some((spec) => spec.type === type);
  const natGateway = strategyOf({ natGateways }) !== "None";
  if (natGateway && !(has("Public") && (has("Private") || has("Isolated")))) {
    throw new Error(
      `awsx:ec2:Vpc ${name}: NAT gateways need public subnets to be in and private or isolated ones to serve: ` +
        'declare them, or set natGateways.strategy to "None"',
    );
  }
  for (const spec of subnetSpecs) {
    if (spec.cidrBlocks?.length !== zones.length) {
      throw new Error(
        `awsx:ec2:Vpc ${name}: the ${spec.type} subnets have ${spec.cidrBlocks?.length ?? 0} blocks for ` +
          `${zones.length} Availability Zones: give one CIDR block for each`,
      );
    }
  }
}

function strategyOf({ natGateways }: Pick<VpcArgs, "natGateways">) {
  return natGateways?.strategy ?? "OnePerAz";
}

function requireMembers(name: string, path: keyof typeof ARGS, value: object): void {
  const other = Object.keys(value).find((key) => !ARGS[path].includes(key));
  if (other !== undefined) {
    throw new Error(
      `awsx:ec2:Vpc ${name}: the argument ${path === "" ? other : `${path}.${other}`} is not supported by the ` +
        `laptop target. It has: ${ARGS[path].join(", ")}. Add it in local/provider/awsx/vpc.ts`,
    );
  }
}

function requireValue(name: string, key: string, value: string | undefined): void {
  if (value !== undefined && !VALUES[key].includes(value)) {
    throw new Error(
      `awsx:ec2:Vpc ${name}: ${key} "${value}" is not supported by the laptop target. It has: ` +
        `${VALUES[key].join(", ")}. Add it in local/provider/awsx/vpc.ts`,
    );
  }
}

/** `awsx.ec2.Vpc` made of `aws.ec2` resources: types, names, parents and inputs are the official component's. */
export class Vpc extends pulumi.ComponentResource {
  private readonly vpc: aws.ec2.Vpc;
  private readonly internetGateway: aws.ec2.InternetGateway;
  private readonly subnets: Record<SubnetSpec["type"], aws.ec2.Subnet[]> = {
    Isolated: [],
    Private: [],
    Public: [],
  };
  private readonly allSubnets: aws.ec2.Subnet[] = [];
  private readonly routeTables: aws.ec2.RouteTable[] = [];
  private readonly routeTableAssociations: aws.ec2.RouteTableAssociation[] = [];
  private readonly routes: aws.ec2.Route[] = [];
  private readonly natGateways: aws.ec2.NatGateway[] = [];
  private readonly eips: aws.ec2.Eip[] = [];

  constructor(
    private readonly name: string,
    private readonly args: VpcArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("awsx:ec2:Vpc", name, {}, opts);
    this.vpc = new aws.ec2.Vpc(
      name,
      {
        cidrBlock: args.cidrBlock,
        enableDnsHostnames: args.enableDnsHostnames,
        enableDnsSupport: args.enableDnsSupport,
        tags: { Name: name, ...args.tags },
      },
      { parent: this },
    );
    this.internetGateway = new aws.ec2.InternetGateway(
      name,
      { vpcId: this.vpc.id, tags: { Name: name, ...args.tags } },
      { parent: this.vpc, dependsOn: [this.vpc] },
    );
    // Zone by zone, the public ones first: the private ones' routes lead to the gateways in them.
    const specs = TYPES.flatMap((type) => args.subnetSpecs.filter((spec) => spec.type === type));
    args.availabilityZoneNames.forEach((_, zone) =>
      specs.forEach((spec) => this.addSubnet(spec, zone)),
    );
    this.registerOutputs();
  }

  private addSubnet(spec: SubnetSpec, zone: number): void {
    const { args, vpc } = this;
    const name = `${this.name}-${spec.name ?? spec.type.toLowerCase()}-${zone + 1}`;
    // What the component says of itself wins over the user's tags; those of the spec are for the subnets alone.
    const own = { Name: name, SubnetType: spec.type };
    const subnet = new aws.ec2.Subnet(
      name,
      {
        vpcId: vpc.id,
        availabilityZone: args.availabilityZoneNames[zone],
        mapPublicIpOnLaunch: spec.type === "Public",
        cidrBlock: spec.cidrBlocks[zone],
        assignIpv6AddressOnCreation: false,
        tags: { ...args.tags, ...spec.tags, ...own },
      },
      { parent: vpc, dependsOn: [vpc] },
    );
    this.allSubnets.push(subnet);
    this.subnets[spec.type].push(subnet);
    const routeTable = new aws.ec2.RouteTable(
      name,
      { vpcId: vpc.id, tags: { ...args.tags, ...own } },
      { parent: subnet, dependsOn: [subnet] },
    );
    this.routeTables.push(routeTable);
    this.routeTableAssociations.push(
      new aws.ec2.RouteTableAssociation(
        name,
        { routeTableId: routeTable.id, subnetId: subnet.id },
        { parent: routeTable, dependsOn: [routeTable] },
      ),
    );
    const toInternet = (target: Pick<aws.ec2.RouteArgs, "gatewayId" | "natGatewayId">) =>
      this.routes.push(
        new aws.ec2.Route(
          name,
          { routeTableId: routeTable.id, destinationCidrBlock: "0.0.0.0/0", ...target },
          { parent: routeTable, dependsOn: [routeTable] },
        ),
      );
    if (spec.type === "Public") {
      this.addNatGateway(subnet, zone);
      toInternet({ gatewayId: this.internetGateway.id });
    } else if (spec.type === "Private" && strategyOf(args) !== "None") {
      const { natGateways } = this;
      toInternet({ natGatewayId: natGateways[strategyOf(args) === "Single" ? 0 : zone].id });
    }
  }

  private addNatGateway(subnet: aws.ec2.Subnet, zone: number): void {
    const wanted = { None: 0, OnePerAz: zone + 1, Single: 1 }[strategyOf(this.args)];
    if (this.natGateways.length >= wanted) {
      return;
    }
    const name = `${this.name}-${zone + 1}`;
    const opts = { parent: subnet, dependsOn: [subnet] };
    const tags = { ...this.args.tags, Name: name };
    const eip = new aws.ec2.Eip(name, { tags }, opts);
    this.eips.push(eip);
    this.natGateways.push(
      new aws.ec2.NatGateway(
        name,
        { subnetId: subnet.id, allocationId: eip.allocationId, tags },
        opts,
      ),
    );
  }

  /** The component's outputs, under the official names. */
  state(): pulumi.Inputs {
    const { Isolated, Private, Public } = this.subnets;
    const ids = (subnets: readonly aws.ec2.Subnet[]) => subnets.map(({ id }) => id);
    return {
      vpc: this.vpc,
      vpcId: this.vpc.id,
      subnets: this.allSubnets,
      isolatedSubnetIds: ids(Isolated),
      isolatedSubnets: Isolated,
      privateSubnetIds: ids(Private),
      privateSubnets: Private,
      publicSubnetIds: ids(Public),
      publicSubnets: Public,
      subnetLayout: this.args.subnetSpecs.map(({ type, name, cidrBlocks }) => ({
        type,
        name,
        cidrBlocks,
      })),
      internetGateway: this.internetGateway,
      routeTables: this.routeTables,
      routeTableAssociations: this.routeTableAssociations,
      routes: this.routes,
      natGateways: this.natGateways,
      eips: this.eips,
      vpcEndpoints: [],
    };
  }
}

import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteFlowLogsCommand,
  DeleteInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteTagsCommand,
  DeleteVpcCommand,
  DeleteVpcEndpointsCommand,
  DescribeAddressesCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  DisassociateRouteTableCommand,
  EC2Client,
  IpPermission,
  ModifySecurityGroupRulesCommand,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  ModifyVpcEndpointCommand,
  ReleaseAddressCommand,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand,
  ResourceType,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import {
  AnyRow,
  Change,
  Plain,
  goneTags,
  ifThere,
  pause,
  row,
  shortHash,
  tagList,
  tagMap,
} from "./row";

const ec2 = new EC2Client({});

interface Tagged {
  readonly tags?: Record<string, string>;
}

function tagsAtCreation(type: ResourceType, { tags }: Tagged) {
  return tags === undefined || Object.keys(tags).length === 0
    ? undefined
    : [{ ResourceType: type, Tags: tagList(tags) }];
}

async function retag<Args extends Tagged>({
  id,
  inputs,
  olds,
  changed,
}: Change<Args>): Promise<void> {
  if (!changed.has("tags")) {
    return;
  }
  const gone = goneTags(olds, inputs);
  if (gone.length > 0) {
    await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: gone.map((Key) => ({ Key })) }));
  }
  if (Object.keys(inputs.tags ?? {}).length > 0) {
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tagList(inputs.tags) }));
  }
}

const arn = (owner: string | undefined, kind: string, id: string) =>
  `arn:aws:ec2:${process.env.AWS_REGION}:${owner}:${kind}/${id}`;

const vpc = row<Plain<aws.ec2.VpcArgs>>({
  args: ["cidrBlock", "enableDnsHostnames", "enableDnsSupport", "instanceTenancy", "tags"],
  replaceOn: ["cidrBlock", "instanceTenancy"],
  computed: ["arn", "defaultSecurityGroupId", "mainRouteTableId", "ownerId"],
  async create(inputs, made) {
    const { Vpc } = await ec2.send(
      new CreateVpcCommand({
        CidrBlock: inputs.cidrBlock,
        InstanceTenancy: inputs.instanceTenancy as "default" | undefined,
        TagSpecifications: tagsAtCreation("vpc", inputs),
      }),
    );
    const id = Vpc?.VpcId as string;
    made(id);
    await setDns(id, inputs);
    return { id, outputs: (await readVpc(id)) ?? {} };
  },
  read: readVpc,
  async update(change) {
    await setDns(change.id, change.inputs);
    await retag(change);
  },
  async delete(id) {
    await ifThere(ec2.send(new DeleteVpcCommand({ VpcId: id })), "InvalidVpcID.NotFound");
  },
});

async function setDns(
  id: string,
  { enableDnsHostnames, enableDnsSupport }: Plain<aws.ec2.VpcArgs>,
): Promise<void> {
  // One attribute a call: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html
  await ec2.send(
    new ModifyVpcAttributeCommand({
      VpcId: id,
      EnableDnsSupport: { Value: enableDnsSupport ?? true },
    }),
  );
  await ec2.send(
    new ModifyVpcAttributeCommand({
      VpcId: id,
      EnableDnsHostnames: { Value: enableDnsHostnames ?? false },
    }),
  );
}

async function readVpc(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeVpcsCommand({ VpcIds: [id] })),
    "InvalidVpcID.NotFound",
  );
  const [there] = found?.Vpcs ?? [];
  if (there === undefined) {
    return undefined;
  }
  const filters = [{ Name: "vpc-id", Values: [id] }];
  const [support, hostnames, groups, tables] = await Promise.all([
    ec2.send(new DescribeVpcAttributeCommand({ VpcId: id, Attribute: "enableDnsSupport" })),
    ec2.send(new DescribeVpcAttributeCommand({ VpcId: id, Attribute: "enableDnsHostnames" })),
    ec2.send(
      new DescribeSecurityGroupsCommand({
        Filters: [...filters, { Name: "group-name", Values: ["default"] }],
      }),
    ),
    ec2.send(
      new DescribeRouteTablesCommand({
        Filters: [...filters, { Name: "association.main", Values: ["true"] }],
      }),
    ),
  ]);
  return {
    cidrBlock: there.CidrBlock,
    instanceTenancy: there.InstanceTenancy,
    enableDnsSupport: support.EnableDnsSupport?.Value,
    enableDnsHostnames: hostnames.EnableDnsHostnames?.Value,
    tags: tagMap(there.Tags),
    arn: arn(there.OwnerId, "vpc", id),
    ownerId: there.OwnerId,
    defaultSecurityGroupId: groups.SecurityGroups?.[0]?.GroupId,
    mainRouteTableId: tables.RouteTables?.[0]?.RouteTableId,
  };
}

const subnet = row<Plain<aws.ec2.SubnetArgs>>({
  args: [
    "assignIpv6AddressOnCreation",
    "availabilityZone",
    "cidrBlock",
    "mapPublicIpOnLaunch",
    "tags",
    "vpcId",
  ],
  replaceOn: ["availabilityZone", "cidrBlock", "vpcId"],
  computed: ["arn", "availabilityZoneId", "ownerId"],
  async create(inputs, made) {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({
        VpcId: inputs.vpcId,
        CidrBlock: inputs.cidrBlock,
        AvailabilityZone: inputs.availabilityZone,
        TagSpecifications: tagsAtCreation("subnet", inputs),
      }),
    );
    const id = Subnet?.SubnetId as string;
    made(id);
    await setSubnetAttributes(id, inputs);
    return { id, outputs: (await readSubnet(id)) ?? {} };
  },
  read: readSubnet,
  async update(change) {
    await setSubnetAttributes(change.id, change.inputs);
    await retag(change);
  },
  async delete(id) {
    await ifThere(ec2.send(new DeleteSubnetCommand({ SubnetId: id })), "InvalidSubnetID.NotFound");
  },
});

async function setSubnetAttributes(
  id: string,
  { mapPublicIpOnLaunch, assignIpv6AddressOnCreation }: Plain<aws.ec2.SubnetArgs>,
): Promise<void> {
  await ec2.send(
    new ModifySubnetAttributeCommand({
      SubnetId: id,
      MapPublicIpOnLaunch: { Value: mapPublicIpOnLaunch ?? false },
    }),
  );
  await ec2.send(
    new ModifySubnetAttributeCommand({
      SubnetId: id,
      AssignIpv6AddressOnCreation: { Value: assignIpv6AddressOnCreation ?? false },
    }),
  );
}

async function readSubnet(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] })),
    "InvalidSubnetID.NotFound",
  );
  const [there] = found?.Subnets ?? [];
  return (
    there && {
      vpcId: there.VpcId,
      cidrBlock: there.CidrBlock,
      availabilityZone: there.AvailabilityZone,
      availabilityZoneId: there.AvailabilityZoneId,
      mapPublicIpOnLaunch: there.MapPublicIpOnLaunch,
      assignIpv6AddressOnCreation: there.AssignIpv6AddressOnCreation,
      tags: tagMap(there.Tags),
      arn: arn(there.OwnerId, "subnet", id),
      ownerId: there.OwnerId,
    }
  );
}

const internetGateway = row<Plain<aws.ec2.InternetGatewayArgs>>({
  args: ["vpcId", "tags"],
  replaceOn: [],
  computed: ["arn", "ownerId"],
  async create(inputs, made) {
    const { InternetGateway } = await ec2.send(
      new CreateInternetGatewayCommand({
        TagSpecifications: tagsAtCreation("internet-gateway", inputs),
      }),
    );
    const id = InternetGateway?.InternetGatewayId as string;
    made(id);
    await attach(id, inputs.vpcId);
    return { id, outputs: (await readInternetGateway(id)) ?? {} };
  },
  read: readInternetGateway,
  async update(change) {
    if (change.changed.has("vpcId")) {
      await detach(change.id, change.olds.vpcId);
      await attach(change.id, change.inputs.vpcId);
    }
    await retag(change);
  },
  async delete(id, { vpcId }) {
    await detach(id, vpcId);
    await ifThere(
      ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: id })),
      "InvalidInternetGatewayID.NotFound",
    );
  },
});

async function attach(id: string, vpcId: string | undefined): Promise<void> {
  if (vpcId !== undefined) {
    await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId }));
  }
}

async function detach(id: string, vpcId: string | undefined): Promise<void> {
  if (vpcId !== undefined) {
    await ifThere(
      ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId })),
      "InvalidInternetGatewayID.NotFound",
      "Gateway.NotAttached",
    );
  }
}

async function readInternetGateway(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] })),
    "InvalidInternetGatewayID.NotFound",
  );
  const [there] = found?.InternetGateways ?? [];
  return (
    there && {
      vpcId: there.Attachments?.[0]?.VpcId,
      tags: tagMap(there.Tags),
      arn: arn(there.OwnerId, "internet-gateway", id),
      ownerId: there.OwnerId,
    }
  );
}

const eip = row<Plain<aws.ec2.EipArgs>>({
  args: ["domain", "tags"],
  replaceOn: ["domain"],
  computed: ["allocationId", "publicIp", "arn"],
  async create(inputs) {
    const { AllocationId, PublicIp } = await ec2.send(
      new AllocateAddressCommand({
        Domain: "vpc",
        TagSpecifications: tagsAtCreation("elastic-ip", inputs),
      }),
    );
    const id = AllocationId as string;
    return {
      id,
      outputs: {
        domain: "vpc",
        allocationId: id,
        publicIp: PublicIp,
        arn: arn("", "elastic-ip", id),
      },
    };
  },
  async read(id) {
    const found = await ifThere(
      ec2.send(new DescribeAddressesCommand({ AllocationIds: [id] })),
      "InvalidAllocationID.NotFound",
    );
    const [there] = found?.Addresses ?? [];
    return (
      there && {
        domain: there.Domain,
        allocationId: id,
        publicIp: there.PublicIp,
        tags: tagMap(there.Tags),
      }
    );
  },
  update: retag,
  async delete(id) {
    await ifThere(
      ec2.send(new ReleaseAddressCommand({ AllocationId: id })),
      "InvalidAllocationID.NotFound",
    );
  },
});

const natGateway = row<Plain<aws.ec2.NatGatewayArgs>>({
  args: ["allocationId", "connectivityType", "subnetId", "tags"],
  replaceOn: ["allocationId", "connectivityType", "subnetId"],
  computed: ["privateIp", "publicIp", "networkInterfaceId"],
  async create(inputs, made) {
    const { NatGateway } = await ec2.send(
      new CreateNatGatewayCommand({
        AllocationId: inputs.allocationId,
        SubnetId: inputs.subnetId,
        ConnectivityType: inputs.connectivityType as "public" | undefined,
        TagSpecifications: tagsAtCreation("natgateway", inputs),
      }),
    );
    const id = NatGateway?.NatGatewayId as string;
    made(id);
    for (;;) {
      const there = await describeNatGateway(id);
      if (there?.State === "failed") {
        throw new Error(`${id}: ${there.FailureCode}: ${there.FailureMessage}`);
      }
      if (there?.State === "available") {
        return { id, outputs: (await readNatGateway(id)) ?? {} };
      }
      await pause();
    }
  },
  read: readNatGateway,
  update: retag,
  async delete(id) {
    await ifThere(
      ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id })),
      "NatGatewayNotFound",
    );
    // Its address and its subnet's internet gateway are held until it is gone.
    while (!["deleted", undefined].includes((await describeNatGateway(id))?.State)) {
      await pause();
    }
  },
});

async function describeNatGateway(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] })),
    "NatGatewayNotFound",
  );
  return found?.NatGateways?.[0];
}

async function readNatGateway(id: string) {
  const there = await describeNatGateway(id);
  if (there === undefined || there.State === "deleted" || there.State === "deleting") {
    return undefined;
  }
  const [address] = there.NatGatewayAddresses ?? [];
  return {
    subnetId: there.SubnetId,
    connectivityType: there.ConnectivityType,
    allocationId: address?.AllocationId,
    privateIp: address?.PrivateIp,
    publicIp: address?.PublicIp,
    networkInterfaceId: address?.NetworkInterfaceId,
    tags: tagMap(there.Tags),
  };
}

const routeTable = row<Plain<aws.ec2.RouteTableArgs>>({
  args: ["routes", "tags", "vpcId"],
  // No inline routes: the program gives each a resource of its own.
  members: { routes: [] },
  replaceOn: ["vpcId"],
  computed: ["arn", "ownerId"],
  async create(inputs, made) {
    const { RouteTable } = await ec2.send(
      new CreateRouteTableCommand({
        VpcId: inputs.vpcId,
        TagSpecifications: tagsAtCreation("route-table", inputs),
      }),
    );
    const id = RouteTable?.RouteTableId as string;
    made(id);
    return { id, outputs: (await readRouteTable(id)) ?? {} };
  },
  read: readRouteTable,
  update: retag,
  async delete(id) {
    await ifThere(
      ec2.send(new DeleteRouteTableCommand({ RouteTableId: id })),
      "InvalidRouteTableID.NotFound",
    );
  },
});

async function describeRouteTable(id: string | undefined) {
  const found = await ifThere(
    ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [id ?? ""] })),
    "InvalidRouteTableID.NotFound",
  );
  return found?.RouteTables?.[0];
}

async function readRouteTable(id: string) {
  const there = await describeRouteTable(id);
  return (
    there && {
      vpcId: there.VpcId,
      tags: tagMap(there.Tags),
      arn: arn(there.OwnerId, "route-table", id),
      ownerId: there.OwnerId,
    }
  );
}

type RouteArgs = Plain<aws.ec2.RouteArgs>;

const route = row<RouteArgs>({
  args: ["destinationCidrBlock", "gatewayId", "natGatewayId", "routeTableId"],
  replaceOn: ["destinationCidrBlock", "routeTableId"],
  computed: ["origin", "state"],
  idOf: routeId,
  async create(inputs) {
    await ec2.send(new CreateRouteCommand(routeInput(inputs)));
    const id = routeId(inputs);
    return { id, outputs: (await readRoute(id, inputs)) ?? {} };
  },
  read: readRoute,
  async update({ inputs }) {
    await ec2.send(new ReplaceRouteCommand(routeInput(inputs)));
  },
  async delete(_id, { routeTableId, destinationCidrBlock }) {
    await ifThere(
      ec2.send(
        new DeleteRouteCommand({
          RouteTableId: routeTableId,
          DestinationCidrBlock: destinationCidrBlock,
        }),
      ),
      "InvalidRoute.NotFound",
      "InvalidRouteTableID.NotFound",
    );
  },
});

function routeId({ routeTableId, destinationCidrBlock }: RouteArgs): string {
  return `r-${routeTableId}${shortHash(destinationCidrBlock ?? "")}`;
}

function routeInput(inputs: RouteArgs) {
  return {
    RouteTableId: inputs.routeTableId,
    DestinationCidrBlock: inputs.destinationCidrBlock,
    GatewayId: inputs.gatewayId,
    NatGatewayId: inputs.natGatewayId,
  };
}

async function readRoute(_id: string, { routeTableId, destinationCidrBlock }: RouteArgs) {
  const table = await describeRouteTable(routeTableId);
  const there = table?.Routes?.find((r) => r.DestinationCidrBlock === destinationCidrBlock);
  return (
    there && {
      routeTableId,
      destinationCidrBlock,
      gatewayId: there.GatewayId,
      natGatewayId: there.NatGatewayId,
      origin: there.Origin,
      state: there.State,
    }
  );
}

type AssociationArgs = Plain<aws.ec2.RouteTableAssociationArgs>;

const routeTableAssociation = row<AssociationArgs>({
  args: ["routeTableId", "subnetId"],
  replaceOn: ["subnetId"],
  computed: [],
  async create({ routeTableId, subnetId }) {
    const { AssociationId } = await ec2.send(
      new AssociateRouteTableCommand({ RouteTableId: routeTableId, SubnetId: subnetId }),
    );
    return { id: AssociationId as string, outputs: {} };
  },
  async read(id, { routeTableId }) {
    const table = await describeRouteTable(routeTableId);
    const there = table?.Associations?.find((a) => a.RouteTableAssociationId === id);
    return there && { routeTableId, subnetId: there.SubnetId };
  },
  async update({ id, inputs: { routeTableId } }) {
    await ec2.send(
      new ReplaceRouteTableAssociationCommand({ AssociationId: id, RouteTableId: routeTableId }),
    );
  },
  async delete(id) {
    await ifThere(
      ec2.send(new DisassociateRouteTableCommand({ AssociationId: id })),
      "InvalidAssociationID.NotFound",
    );
  },
});

type EndpointArgs = Plain<aws.ec2.VpcEndpointArgs>;

const vpcEndpoint = row<EndpointArgs>({
  args: [
    "privateDnsEnabled",
    "routeTableIds",
    "securityGroupIds",
    "serviceName",
    "subnetIds",
    "tags",
    "vpcEndpointType",
    "vpcId",
  ],
  replaceOn: ["serviceName", "vpcEndpointType", "vpcId"],
  computed: ["arn", "state", "ownerId"],
  async create(inputs, made) {
    const { VpcEndpoint } = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: inputs.vpcId,
        ServiceName: inputs.serviceName,
        VpcEndpointType: inputs.vpcEndpointType as "Gateway" | "Interface" | undefined,
        RouteTableIds: inputs.routeTableIds,
        SubnetIds: inputs.subnetIds,
        SecurityGroupIds: inputs.securityGroupIds,
        PrivateDnsEnabled: inputs.privateDnsEnabled,
        TagSpecifications: tagsAtCreation("vpc-endpoint", inputs),
      }),
    );
    const id = VpcEndpoint?.VpcEndpointId as string;
    made(id);
    return { id, outputs: (await readVpcEndpoint(id)) ?? {} };
  },
  read: readVpcEndpoint,
  async update(change) {
    const { inputs, olds, changed } = change;
    const moved = (key: "routeTableIds" | "subnetIds" | "securityGroupIds") => {
      const [before, after] = [olds[key] ?? [], inputs[key] ?? []];
      return {
        add: after.filter((id) => !before.includes(id)),
        remove: before.filter((id) => !after.includes(id)),
      };
    };
    const [tables, subnets, groups] = [
      moved("routeTableIds"),
      moved("subnetIds"),
      moved("securityGroupIds"),
    ];
    await ec2.send(
      new ModifyVpcEndpointCommand({
        VpcEndpointId: change.id,
        AddRouteTableIds: listOrNone(tables.add),
        RemoveRouteTableIds: listOrNone(tables.remove),
        AddSubnetIds: listOrNone(subnets.add),
        RemoveSubnetIds: listOrNone(subnets.remove),
        AddSecurityGroupIds: listOrNone(groups.add),
        RemoveSecurityGroupIds: listOrNone(groups.remove),
        PrivateDnsEnabled: changed.has("privateDnsEnabled") ? inputs.privateDnsEnabled : undefined,
      }),
    );
    await retag(change);
  },
  async delete(id) {
    await ifThere(
      ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] })),
      "InvalidVpcEndpointId.NotFound",
    );
  },
});

function listOrNone(ids: string[]): string[] | undefined {
  return ids.length > 0 ? ids : undefined;
}

async function readVpcEndpoint(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] })),
    "InvalidVpcEndpointId.NotFound",
  );
  const [there] = found?.VpcEndpoints ?? [];
  if (there === undefined || there.State?.toLowerCase() === "deleted") {
    return undefined;
  }
  return {
    vpcId: there.VpcId,
    serviceName: there.ServiceName,
    vpcEndpointType: there.VpcEndpointType,
    routeTableIds: there.RouteTableIds,
    subnetIds: there.SubnetIds,
    securityGroupIds: there.Groups?.map(({ GroupId }) => GroupId),
    privateDnsEnabled: there.PrivateDnsEnabled,
    tags: tagMap(there.Tags),
    arn: arn(there.OwnerId, "vpc-endpoint", id),
    state: there.State,
    ownerId: there.OwnerId,
  };
}

type GroupArgs = Plain<aws.ec2.SecurityGroupArgs>;

const securityGroup = row<GroupArgs>({
  args: ["description", "name", "revokeRulesOnDelete", "tags", "vpcId"],
  replaceOn: ["description", "name", "vpcId"],
  computed: ["arn", "ownerId"],
  autoName: { input: "name", maxLength: 255 },
  async create(inputs, made) {
    const { GroupId } = await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: inputs.name,
        Description: inputs.description ?? "Managed by Pulumi",
        VpcId: inputs.vpcId,
        TagSpecifications: tagsAtCreation("security-group", inputs),
      }),
    );
    const id = GroupId as string;
    made(id);
    // As the official provider does: EC2 gives a new group a rule that lets everything out.
    await ec2.send(
      new RevokeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: [EVERYWHERE] }),
    );
    return { id, outputs: (await readSecurityGroup(id)) ?? {} };
  },
  read: readSecurityGroup,
  update: retag,
  async delete(id, { revokeRulesOnDelete }) {
    if (revokeRulesOnDelete === true) {
      await strip(id);
    }
    await ifThere(
      ec2.send(new DeleteSecurityGroupCommand({ GroupId: id })),
      "InvalidGroup.NotFound",
    );
  },
});

const EVERYWHERE: IpPermission = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };

async function describeSecurityGroup(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] })),
    "InvalidGroup.NotFound",
    "InvalidGroupId.NotFound",
  );
  return found?.SecurityGroups?.[0];
}

async function readSecurityGroup(id: string) {
  const there = await describeSecurityGroup(id);
  return (
    there && {
      name: there.GroupName,
      description: there.Description,
      vpcId: there.VpcId,
      tags: tagMap(there.Tags),
      arn: arn(there.OwnerId, "security-group", id),
      ownerId: there.OwnerId,
    }
  );
}

/** Takes all rules out of a group. */
async function strip(id: string): Promise<void> {
  const there = await describeSecurityGroup(id);
  if (there?.IpPermissions?.length) {
    await ec2.send(
      new RevokeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: there.IpPermissions }),
    );
  }
  if (there?.IpPermissionsEgress?.length) {
    await ec2.send(
      new RevokeSecurityGroupEgressCommand({
        GroupId: id,
        IpPermissions: there.IpPermissionsEgress,
      }),
    );
  }
}

type DefaultGroupArgs = Plain<aws.ec2.DefaultSecurityGroupArgs>;

/** The group is EC2's own: it is taken over and stripped of its rules, and left behind at the end. */
const defaultSecurityGroup = row<DefaultGroupArgs>({
  args: ["egress", "ingress", "tags", "vpcId"],
  // It is closed, or not taken over at all.
  members: { egress: [], ingress: [] },
  replaceOn: ["vpcId"],
  computed: ["arn", "name", "description", "ownerId"],
  async create(inputs) {
    const { SecurityGroups } = await ec2.send(
      new DescribeSecurityGroupsCommand({
        Filters: [
          { Name: "vpc-id", Values: [inputs.vpcId ?? ""] },
          { Name: "group-name", Values: ["default"] },
        ],
      }),
    );
    const id = SecurityGroups?.[0]?.GroupId as string;
    await strip(id);
    if (Object.keys(inputs.tags ?? {}).length > 0) {
      await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tagList(inputs.tags) }));
    }
    return { id, outputs: (await readDefaultSecurityGroup(id)) ?? {} };
  },
  read: readDefaultSecurityGroup,
  async update(change) {
    await strip(change.id);
    await retag(change);
  },
  async delete() {
    // https://www.pulumi.com/registry/packages/aws/api-docs/ec2/defaultsecuritygroup/: it cannot be deleted.
  },
});

async function readDefaultSecurityGroup(id: string) {
  const there = await describeSecurityGroup(id);
  return (
    there && {
      ...(await readSecurityGroup(id)),
      // A rule that somebody added shows as a difference to the empty lists of the program.
      ingress: (there.IpPermissions ?? []).map(({ IpProtocol }) => ({ protocol: IpProtocol })),
      egress: (there.IpPermissionsEgress ?? []).map(({ IpProtocol }) => ({ protocol: IpProtocol })),
    }
  );
}

type RuleArgs = Plain<aws.vpc.SecurityGroupIngressRuleArgs>;

function securityGroupRule(egress: boolean): AnyRow {
  return row<RuleArgs>({
    args: [
      "cidrIpv4",
      "description",
      "fromPort",
      "ipProtocol",
      "referencedSecurityGroupId",
      "securityGroupId",
      "tags",
      "toPort",
    ],
    replaceOn: ["securityGroupId"],
    // A rule stays one for addresses or one for a group:
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html
    alsoReplaces: (input, olds, news) =>
      (input === "cidrIpv4" || input === "referencedSecurityGroupId") &&
      (olds.cidrIpv4 === undefined) !== (news.cidrIpv4 === undefined),
    computed: ["arn", "securityGroupRuleId"],
    async create(inputs) {
      const { cidrIpv4, description, referencedSecurityGroupId: group } = inputs;
      const request = {
        GroupId: inputs.securityGroupId,
        IpPermissions: [
          {
            IpProtocol: inputs.ipProtocol,
            FromPort: inputs.fromPort,
            ToPort: inputs.toPort,
            IpRanges: cidrIpv4 ? [{ CidrIp: cidrIpv4, Description: description }] : undefined,
            UserIdGroupPairs: group ? [{ GroupId: group, Description: description }] : undefined,
          },
        ],
        TagSpecifications: tagsAtCreation("security-group-rule", inputs),
      };
      const { SecurityGroupRules } = egress
        ? await ec2.send(new AuthorizeSecurityGroupEgressCommand(request))
        : await ec2.send(new AuthorizeSecurityGroupIngressCommand(request));
      const made = SecurityGroupRules?.[0] as SecurityGroupRule;
      return { id: made.SecurityGroupRuleId as string, outputs: ruleOutputs(made) };
    },
    async read(id) {
      const found = await ifThere(
        ec2.send(new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] })),
        "InvalidSecurityGroupRuleId.NotFound",
      );
      const [there] = found?.SecurityGroupRules ?? [];
      return (
        there && {
          securityGroupId: there.GroupId,
          ipProtocol: there.IpProtocol,
          cidrIpv4: there.CidrIpv4,
          description: there.Description,
          referencedSecurityGroupId: there.ReferencedGroupInfo?.GroupId,
          fromPort: there.FromPort,
          toPort: there.ToPort,
          tags: tagMap(there.Tags),
          ...ruleOutputs(there),
        }
      );
    },
    async update(change) {
      const { id, inputs, changed } = change;
      if ([...changed].some((key) => key !== "tags")) {
        await ec2.send(
          new ModifySecurityGroupRulesCommand({
            GroupId: inputs.securityGroupId,
            SecurityGroupRules: [
              {
                SecurityGroupRuleId: id,
                SecurityGroupRule: {
                  CidrIpv4: inputs.cidrIpv4,
                  Description: inputs.description,
                  FromPort: inputs.fromPort,
                  IpProtocol: inputs.ipProtocol,
                  ReferencedGroupId: inputs.referencedSecurityGroupId,
                  ToPort: inputs.toPort,
                },
              },
            ],
          }),
        );
      }
      await retag(change);
    },
    async delete(id, { securityGroupId }) {
      const request = { GroupId: securityGroupId, SecurityGroupRuleIds: [id] };
      const gone = ["InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound"];
      if (egress) {
        await ifThere(ec2.send(new RevokeSecurityGroupEgressCommand(request)), ...gone);
      } else {
        await ifThere(ec2.send(new RevokeSecurityGroupIngressCommand(request)), ...gone);
      }
    },
  });
}

function ruleOutputs({ SecurityGroupRuleId: id, GroupOwnerId: owner }: SecurityGroupRule) {
  return { securityGroupRuleId: id, arn: arn(owner, "security-group-rule", id ?? "") };
}

const flowLog = row<Plain<aws.ec2.FlowLogArgs>>({
  args: ["iamRoleArn", "logDestination", "logDestinationType", "tags", "trafficType", "vpcId"],
  replaceOn: ["iamRoleArn", "logDestination", "logDestinationType", "trafficType", "vpcId"],
  computed: ["arn"],
  async create(inputs) {
    const { FlowLogIds, Unsuccessful } = await ec2.send(
      new CreateFlowLogsCommand({
        ResourceType: "VPC",
        ResourceIds: [inputs.vpcId ?? ""],
        TrafficType: inputs.trafficType as "ALL" | undefined,
        LogDestinationType: inputs.logDestinationType as "cloud-watch-logs" | undefined,
        LogDestination: inputs.logDestination,
        DeliverLogsPermissionArn: inputs.iamRoleArn,
        TagSpecifications: tagsAtCreation("vpc-flow-log", inputs),
      }),
    );
    const [id] = FlowLogIds ?? [];
    if (id === undefined) {
      throw new Error(Unsuccessful?.[0]?.Error?.Message ?? "CreateFlowLogs made nothing");
    }
    return { id, outputs: { arn: arn("", "vpc-flow-log", id) } };
  },
  async read(id) {
    const { FlowLogs } = await ec2.send(new DescribeFlowLogsCommand({ FlowLogIds: [id] }));
    const [there] = FlowLogs ?? [];
    return (
      there && {
        vpcId: there.ResourceId,
        trafficType: there.TrafficType,
        logDestinationType: there.LogDestinationType,
        logDestination: there.LogDestination,
        iamRoleArn: there.DeliverLogsPermissionArn,
        tags: tagMap(there.Tags),
      }
    );
  },
  update: retag,
  async delete(id) {
    await ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] }));
  },
});

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:ec2/vpc:Vpc": vpc,
  "aws:ec2/subnet:Subnet": subnet,
  "aws:ec2/internetGateway:InternetGateway": internetGateway,
  "aws:ec2/eip:Eip": eip,
  "aws:ec2/natGateway:NatGateway": natGateway,
  "aws:ec2/routeTable:RouteTable": routeTable,
  "aws:ec2/route:Route": route,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": routeTableAssociation,
  "aws:ec2/vpcEndpoint:VpcEndpoint": vpcEndpoint,
  "aws:ec2/securityGroup:SecurityGroup": securityGroup,
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": defaultSecurityGroup,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule(false),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule(true),
  "aws:ec2/flowLog:FlowLog": flowLog,
};

import {
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  DescribeVpcEndpointsCommand,
  ModifyVpcEndpointCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { arn, ec2, retag, tagsAtCreation } from "./client";

type EndpointArgs = Plain<aws.ec2.VpcEndpointArgs>;

export const vpcEndpoint = row<EndpointArgs>({
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

import {
  CreateSubnetCommand,
  DeleteSubnetCommand,
  DescribeSubnetsCommand,
  ModifySubnetAttributeCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { arn, ec2, retag, tagsAtCreation } from "./client";

export const subnet = row<Plain<aws.ec2.SubnetArgs>>({
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

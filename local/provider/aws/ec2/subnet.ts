import {
  CreateSubnetCommand,
  DeleteSubnetCommand,
  DescribeSubnetsCommand,
  ModifySubnetAttributeCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { ipv4Network } from "../checks";
import { Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { CONSISTENT, NEEDED, ec2, retag, tagsAtCreation, until } from "./client";

const WAITS = { create: 10 };

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
  leftOut: ["availabilityZone", "cidrBlock"],
  checks: { cidrBlock: ipv4Network() },
  waits: WAITS,
  source: {
    file: "internal/service/ec2/vpc_subnet.go",
    differences: [
      CONSISTENT,
      NEEDED,
      "network interfaces that services left behind are not deleted before a subnet",
      "what belongs to IPv6 and Outposts is left out: nothing reads it",
    ],
  },
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
    await until(
      `the subnet ${id}`,
      WAITS.create,
      () => describe(id),
      (there) => there?.State === "available",
    );
    // As EC2 creates it, it gives out no addresses.
    if (inputs.assignIpv6AddressOnCreation === true) {
      await assignIpv6(id, true);
    }
    if (inputs.mapPublicIpOnLaunch === true) {
      await mapPublicIp(id, true);
    }
    return { id, outputs: (await readSubnet(id)) ?? {} };
  },
  read: readSubnet,
  async update(change) {
    const { id, inputs, changed } = change;
    await retag(change);
    const ipv6 = inputs.assignIpv6AddressOnCreation === true;
    // Taken away first, given last.
    if (changed.has("assignIpv6AddressOnCreation") && !ipv6) {
      await assignIpv6(id, false);
    }
    if (changed.has("mapPublicIpOnLaunch")) {
      await mapPublicIp(id, inputs.mapPublicIpOnLaunch === true);
    }
    if (changed.has("assignIpv6AddressOnCreation") && ipv6) {
      await assignIpv6(id, true);
    }
  },
  async delete(id) {
    await ifThere(ec2.send(new DeleteSubnetCommand({ SubnetId: id })), "InvalidSubnetID.NotFound");
  },
});

async function mapPublicIp(SubnetId: string, Value: boolean): Promise<void> {
  await ec2.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: { Value } }));
}

async function assignIpv6(SubnetId: string, Value: boolean): Promise<void> {
  await ec2.send(
    new ModifySubnetAttributeCommand({ SubnetId, AssignIpv6AddressOnCreation: { Value } }),
  );
}

async function describe(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] })),
    "InvalidSubnetID.NotFound",
  );
  return found?.Subnets?.[0];
}

async function readSubnet(id: string) {
  const there = await describe(id);
  return (
    there && {
      vpcId: there.VpcId,
      cidrBlock: there.CidrBlock,
      availabilityZone: there.AvailabilityZone,
      availabilityZoneId: there.AvailabilityZoneId,
      mapPublicIpOnLaunch: there.MapPublicIpOnLaunch,
      assignIpv6AddressOnCreation: there.AssignIpv6AddressOnCreation,
      tags: tagMap(there.Tags),
      arn: there.SubnetArn,
      ownerId: there.OwnerId,
    }
  );
}

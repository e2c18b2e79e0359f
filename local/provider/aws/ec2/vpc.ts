import {
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  ModifyVpcAttributeCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { arn, ec2, retag, tagsAtCreation } from "./client";

export const vpc = row<Plain<aws.ec2.VpcArgs>>({
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

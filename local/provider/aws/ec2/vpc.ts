import {
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  ModifyVpcAttributeCommand,
  ModifyVpcTenancyCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { ipv4Network, oneOf } from "../checks";
import { Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { CONSISTENT, NEEDED, arn, ec2, retag, tagsAtCreation } from "./client";

export const vpc = row<Plain<aws.ec2.VpcArgs>>({
  args: ["cidrBlock", "enableDnsHostnames", "enableDnsSupport", "instanceTenancy", "tags"],
  replaceOn: ["cidrBlock"],
  // EC2 takes no other way than back to shared hosts.
  alsoReplaces: (input, olds, news) =>
    input === "instanceTenancy" &&
    (olds.instanceTenancy !== "dedicated" || (news.instanceTenancy ?? "default") !== "default"),
  computed: ["arn", "defaultRouteTableId", "defaultSecurityGroupId", "mainRouteTableId", "ownerId"],
  leftOut: ["cidrBlock", "enableDnsHostnames"],
  checks: { cidrBlock: ipv4Network(16, 28), instanceTenancy: oneOf("default", "dedicated") },
  source: {
    file: "internal/service/ec2/vpc_.go",
    differences: [
      CONSISTENT,
      NEEDED,
      "`defaultNetworkAclId`, `dhcpOptionsId` and what belongs to IPv6 are left out: nothing reads them",
    ],
  },
  async create(inputs, made) {
    const { Vpc } = await ec2.send(
      new CreateVpcCommand({
        CidrBlock: inputs.cidrBlock,
        AmazonProvidedIpv6CidrBlock: false,
        InstanceTenancy: (inputs.instanceTenancy ?? "default") as "default",
        TagSpecifications: tagsAtCreation("vpc", inputs),
      }),
    );
    const id = Vpc?.VpcId as string;
    made(id);
    // As EC2 creates it, it has support of DNS and no host names.
    if (inputs.enableDnsHostnames === true) {
      await setHostnames(id, true);
    }
    if (inputs.enableDnsSupport === false) {
      await setSupport(id, false);
    }
    return { id, outputs: (await readVpc(id)) ?? {} };
  },
  read: readVpc,
  async update(change) {
    const { id, inputs, changed } = change;
    await retag(change);
    if (changed.has("enableDnsHostnames")) {
      await setHostnames(id, inputs.enableDnsHostnames === true);
    }
    if (changed.has("enableDnsSupport")) {
      await setSupport(id, inputs.enableDnsSupport ?? true);
    }
    if (changed.has("instanceTenancy")) {
      await ec2.send(new ModifyVpcTenancyCommand({ VpcId: id, InstanceTenancy: "default" }));
    }
  },
  async delete(id) {
    await ifThere(ec2.send(new DeleteVpcCommand({ VpcId: id })), "InvalidVpcID.NotFound");
  },
});

// One attribute a call: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html
async function setHostnames(VpcId: string, Value: boolean): Promise<void> {
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value } }));
}

async function setSupport(VpcId: string, Value: boolean): Promise<void> {
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value } }));
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
    defaultRouteTableId: tables.RouteTables?.[0]?.RouteTableId,
    mainRouteTableId: tables.RouteTables?.[0]?.RouteTableId,
  };
}

import {
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  IpPermission,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { all, length, unlike } from "../checks";
import { Plain, ifFound, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { CONSISTENT, NEEDED, arn, ec2, retag, tagsAtCreation } from "./client";

type GroupArgs = Plain<aws.ec2.SecurityGroupArgs>;

export const securityGroup = row<GroupArgs>({
  args: ["description", "name", "revokeRulesOnDelete", "tags", "vpcId"],
  replaceOn: ["description", "name", "vpcId"],
  computed: ["arn", "ownerId"],
  autoName: { input: "name" },
  leftOut: ["vpcId"],
  checks: {
    description: length(0, 255),
    name: all(length(0, 255), unlike(/^sg-/, "begin with sg-")),
  },
  source: {
    file: "internal/service/ec2/vpc_security_group.go",
    differences: [
      CONSISTENT,
      NEEDED,
      "network interfaces that services left behind are not deleted before a group",
      "`revokeRulesOnDelete` takes away the group's own rules, not those of other groups that name it",
      "there are no inline rules: the program gives each a resource of its own",
    ],
  },
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
    // The same for IPv6, which a group has where its VPC has it.
    const revoked = ec2.send(
      new RevokeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: [EVERYWHERE_IPV6] }),
    );
    await ifThere(
      ifFound(revoked, "InvalidParameterValue", "remote-ipv6-range"),
      "InvalidPermission.NotFound",
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

const ALL_PORTS = { IpProtocol: "-1", FromPort: 0, ToPort: 0 } as const;
const EVERYWHERE: IpPermission = { ...ALL_PORTS, IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
const EVERYWHERE_IPV6: IpPermission = { ...ALL_PORTS, Ipv6Ranges: [{ CidrIpv6: "::/0" }] };

export async function describeSecurityGroup(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] })),
    "InvalidGroup.NotFound",
    "InvalidSecurityGroupID.NotFound",
  );
  return found?.SecurityGroups?.[0];
}

export async function readSecurityGroup(id: string) {
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
export async function strip(id: string): Promise<void> {
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

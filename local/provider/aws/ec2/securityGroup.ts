import {
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  IpPermission,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { arn, ec2, retag, tagsAtCreation } from "./client";

type GroupArgs = Plain<aws.ec2.SecurityGroupArgs>;

export const securityGroup = row<GroupArgs>({
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

export async function describeSecurityGroup(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] })),
    "InvalidGroup.NotFound",
    "InvalidGroupId.NotFound",
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

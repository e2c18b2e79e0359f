import { CreateTagsCommand, DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { Plain, row } from "../row";
import { tagList } from "../tags";
import { CONSISTENT, ec2, retag } from "./client";
import { describeSecurityGroup, readSecurityGroup, strip } from "./securityGroup";

type DefaultGroupArgs = Plain<aws.ec2.DefaultSecurityGroupArgs>;

/** The group is EC2's own: it is taken over and stripped of its rules, and left behind at the end. */
export const defaultSecurityGroup = row<DefaultGroupArgs>({
  args: ["egress", "ingress", "tags", "vpcId"],
  // It is closed, or not taken over at all.
  members: { egress: [], ingress: [] },
  replaceOn: ["vpcId"],
  computed: ["arn", "name", "description", "ownerId"],
  leftOut: ["egress", "ingress", "vpcId"],
  source: {
    file: "internal/service/ec2/vpc_default_security_group.go",
    differences: [CONSISTENT, "tags that the group has already are not taken away at the creation"],
  },
  async create(inputs, made) {
    const { SecurityGroups } = await ec2.send(
      new DescribeSecurityGroupsCommand({
        Filters: [
          { Name: "group-name", Values: ["default"] },
          inputs.vpcId === undefined
            ? { Name: "description", Values: ["default group"] }
            : { Name: "vpc-id", Values: [inputs.vpcId] },
        ],
      }),
    );
    if (SecurityGroups?.length !== 1) {
      throw new Error(`${SecurityGroups?.length ?? 0} security groups match, not one`);
    }
    const id = SecurityGroups[0].GroupId as string;
    made(id);
    if (Object.keys(inputs.tags ?? {}).length > 0) {
      await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tagList(inputs.tags) }));
    }
    await strip(id);
    return { id, outputs: (await readDefaultSecurityGroup(id)) ?? {} };
  },
  read: readDefaultSecurityGroup,
  async update(change) {
    await retag(change);
    if (change.changed.has("egress") || change.changed.has("ingress")) {
      await strip(change.id);
    }
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

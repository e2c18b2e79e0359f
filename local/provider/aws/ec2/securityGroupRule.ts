import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupRulesCommand,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { AnyRow, Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { arn, ec2, retag, tagsAtCreation } from "./client";

type RuleArgs = Plain<aws.vpc.SecurityGroupIngressRuleArgs>;

export function securityGroupRule(egress: boolean): AnyRow {
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

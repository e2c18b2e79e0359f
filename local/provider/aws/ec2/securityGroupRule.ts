import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateTagsCommand,
  DescribeSecurityGroupRulesCommand,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { between, exactlyOne, ipv4Network } from "../checks";
import { callerAccount } from "../functions";
import { AnyRow, Plain, Properties, ifThere, row } from "../row";
import { tagList, tagMap } from "../tags";
import { arn, ec2, retag } from "./client";

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
    checks: { cidrIpv4: ipv4Network(), fromPort: between(-1, 65_535), toPort: between(-1, 65_535) },
    together: (inputs) => exactlyOne(inputs, "cidrIpv4", "referencedSecurityGroupId"),
    source: egress ? EGRESS : INGRESS,
    async create(inputs) {
      const id = await authorize(egress, inputs);
      // A rule whose tags are refused is there, and the engine does not know it: as with the provider.
      if (Object.keys(inputs.tags ?? {}).length > 0) {
        await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tagList(inputs.tags) }));
      }
      return { id, outputs: await outputsOf(id) };
    },
    read: readRule,
    async update(change) {
      const { id, inputs, changed } = change;
      await retag(change);
      if ([...changed].some((key) => key !== "tags")) {
        await ec2.send(
          new ModifySecurityGroupRulesCommand({
            GroupId: inputs.securityGroupId,
            SecurityGroupRules: [{ SecurityGroupRuleId: id, SecurityGroupRule: request(inputs) }],
          }),
        );
      }
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

const differences = [
  "a protocol by its number is another one than by its name: the provider takes both for the same",
  "there are rules for IPv4 networks and groups alone",
];

const INGRESS = {
  file: "internal/service/ec2/vpc_security_group_ingress_rule.go",
  differences,
};

const EGRESS = {
  file: "internal/service/ec2/vpc_security_group_egress_rule.go",
  differences,
};

/** @returns the id of the new rule. */
async function authorize(egress: boolean, inputs: RuleArgs): Promise<string> {
  const { cidrIpv4, description: Description, referencedSecurityGroupId: group } = inputs;
  const [GroupId, UserId] = (group ?? "").split("/").reverse();
  const request = {
    GroupId: inputs.securityGroupId,
    IpPermissions: [
      {
        IpProtocol: inputs.ipProtocol,
        FromPort: inputs.fromPort,
        ToPort: inputs.toPort,
        IpRanges: cidrIpv4 ? [{ CidrIp: cidrIpv4, Description }] : undefined,
        UserIdGroupPairs: group ? [{ GroupId, UserId, Description }] : undefined,
      },
    ],
  };
  const { SecurityGroupRules } = egress
    ? await ec2.send(new AuthorizeSecurityGroupEgressCommand(request))
    : await ec2.send(new AuthorizeSecurityGroupIngressCommand(request));
  return (SecurityGroupRules as [SecurityGroupRule])[0].SecurityGroupRuleId as string;
}

function request(inputs: RuleArgs) {
  return {
    CidrIpv4: inputs.cidrIpv4,
    Description: inputs.description,
    FromPort: inputs.fromPort,
    IpProtocol: inputs.ipProtocol,
    ReferencedGroupId: inputs.referencedSecurityGroupId,
    ToPort: inputs.toPort,
  };
}

async function readRule(id: string): Promise<Properties | undefined> {
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
      ...(await outputsOf(id)),
    }
  );
}

async function outputsOf(id: string): Promise<Properties> {
  return {
    securityGroupRuleId: id,
    arn: arn(await callerAccount(), "security-group-rule", id),
  };
}

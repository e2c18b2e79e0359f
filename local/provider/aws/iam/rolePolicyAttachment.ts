import {
  AttachRolePolicyCommand,
  DetachRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import type * as aws from "@pulumi/aws";

import { arn } from "../checks";
import { Plain, ifThere, row } from "../row";
import { SPREAD, iam } from "./client";

type AttachmentArgs = Plain<aws.iam.RolePolicyAttachmentArgs> & { role: string };

export const rolePolicyAttachment = row<AttachmentArgs>({
  args: ["policyArn", "role"],
  replaceOn: ["policyArn", "role"],
  deleteBeforeReplace: true,
  computed: [],
  checks: { policyArn: arn },
  source: {
    file: "internal/service/iam/role_policy_attachment.go",
    differences: [
      SPREAD,
      "a refusal since somebody else changes the role is not tried again for two minutes",
    ],
  },
  async create({ role: RoleName, policyArn: PolicyArn }) {
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    return { id: `${RoleName}/${PolicyArn}`, outputs: {} };
  },
  async read(id) {
    const [roleName, policyArn] = attachmentOf(id);
    const there = await ifThere(
      iam.send(new ListAttachedRolePoliciesCommand({ RoleName: roleName })),
      "NoSuchEntityException",
    );
    return there?.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === policyArn)
      ? { role: roleName, policyArn }
      : undefined;
  },
  async delete(id) {
    const [RoleName, PolicyArn] = attachmentOf(id);
    await ifThere(
      iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
      "NoSuchEntityException",
    );
  },
});

/** Role and policy of an attachment's id; a role's name has no slash. */
function attachmentOf(id: string): [role: string, policyArn: string] {
  const slash = id.indexOf("/");
  return [id.slice(0, slash), id.slice(slash + 1)];
}

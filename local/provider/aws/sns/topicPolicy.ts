import { SetTopicAttributesCommand } from "@aws-sdk/client-sns";
import type * as aws from "@pulumi/aws";

import { arn as arnCheck, policyDocument } from "../checks";
import { Plain, Properties, compactJson, ifThere, row } from "../row";
import { attributesOf, sns } from "./client";

type TopicPolicyArgs = Plain<aws.sns.TopicPolicyArgs>;

export const topicPolicy = row<TopicPolicyArgs>({
  args: ["arn", "policy"],
  replaceOn: ["arn"],
  computed: ["owner"],
  checks: { arn: arnCheck, policy: policyDocument },
  source: {
    file: "internal/service/sns/topic_policy.go",
    differences: [
      "a policy that is refused is not tried again for two minutes: roles count at once here",
      "a refresh does not wait while SNS shows a principal that is gone by its id",
    ],
  },
  async create({ arn, policy }) {
    await setPolicy(arn, policy as string);
    return { id: arn, outputs: (await readPolicy(arn)) ?? {} };
  },
  read: readPolicy,
  async update({ id, inputs }) {
    await setPolicy(id, inputs.policy as string);
  },
  async delete(id, { owner }) {
    // A topic cannot be without a policy: the one that it was made with, as the provider knows it.
    await ifThere(
      setPolicy(id, JSON.stringify(ownersPolicy(id, owner as string))),
      "NotFoundException",
    );
  },
});

async function setPolicy(arn: string, policy: string): Promise<void> {
  await sns.send(
    new SetTopicAttributesCommand({
      TopicArn: arn,
      AttributeName: "Policy",
      AttributeValue: compactJson(policy),
    }),
  );
}

async function readPolicy(id: string): Promise<Properties | undefined> {
  const there = await attributesOf(id);
  return there?.Policy
    ? { arn: id, policy: compactJson(there.Policy), owner: there.Owner }
    : undefined;
}

function ownersPolicy(arn: string, owner: string) {
  return {
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [
          "SNS:GetTopicAttributes",
          "SNS:SetTopicAttributes",
          "SNS:AddPermission",
          "SNS:RemovePermission",
          "SNS:DeleteTopic",
          "SNS:Subscribe",
          "SNS:ListSubscriptionsByTopic",
          "SNS:Publish",
          "SNS:Receive",
        ],
        Resource: arn,
        Condition: { StringEquals: { "AWS:SourceOwner": owner } },
      },
    ],
  };
}

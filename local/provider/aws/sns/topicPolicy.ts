import { SetTopicAttributesCommand } from "@aws-sdk/client-sns";
import type * as aws from "@pulumi/aws";

import { Plain, Properties, compactJson, row } from "../row";
import { attributesOf, sns } from "./client";

type TopicPolicyArgs = Plain<aws.sns.TopicPolicyArgs>;

export const topicPolicy = row<TopicPolicyArgs>({
  args: ["arn", "policy"],
  replaceOn: ["arn"],
  computed: ["owner"],
  async create({ arn, policy }) {
    await setPolicy(arn, policy as string);
    return { id: arn, outputs: (await readPolicy(arn)) ?? {} };
  },
  read: readPolicy,
  async update({ id, inputs }) {
    await setPolicy(id, inputs.policy as string);
  },
  async delete(id) {
    const there = await attributesOf(id);
    if (there !== undefined) {
      // A topic cannot be without a policy: the one that it was made with, as the provider does it.
      await setPolicy(id, JSON.stringify(ownersPolicy(id, there.Owner)));
    }
  },
});

async function setPolicy(arn: string, policy: string): Promise<void> {
  await sns.send(
    new SetTopicAttributesCommand({
      TopicArn: arn,
      AttributeName: "Policy",
      AttributeValue: policy,
    }),
  );
}

async function readPolicy(id: string): Promise<Properties | undefined> {
  const there = await attributesOf(id);
  return there && { arn: id, policy: compactJson(there.Policy ?? "{}"), owner: there.Owner };
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
        Action: ["SNS:Publish", "SNS:Subscribe", "SNS:GetTopicAttributes"],
        Resource: arn,
        Condition: { StringEquals: { "AWS:SourceOwner": owner } },
      },
    ],
  };
}

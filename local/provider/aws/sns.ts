import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  SNSClient,
  SetTopicAttributesCommand,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-sns";
import type * as aws from "@pulumi/aws";

import { callerAccount } from "./functions";
import { AnyRow, Plain, Properties, compactJson, goneTags, ifThere, row, tagList } from "./row";

const sns = new SNSClient({});

type TopicArgs = Plain<aws.sns.TopicArgs>;

/** Attributes of a topic, by the input that sets each. */
const ATTRIBUTES = { displayName: "DisplayName", kmsMasterKeyId: "KmsMasterKeyId" } as const;

const topic = row<TopicArgs>({
  args: ["displayName", "kmsMasterKeyId", "name", "namePrefix", "tags"],
  replaceOn: ["name", "namePrefix"],
  computed: ["arn", "owner"],
  autoName: { input: "name", prefix: "namePrefix", maxLength: 256 },
  idOf: async ({ name }) =>
    `arn:aws:sns:${process.env.AWS_REGION}:${await callerAccount()}:${name}`,
  async create(inputs) {
    const { TopicArn } = await sns.send(
      new CreateTopicCommand({
        Name: inputs.name,
        Attributes: Object.fromEntries(
          Object.entries(ATTRIBUTES).flatMap(([input, attribute]) => {
            const value = inputs[input as keyof typeof ATTRIBUTES];
            return value === undefined ? [] : [[attribute, value]];
          }),
        ),
        Tags: tagList(inputs.tags),
      }),
    );
    const id = TopicArn as string;
    return { id, outputs: (await readTopic(id)) ?? {} };
  },
  read: readTopic,
  async update({ id, inputs, olds, changed }) {
    if (changed.has("tags")) {
      const gone = goneTags(olds, inputs);
      if (gone.length > 0) {
        await sns.send(new UntagResourceCommand({ ResourceArn: id, TagKeys: gone }));
      }
      await sns.send(new TagResourceCommand({ ResourceArn: id, Tags: tagList(inputs.tags) }));
    }
    for (const [input, attribute] of Object.entries(ATTRIBUTES)) {
      if (changed.has(input as keyof typeof ATTRIBUTES)) {
        await sns.send(
          new SetTopicAttributesCommand({
            TopicArn: id,
            AttributeName: attribute,
            AttributeValue: inputs[input as keyof typeof ATTRIBUTES] ?? "",
          }),
        );
      }
    }
  },
  async delete(id) {
    await ifThere(sns.send(new DeleteTopicCommand({ TopicArn: id })), "NotFoundException");
  },
});

async function attributesOf(id: string): Promise<Record<string, string> | undefined> {
  const there = await ifThere(
    sns.send(new GetTopicAttributesCommand({ TopicArn: id })),
    "NotFoundException",
  );
  return there?.Attributes;
}

async function readTopic(id: string): Promise<Properties | undefined> {
  const there = await attributesOf(id);
  if (there === undefined) {
    return undefined;
  }
  const { Tags } = await sns.send(new ListTagsForResourceCommand({ ResourceArn: id }));
  return {
    name: id.split(":").pop(),
    displayName: there.DisplayName ?? "",
    kmsMasterKeyId: there.KmsMasterKeyId ?? "",
    tags: Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""])),
    arn: id,
    owner: there.Owner,
  };
}

type TopicPolicyArgs = Plain<aws.sns.TopicPolicyArgs>;

const topicPolicy = row<TopicPolicyArgs>({
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

type TopicSubscriptionArgs = Plain<aws.sns.TopicSubscriptionArgs>;

const topicSubscription = row<TopicSubscriptionArgs>({
  args: ["endpoint", "protocol", "topic"],
  replaceOn: ["endpoint", "protocol", "topic"],
  computed: ["arn", "ownerId", "pendingConfirmation"],
  async create({ endpoint, protocol, topic: TopicArn }) {
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({
        TopicArn: TopicArn as string,
        Protocol: protocol,
        Endpoint: endpoint,
        ReturnSubscriptionArn: true,
      }),
    );
    const id = SubscriptionArn as string;
    return { id, outputs: (await readSubscription(id)) ?? {} };
  },
  read: readSubscription,
  async delete(id) {
    await ifThere(sns.send(new UnsubscribeCommand({ SubscriptionArn: id })), "NotFoundException");
  },
});

async function readSubscription(id: string): Promise<Properties | undefined> {
  const there = await ifThere(
    sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: id })),
    "NotFoundException",
  );
  const attributes = there?.Attributes;
  return (
    attributes && {
      endpoint: attributes.Endpoint,
      protocol: attributes.Protocol,
      topic: attributes.TopicArn,
      arn: id,
      ownerId: attributes.Owner,
      pendingConfirmation: attributes.PendingConfirmation === "true",
    }
  );
}

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:sns/topic:Topic": topic,
  "aws:sns/topicPolicy:TopicPolicy": topicPolicy,
  "aws:sns/topicSubscription:TopicSubscription": topicSubscription,
};

import {
  GetSubscriptionAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import type * as aws from "@pulumi/aws";

import { Plain, Properties, ifThere, row } from "../row";
import { sns } from "./client";

type TopicSubscriptionArgs = Plain<aws.sns.TopicSubscriptionArgs>;

export const topicSubscription = row<TopicSubscriptionArgs>({
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

import {
  GetSubscriptionAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import type * as aws from "@pulumi/aws";

import { arn, oneOf } from "../checks";
import { Plain, Properties, deadline, ifFound, ifThere, pause, row } from "../row";
import { sns } from "./client";

type TopicSubscriptionArgs = Plain<aws.sns.TopicSubscriptionArgs>;

/** For a confirmation, where one is waited for, and until it is gone. */
const WAITS = { create: 2, delete: 2 };

export const topicSubscription = row<TopicSubscriptionArgs>({
  args: ["endpoint", "protocol", "topic"],
  replaceOn: ["endpoint", "protocol", "topic"],
  computed: ["arn", "ownerId", "pendingConfirmation"],
  checks: {
    protocol: oneOf(
      "application",
      "email",
      "email-json",
      "firehose",
      "http",
      "https",
      "lambda",
      "sms",
      "sqs",
    ),
    topic: arn,
  },
  waits: WAITS,
  source: {
    file: "internal/service/sns/topic_subscription.go",
    differences: ["what the attributes that no argument is for say is left out: nothing reads it"],
  },
  async create({ endpoint, protocol, topic: TopicArn }, made) {
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({
        TopicArn: TopicArn as string,
        Protocol: protocol,
        Endpoint: endpoint,
        ReturnSubscriptionArn: true,
      }),
    );
    const id = SubscriptionArn as string;
    made(id);
    if (!protocol.includes("http") && !protocol.includes("email")) {
      const check = deadline(WAITS.create);
      while ((await readSubscription(id))?.pendingConfirmation === true) {
        check(`${id} is not confirmed`);
        await pause();
      }
    }
    return { id, outputs: (await readSubscription(id)) ?? {} };
  },
  read: readSubscription,
  async delete(id) {
    const unsubscribed = await ifFound(
      sns.send(new UnsubscribeCommand({ SubscriptionArn: id })),
      "InvalidParameterException",
      "Cannot unsubscribe a subscription that is pending confirmation",
    );
    const check = deadline(WAITS.delete);
    while (unsubscribed !== undefined && (await readSubscription(id)) !== undefined) {
      check(`${id} is still there`);
      await pause();
    }
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

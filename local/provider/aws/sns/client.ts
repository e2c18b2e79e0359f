import { GetTopicAttributesCommand, SNSClient } from "@aws-sdk/client-sns";

import { ifThere } from "../row";

export const sns = new SNSClient({});

export async function attributesOf(id: string): Promise<Record<string, string> | undefined> {
  const there = await ifThere(
    sns.send(new GetTopicAttributesCommand({ TopicArn: id })),
    "NotFoundException",
  );
  return there?.Attributes;
}

import {
  CreateTopicCommand,
  DeleteTopicCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-sns";
import type * as aws from "@pulumi/aws";

import { pattern } from "../checks";
import { callerAccount } from "../functions";
import { Plain, Properties, ifThere, row } from "../row";
import { changeTags, tagList, tagMap } from "../tags";
import { attributesOf, sns } from "./client";

type TopicArgs = Plain<aws.sns.TopicArgs>;

/** Attributes of a topic, by the input that sets each. */
const ATTRIBUTES = { displayName: "DisplayName", kmsMasterKeyId: "KmsMasterKeyId" } as const;
const inputsWithAttribute = Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[];

export const topic = row<TopicArgs>({
  args: ["displayName", "kmsMasterKeyId", "name", "namePrefix", "tags"],
  replaceOn: ["name", "namePrefix"],
  computed: ["arn", "owner"],
  autoName: { input: "name", prefix: "namePrefix", maxLength: 80 },
  idOf: async ({ name }) =>
    `arn:aws:sns:${process.env.AWS_REGION}:${await callerAccount()}:${name}`,
  checks: { name: pattern(/^[0-9A-Za-z_-]{1,256}$/) },
  together: ({ name, namePrefix }) =>
    name !== undefined && namePrefix !== undefined
      ? "name and namePrefix cannot both be given"
      : undefined,
  source: {
    file: "internal/service/sns/topic.go",
    differences: [
      "an attribute that is refused is not tried again for two minutes: roles and keys count at once here",
      "what the attributes that no argument is for say (`policy`, `signatureVersion`, …) is left out: nothing reads it",
    ],
  },
  async create(inputs, made) {
    const { TopicArn } = await sns.send(
      new CreateTopicCommand({ Name: inputs.name, Tags: tagList(inputs.tags) }),
    );
    const id = TopicArn as string;
    made(id);
    // Each attribute by a call of its own, once the topic is there.
    for (const input of inputsWithAttribute) {
      if (inputs[input]) {
        await setAttribute(id, input, inputs[input]);
      }
    }
    return { id, outputs: (await readTopic(id)) ?? {} };
  },
  read: readTopic,
  async update(change) {
    const { id, inputs, changed } = change;
    await changeTags(change, {
      untag: (TagKeys) => sns.send(new UntagResourceCommand({ ResourceArn: id, TagKeys })),
      tag: (tags) => sns.send(new TagResourceCommand({ ResourceArn: id, Tags: tagList(tags) })),
    });
    for (const input of inputsWithAttribute) {
      if (changed.has(input)) {
        await setAttribute(id, input, inputs[input] ?? "");
      }
    }
  },
  async delete(id) {
    await ifThere(sns.send(new DeleteTopicCommand({ TopicArn: id })), "NotFoundException");
  },
});

async function setAttribute(
  TopicArn: string,
  input: keyof typeof ATTRIBUTES,
  AttributeValue: string,
): Promise<void> {
  await sns.send(
    new SetTopicAttributesCommand({ TopicArn, AttributeName: ATTRIBUTES[input], AttributeValue }),
  );
}

async function readTopic(id: string): Promise<Properties | undefined> {
  const there = await attributesOf(id);
  if (there === undefined) {
    return undefined;
  }
  const { Tags } = await sns.send(new ListTagsForResourceCommand({ ResourceArn: id }));
  return {
    name: id.split(":").pop(),
    displayName: there.DisplayName,
    kmsMasterKeyId: there.KmsMasterKeyId,
    tags: tagMap(Tags),
    arn: id,
    owner: there.Owner,
  };
}

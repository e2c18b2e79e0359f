import {
  CreateTopicCommand,
  DeleteTopicCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-sns";
import type * as aws from "@pulumi/aws";

import { callerAccount } from "../functions";
import { Plain, Properties, ifThere, row } from "../row";
import { changeTags, tagList, tagMap } from "../tags";
import { attributesOf, sns } from "./client";

type TopicArgs = Plain<aws.sns.TopicArgs>;

/** Attributes of a topic, by the input that sets each. */
const ATTRIBUTES = { displayName: "DisplayName", kmsMasterKeyId: "KmsMasterKeyId" } as const;

export const topic = row<TopicArgs>({
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
  async update(change) {
    const { id, inputs, changed } = change;
    await changeTags(change, {
      untag: (TagKeys) => sns.send(new UntagResourceCommand({ ResourceArn: id, TagKeys })),
      tag: (tags) => sns.send(new TagResourceCommand({ ResourceArn: id, Tags: tagList(tags) })),
    });
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
    tags: tagMap(Tags),
    arn: id,
    owner: there.Owner,
  };
}

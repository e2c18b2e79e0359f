import {
  AssociateKmsKeyCommand,
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DisassociateKmsKeyCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type * as aws from "@pulumi/aws";

import { all, among, length, pattern } from "../checks";
import { Plain, Properties, ifThere, row } from "../row";
import { changeTags } from "../tags";

const logs = new CloudWatchLogsClient({});

/** Days; 0 is for ever. */
const RETENTIONS = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
  3288, 3653,
];

export const logGroup = row<Plain<aws.cloudwatch.LogGroupArgs>>({
  args: ["kmsKeyId", "name", "namePrefix", "retentionInDays", "tags"],
  replaceOn: ["name", "namePrefix"],
  computed: ["arn"],
  autoName: { input: "name", prefix: "namePrefix" },
  idOf: ({ name }) => name,
  checks: {
    name: all(length(1, 512), pattern(/^[.\-_/#A-Za-z0-9]+$/)),
    namePrefix: all(length(1, 483), pattern(/^[0-9A-Za-z_./#-]+$/)),
    retentionInDays: among(...RETENTIONS),
  },
  source: {
    file: "internal/service/logs/group.go",
  },
  async create(inputs, made) {
    const id = inputs.name as string;
    await logs.send(
      new CreateLogGroupCommand({ logGroupName: id, kmsKeyId: inputs.kmsKeyId, tags: inputs.tags }),
    );
    made(id);
    if (inputs.retentionInDays) {
      await setRetention(id, inputs.retentionInDays);
    }
    return { id, outputs: (await readLogGroup(id)) ?? {} };
  },
  read: readLogGroup,
  async update(change) {
    const { id, inputs, olds, changed } = change;
    if (changed.has("retentionInDays")) {
      await setRetention(id, inputs.retentionInDays);
    }
    if (changed.has("kmsKeyId")) {
      if (inputs.kmsKeyId === undefined) {
        await logs.send(new DisassociateKmsKeyCommand({ logGroupName: id }));
      } else {
        await logs.send(
          new AssociateKmsKeyCommand({ logGroupName: id, kmsKeyId: inputs.kmsKeyId }),
        );
      }
    }
    const resourceArn = olds.arn as string;
    await changeTags(change, {
      untag: (tagKeys) => logs.send(new UntagResourceCommand({ resourceArn, tagKeys })),
      tag: (tags) => logs.send(new TagResourceCommand({ resourceArn, tags })),
    });
  },
  async delete(id) {
    await ifThere(
      logs.send(new DeleteLogGroupCommand({ logGroupName: id })),
      "ResourceNotFoundException",
    );
  },
});

async function setRetention(id: string, days: number | undefined): Promise<void> {
  if (days) {
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: id, retentionInDays: days }));
  } else {
    await logs.send(new DeleteRetentionPolicyCommand({ logGroupName: id }));
  }
}

async function readLogGroup(id: string): Promise<Properties | undefined> {
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: id }));
  const there = logGroups?.find(({ logGroupName }) => logGroupName === id);
  if (there === undefined) {
    return undefined;
  }
  // The provider's ARN is that of the group, without the `:*` that stands for its streams.
  const arn = there.arn?.replace(/:\*$/, "");
  const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn: arn }));
  return {
    name: id,
    retentionInDays: there.retentionInDays,
    kmsKeyId: there.kmsKeyId,
    tags,
    arn,
  };
}

import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  ListTagsForResourceCommand,
  LogLevel,
  SFNClient,
  StateMachineType,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import type * as aws from "@pulumi/aws";

import { Plain, Properties, compactJson, ifThere, row } from "../row";
import { changeTags, lowerTagList, tagMap } from "../tags";
import { callerAccount } from "../functions";

const sfn = new SFNClient({});

type StateMachineArgs = Plain<aws.sfn.StateMachineArgs>;

export const stateMachine = row<StateMachineArgs>({
  args: [
    "definition",
    "loggingConfiguration",
    "name",
    "namePrefix",
    "roleArn",
    "tags",
    "tracingConfiguration",
    "type",
  ],
  members: {
    loggingConfiguration: ["includeExecutionData", "level", "logDestination"],
    tracingConfiguration: ["enabled"],
  },
  replaceOn: ["name", "namePrefix", "type"],
  computed: ["arn", "creationDate", "revisionId", "status"],
  volatile: ["revisionId"],
  autoName: { input: "name", prefix: "namePrefix", maxLength: 80 },
  idOf: async ({ name }) =>
    `arn:aws:states:${process.env.AWS_REGION}:${await callerAccount()}:stateMachine:${name}`,
  async create(inputs) {
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({
        name: inputs.name,
        type: inputs.type as StateMachineType | undefined,
        ...changeable(inputs),
        tags: lowerTagList(inputs.tags),
      }),
    );
    const id = stateMachineArn as string;
    const { arn, creationDate, revisionId, status } = (await readStateMachine(id)) ?? {};
    return { id, outputs: { arn, creationDate, revisionId, status } };
  },
  read: readStateMachine,
  async update(change) {
    const { id, inputs, olds, changed } = change;
    await changeTags(change, {
      untag: (tagKeys) => sfn.send(new UntagResourceCommand({ resourceArn: id, tagKeys })),
      tag: (tags) =>
        sfn.send(new TagResourceCommand({ resourceArn: id, tags: lowerTagList(tags) })),
    });
    if ([...changed].some((input) => input !== "tags")) {
      const { revisionId } = await sfn.send(
        new UpdateStateMachineCommand({ stateMachineArn: id, ...changeable(inputs) }),
      );
      return { revisionId };
    }
    return { revisionId: olds.revisionId };
  },
  async delete(id) {
    await ifThere(
      sfn.send(new DeleteStateMachineCommand({ stateMachineArn: id })),
      "StateMachineDoesNotExist",
    );
  },
});

function changeable(inputs: StateMachineArgs) {
  const logging = inputs.loggingConfiguration;
  return {
    definition: inputs.definition,
    roleArn: inputs.roleArn,
    loggingConfiguration: {
      level: (logging?.level ?? "OFF") as LogLevel,
      includeExecutionData: logging?.includeExecutionData ?? false,
      destinations:
        logging?.logDestination === undefined
          ? []
          : [{ cloudWatchLogsLogGroup: { logGroupArn: logging.logDestination } }],
    },
    tracingConfiguration: { enabled: inputs.tracingConfiguration?.enabled ?? false },
  };
}

async function readStateMachine(id: string): Promise<Properties | undefined> {
  const there = await ifThere(
    sfn.send(new DescribeStateMachineCommand({ stateMachineArn: id })),
    "StateMachineDoesNotExist",
  );
  if (there === undefined || there.status === "DELETING") {
    return undefined;
  }
  const { tags } = await sfn.send(new ListTagsForResourceCommand({ resourceArn: id }));
  const logging = there.loggingConfiguration;
  return {
    name: there.name,
    type: there.type,
    definition: compactJson(there.definition ?? "{}"),
    roleArn: there.roleArn,
    loggingConfiguration: {
      level: logging?.level,
      includeExecutionData: logging?.includeExecutionData,
      logDestination: logging?.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn,
    },
    tracingConfiguration: { enabled: there.tracingConfiguration?.enabled },
    tags: tagMap(tags),
    arn: there.stateMachineArn,
    creationDate: there.creationDate?.toISOString(),
    revisionId: there.revisionId,
    status: there.status,
  };
}

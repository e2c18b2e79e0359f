import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
  ListTagsForResourceCommand,
  LogLevel,
  SFNClient,
  StateMachineType,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import type * as aws from "@pulumi/aws";

import { all, arn, length, oneOf, pattern } from "../checks";
import { Plain, Properties, compactJson, deadline, ifThere, pause, row } from "../row";
import { changeTags, lowerTagList, tagMap } from "../tags";
import { callerAccount } from "../functions";

const sfn = new SFNClient({});

type StateMachineArgs = Plain<aws.sfn.StateMachineArgs>;

/** A deletion waits for executions to end. */
const WAITS = { delete: 5 };

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
  volatile: (changed) => ([...changed].some((input) => input !== "tags") ? ["revisionId"] : []),
  leftOut: ["loggingConfiguration", "tracingConfiguration"],
  checks: {
    definition: length(0, 1024 * 1024),
    "loggingConfiguration.level": oneOf("ALL", "ERROR", "FATAL", "OFF"),
    "loggingConfiguration.logDestination": all(arn, pattern(/:\*$/)),
    name: all(length(1, 80), pattern(/^[0-9A-Za-z_-]+$/)),
    namePrefix: all(length(1, 54), pattern(/^[0-9A-Za-z_-]+$/)),
    roleArn: arn,
    type: oneOf("STANDARD", "EXPRESS"),
  },
  waits: WAITS,
  source: {
    file: "internal/service/sfn/state_machine.go",
    differences: [
      "a creation that is refused since the role is not known yet is not tried again for five minutes",
    ],
  },
  async plan({ definition, type }, changed) {
    if (changed?.has("definition") === false) {
      return;
    }
    const { result, diagnostics } = await sfn.send(
      new ValidateStateMachineDefinitionCommand({
        definition,
        type: type as StateMachineType | undefined,
      }),
    );
    if (result !== "OK") {
      const told = diagnostics?.map((one) => `${one.severity} (${one.code}): ${one.message}`);
      throw new Error(`invalid Step Functions State Machine definition: ${told?.join("; ")}`);
    }
  },
  autoName: { input: "name", prefix: "namePrefix" },
  idOf: async ({ name }) =>
    `arn:aws:states:${process.env.AWS_REGION}:${await callerAccount()}:stateMachine:${name}`,
  async create(inputs) {
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({
        name: inputs.name,
        type: inputs.type as StateMachineType | undefined,
        definition: inputs.definition,
        roleArn: inputs.roleArn,
        loggingConfiguration: logging(inputs),
        tracingConfiguration: tracing(inputs),
        tags: lowerTagList(inputs.tags),
      }),
    );
    const id = stateMachineArn as string;
    return { id, outputs: (await readStateMachine(id)) ?? {} };
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
        new UpdateStateMachineCommand({
          stateMachineArn: id,
          definition: inputs.definition,
          roleArn: inputs.roleArn,
          loggingConfiguration: changed.has("loggingConfiguration") ? logging(inputs) : undefined,
          tracingConfiguration: changed.has("tracingConfiguration") ? tracing(inputs) : undefined,
        }),
      );
      return { revisionId };
    }
    return { revisionId: olds.revisionId };
  },
  async delete(id, _props, minutes = WAITS.delete) {
    await sfn.send(new DeleteStateMachineCommand({ stateMachineArn: id }));
    const late = deadline(minutes);
    for (;;) {
      const there = await describe(id);
      if (there === undefined) {
        return;
      }
      late(`${id} is ${there.status}`);
      await pause();
    }
  },
});

const describe = (stateMachineArn: string) =>
  ifThere(
    sfn.send(new DescribeStateMachineCommand({ stateMachineArn })),
    "StateMachineDoesNotExist",
  );

function logging({ loggingConfiguration: given }: StateMachineArgs) {
  return (
    given && {
      level: given.level as LogLevel | undefined,
      includeExecutionData: given.includeExecutionData ?? false,
      destinations:
        given.logDestination === undefined
          ? undefined
          : [{ cloudWatchLogsLogGroup: { logGroupArn: given.logDestination } }],
    }
  );
}

function tracing({ tracingConfiguration: given }: StateMachineArgs) {
  return given && { enabled: given.enabled ?? false };
}

async function readStateMachine(id: string): Promise<Properties | undefined> {
  const there = await describe(id);
  if (there === undefined) {
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

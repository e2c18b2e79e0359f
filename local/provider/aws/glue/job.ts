import {
  CreateJobCommand,
  DeleteJobCommand,
  GetJobCommand,
  UpdateJobCommand,
  WorkerType,
} from "@aws-sdk/client-glue";
import type * as aws from "@pulumi/aws";

import { callerAccount } from "../functions";
import { Plain, ifThere, row } from "../row";
import { arnOf, glue, retag, tagsOf, told } from "./client";

type JobArgs = Plain<aws.glue.JobArgs>;

export const job = row<JobArgs>({
  args: [
    "command",
    "defaultArguments",
    "description",
    "executionProperty",
    "glueVersion",
    "maxRetries",
    "name",
    "numberOfWorkers",
    "roleArn",
    "securityConfiguration",
    "tags",
    "timeout",
    "workerType",
  ],
  members: {
    command: ["name", "pythonVersion", "scriptLocation"],
    executionProperty: ["maxConcurrentRuns"],
  },
  replaceOn: ["name"],
  computed: ["arn"],
  autoName: { input: "name", maxLength: 255 },
  idOf: ({ name }) => name,
  async create(inputs) {
    const id = inputs.name as string;
    await glue.send(
      new CreateJobCommand({ Name: id, ...jobDefinition(inputs), Tags: inputs.tags }),
    );
    return { id, outputs: { arn: arnOf(await callerAccount(), "job", id) } };
  },
  async read(id) {
    const found = await ifThere(
      glue.send(new GetJobCommand({ JobName: id })),
      "EntityNotFoundException",
    );
    const there = found?.Job;
    if (there === undefined) {
      return undefined;
    }
    const arn = arnOf(await callerAccount(), "job", id);
    return {
      name: id,
      description: told(there.Description),
      roleArn: there.Role,
      command: {
        name: there.Command?.Name,
        pythonVersion: there.Command?.PythonVersion,
        scriptLocation: there.Command?.ScriptLocation,
      },
      defaultArguments: there.DefaultArguments,
      executionProperty: { maxConcurrentRuns: there.ExecutionProperty?.MaxConcurrentRuns },
      glueVersion: there.GlueVersion,
      maxRetries: there.MaxRetries,
      numberOfWorkers: there.NumberOfWorkers,
      securityConfiguration: told(there.SecurityConfiguration),
      timeout: there.Timeout,
      workerType: there.WorkerType,
      tags: await tagsOf(arn),
      arn,
    };
  },
  async update(change) {
    const { id, inputs, changed } = change;
    if ([...changed].some((input) => input !== "tags")) {
      // Everything that is left out is reset:
      // https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateJob.html
      await glue.send(new UpdateJobCommand({ JobName: id, JobUpdate: jobDefinition(inputs) }));
    }
    await retag(change);
  },
  async delete(id) {
    await ifThere(glue.send(new DeleteJobCommand({ JobName: id })), "EntityNotFoundException");
  },
});

function jobDefinition(inputs: JobArgs) {
  return {
    Description: inputs.description,
    Role: inputs.roleArn,
    Command: {
      Name: inputs.command.name ?? "glueetl",
      PythonVersion: inputs.command.pythonVersion,
      ScriptLocation: inputs.command.scriptLocation,
    },
    DefaultArguments: inputs.defaultArguments,
    ExecutionProperty: inputs.executionProperty && {
      MaxConcurrentRuns: inputs.executionProperty.maxConcurrentRuns,
    },
    GlueVersion: inputs.glueVersion,
    MaxRetries: inputs.maxRetries,
    NumberOfWorkers: inputs.numberOfWorkers,
    SecurityConfiguration: inputs.securityConfiguration,
    Timeout: inputs.timeout,
    WorkerType: inputs.workerType as WorkerType | undefined,
  };
}

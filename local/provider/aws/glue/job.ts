import {
  CreateJobCommand,
  DeleteJobCommand,
  GetJobCommand,
  Job,
  UpdateJobCommand,
  WorkerType,
} from "@aws-sdk/client-glue";
import type * as aws from "@pulumi/aws";

import { arn, atLeast, between, length, oneOf } from "../checks";
import { Plain, Properties, ifThere, row } from "../row";
import { glue, readNamed, retag, told } from "./client";

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
  leftOut: ["executionProperty", "glueVersion", "numberOfWorkers", "timeout", "workerType"],
  checks: {
    "command.pythonVersion": oneOf("2", "3", "3.9"),
    "executionProperty.maxConcurrentRuns": atLeast(1),
    maxRetries: between(0, 10),
    name: length(1, Infinity),
    numberOfWorkers: atLeast(1),
    roleArn: arn,
    workerType: oneOf(
      ...["Standard", "G.025X", "G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X", "Z.2X"],
      ...["R.1X", "R.2X", "R.4X", "R.8X"],
    ),
  },
  together: ({ command, timeout }) =>
    typeof timeout === "number" && timeout < (command?.name === "gluestreaming" ? 0 : 1)
      ? "timeout must be at least 1"
      : undefined,
  source: {
    file: "internal/service/glue/job.go",
    differences: [
      "`jobMode`, `maxCapacity` and `notificationProperty`, which the provider reads and sends again, are left to Glue",
    ],
  },
  autoName: { input: "name" },
  idOf: ({ name }) => name,
  async create(inputs) {
    const id = inputs.name as string;
    await glue.send(new CreateJobCommand({ Name: id, ...definition(inputs), Tags: inputs.tags }));
    return { id, outputs: (await readJob(id)) ?? {} };
  },
  read: readJob,
  async update(change) {
    const { id, inputs, olds, changed } = change;
    await retag(change);
    if ([...changed].some((input) => input !== "tags")) {
      // Glue resets what an update leaves out, so that what it chose before is sent again:
      // https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateJob.html
      const JobUpdate = definition({
        ...inputs,
        executionProperty: inputs.executionProperty ?? olds.executionProperty,
        glueVersion: inputs.glueVersion ?? olds.glueVersion,
        numberOfWorkers: inputs.numberOfWorkers ?? olds.numberOfWorkers,
        timeout: inputs.timeout ?? olds.timeout,
        workerType: inputs.workerType ?? olds.workerType,
      });
      await glue.send(new UpdateJobCommand({ JobName: id, JobUpdate }));
    }
  },
  async delete(id) {
    await ifThere(glue.send(new DeleteJobCommand({ JobName: id })), "EntityNotFoundException");
  },
});

function readJob(id: string): Promise<Properties | undefined> {
  return readNamed("job", id, glue.send(new GetJobCommand({ JobName: id })), {
    of: ({ Job }) => Job,
    tell: propertiesOf,
  });
}

function propertiesOf(there: Job): Properties {
  return {
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
  };
}

function definition(inputs: JobArgs) {
  return {
    Description: inputs.description || undefined,
    Role: inputs.roleArn,
    Command: {
      Name: inputs.command.name ?? "glueetl",
      PythonVersion: inputs.command.pythonVersion,
      ScriptLocation: inputs.command.scriptLocation,
    },
    DefaultArguments: inputs.defaultArguments,
    ExecutionProperty: inputs.executionProperty && {
      MaxConcurrentRuns: inputs.executionProperty.maxConcurrentRuns ?? 1,
    },
    GlueVersion: inputs.glueVersion,
    MaxRetries: inputs.maxRetries,
    NumberOfWorkers: inputs.numberOfWorkers,
    SecurityConfiguration: inputs.securityConfiguration || undefined,
    Timeout: inputs.timeout,
    WorkerType: inputs.workerType as WorkerType | undefined,
  };
}

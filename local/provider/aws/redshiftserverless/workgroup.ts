import {
  CreateWorkgroupCommand,
  DeleteWorkgroupCommand,
  GetWorkgroupCommand,
  UpdateWorkgroupCommand,
} from "@aws-sdk/client-redshift-serverless";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, pause, row } from "../row";
import { lowerTagList } from "../tags";
import { retag, serverless, tagsAt } from "./client";

type WorkgroupArgs = Plain<aws.redshiftserverless.WorkgroupArgs>;

export const workgroup = row<WorkgroupArgs>({
  args: [
    "baseCapacity",
    "configParameters",
    "enhancedVpcRouting",
    "maxCapacity",
    "namespaceName",
    "publiclyAccessible",
    "securityGroupIds",
    "subnetIds",
    "tags",
    "workgroupName",
  ],
  replaceOn: ["namespaceName", "workgroupName"],
  computed: ["arn", "endpoints", "workgroupId"],
  idOf: ({ workgroupName }) => workgroupName,
  async create(inputs) {
    const id = inputs.workgroupName;
    await serverless.send(
      new CreateWorkgroupCommand({
        workgroupName: id,
        namespaceName: inputs.namespaceName,
        configParameters: inputs.configParameters,
        ...workgroupSettings(inputs),
        tags: lowerTagList(inputs.tags),
      }),
    );
    await settledWorkgroup(id);
    return { id, outputs: (await readWorkgroup(id)) ?? {} };
  },
  async read(id, { configParameters: known }) {
    const there = await readWorkgroup(id);
    // AWS answers every parameter there is; those that nobody gave are no drift.
    return (
      there && {
        ...there,
        configParameters: known ? inOrderOf(known, there.configParameters) : there.configParameters,
      }
    );
  },
  async update(change) {
    const { id, inputs, changed } = change;
    await retag(change);
    // One kind of change a call: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateWorkgroup.html
    if (changed.has("configParameters")) {
      await serverless.send(
        new UpdateWorkgroupCommand({
          workgroupName: id,
          configParameters: inputs.configParameters,
        }),
      );
      await settledWorkgroup(id);
    }
    if ([...changed].some((key) => key !== "tags" && key !== "configParameters")) {
      await serverless.send(
        new UpdateWorkgroupCommand({ workgroupName: id, ...workgroupSettings(inputs) }),
      );
      await settledWorkgroup(id);
    }
  },
  async delete(id) {
    await ifThere(
      serverless.send(new DeleteWorkgroupCommand({ workgroupName: id })),
      "ResourceNotFoundException",
    );
    while ((await describeWorkgroup(id)) !== undefined) {
      await pause();
    }
  },
});

function workgroupSettings(inputs: WorkgroupArgs) {
  return {
    baseCapacity: inputs.baseCapacity,
    maxCapacity: inputs.maxCapacity,
    enhancedVpcRouting: inputs.enhancedVpcRouting,
    publiclyAccessible: inputs.publiclyAccessible,
    securityGroupIds: inputs.securityGroupIds,
    subnetIds: inputs.subnetIds,
  };
}

async function describeWorkgroup(workgroupName: string) {
  const found = await ifThere(
    serverless.send(new GetWorkgroupCommand({ workgroupName })),
    "ResourceNotFoundException",
  );
  return found?.workgroup;
}

async function settledWorkgroup(id: string): Promise<void> {
  while ((await describeWorkgroup(id))?.status !== "AVAILABLE") {
    await pause();
  }
}

type Parameters = { parameterKey?: string; parameterValue?: string }[];

/** Of all parameters those that are known, in the order in which they are. */
function inOrderOf(known: Parameters, all: Parameters): Parameters {
  return known.flatMap(({ parameterKey }) =>
    all.filter((parameter) => parameter.parameterKey === parameterKey),
  );
}

export async function readWorkgroup(id: string) {
  const there = await describeWorkgroup(id);
  return (
    there && {
      workgroupName: there.workgroupName,
      namespaceName: there.namespaceName,
      baseCapacity: there.baseCapacity,
      maxCapacity: there.maxCapacity,
      configParameters: (there.configParameters ?? []).map(({ parameterKey, parameterValue }) => ({
        parameterKey,
        parameterValue,
      })),
      enhancedVpcRouting: there.enhancedVpcRouting,
      publiclyAccessible: there.publiclyAccessible,
      securityGroupIds: there.securityGroupIds,
      subnetIds: there.subnetIds,
      tags: await tagsAt(there.workgroupArn),
      arn: there.workgroupArn,
      workgroupId: there.workgroupId,
      endpoints: there.endpoint
        ? [{ address: there.endpoint.address, port: there.endpoint.port }]
        : [],
    }
  );
}

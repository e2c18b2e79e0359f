import {
  CreateWorkgroupCommand,
  DeleteWorkgroupCommand,
  GetWorkgroupCommand,
  UpdateWorkgroupCommand,
} from "@aws-sdk/client-redshift-serverless";
import type * as aws from "@pulumi/aws";

import { oneOf } from "../checks";
import { Change, Plain, deadline, ifThere, pause, row } from "../row";
import { lowerTagList } from "../tags";
import { retag, serverless, tagsAt, whileAtWork } from "./client";

type WorkgroupArgs = Plain<aws.redshiftserverless.WorkgroupArgs>;

/** https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_CreateWorkgroup.html */
const PARAMETERS = [
  "auto_mv",
  "datestyle",
  "enable_case_sensitive_identifier",
  "enable_user_activity_logging",
  "query_group",
  "search_path",
  "max_query_cpu_time",
  "max_query_blocks_read",
  "max_scan_row_count",
  "max_query_execution_time",
  "max_query_queue_time",
  "max_query_cpu_usage_percent",
  "max_query_temp_blocks_to_disk",
  "max_join_row_count",
  "max_nested_loop_join_row_count",
  "require_ssl",
  "use_fips_ssl",
];

const WAITS = { create: 20, update: 20, delete: 20 };

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
  computed: ["arn", "endpoints", "port", "workgroupId"],
  leftOut: ["baseCapacity", "configParameters", "securityGroupIds", "subnetIds"],
  checks: { "configParameters.parameterKey": oneOf(...PARAMETERS) },
  waits: WAITS,
  source: {
    file: "internal/service/redshiftserverless/workgroup.go",
    differences: [
      "parameters that AWS has and the program does not give are no change: with the provider they are one, unless the " +
        "program ignores changes of `configParameters`, as this one does",
      "`vpcEndpoints` of an endpoint, `pricePerformanceTarget` and `trackName` are left out: nothing reads them",
    ],
  },
  idOf: ({ workgroupName }) => workgroupName,
  async create(inputs, made) {
    const id = inputs.workgroupName;
    await serverless.send(
      new CreateWorkgroupCommand({
        workgroupName: id,
        namespaceName: inputs.namespaceName,
        baseCapacity: inputs.baseCapacity,
        configParameters: someOf(inputs.configParameters),
        // What is false is not sent.
        enhancedVpcRouting: inputs.enhancedVpcRouting || undefined,
        maxCapacity: inputs.maxCapacity || undefined,
        publiclyAccessible: inputs.publiclyAccessible || undefined,
        securityGroupIds: someOf(inputs.securityGroupIds),
        subnetIds: someOf(inputs.subnetIds),
        tags: lowerTagList(inputs.tags),
      }),
    );
    made(id);
    await settledWorkgroup(id, WAITS.create);
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
    await retag(change);
    // One kind of change a call: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateWorkgroup.html
    for (const one of updatesOf(change)) {
      const input = { workgroupName: change.id, ...one };
      await whileAtWork(WAITS.update, () => serverless.send(new UpdateWorkgroupCommand(input)));
      await settledWorkgroup(change.id, WAITS.update);
    }
  },
  async delete(id) {
    await ifThere(
      whileAtWork(10, () => serverless.send(new DeleteWorkgroupCommand({ workgroupName: id }))),
      "ResourceNotFoundException",
    );
    const check = deadline(WAITS.delete);
    while ((await describeWorkgroup(id)) !== undefined) {
      check(`the workgroup ${id} is still there`);
      await pause();
    }
  },
});

const someOf = <Item>(list: Item[] | undefined) => (list?.length ? list : undefined);

/** The changes of a workgroup in the order in which the official provider makes them, one a call. */
function updatesOf({ inputs, olds, changed }: Change<WorkgroupArgs>) {
  const base = changed.has("baseCapacity") ? [{ baseCapacity: inputs.baseCapacity }] : [];
  // No maximum at all is -1.
  const most = changed.has("maxCapacity") ? [{ maxCapacity: inputs.maxCapacity || -1 }] : [];
  const raised = Boolean(olds.maxCapacity && (inputs.baseCapacity ?? 0) > olds.maxCapacity);
  return [
    // A base above the maximum of now has to wait for the new one.
    ...(raised && inputs.maxCapacity ? [...most, ...base] : [...base, ...most]),
    ...Object.entries({
      configParameters: inputs.configParameters,
      enhancedVpcRouting: inputs.enhancedVpcRouting ?? false,
      publiclyAccessible: inputs.publiclyAccessible ?? false,
      securityGroupIds: inputs.securityGroupIds,
      subnetIds: inputs.subnetIds,
    })
      .filter(([input]) => changed.has(input as keyof WorkgroupArgs))
      .map(([input, value]) => ({ [input]: value })),
  ];
}

async function describeWorkgroup(workgroupName: string) {
  const found = await ifThere(
    serverless.send(new GetWorkgroupCommand({ workgroupName })),
    "ResourceNotFoundException",
  );
  return found?.workgroup;
}

/** Waits until a workgroup is available; any state but those on the way there is an error. */
async function settledWorkgroup(id: string, minutes: number): Promise<void> {
  const check = deadline(minutes);
  for (;;) {
    const status = (await describeWorkgroup(id))?.status;
    if (status === "AVAILABLE") {
      return;
    }
    if (status !== "CREATING" && status !== "MODIFYING") {
      throw new Error(`the workgroup ${id} is ${status ?? "gone"}`);
    }
    check(`the workgroup ${id} is ${status}`);
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
      port: there.endpoint?.port,
      endpoints: there.endpoint
        ? [{ address: there.endpoint.address, port: there.endpoint.port }]
        : [],
    }
  );
}

import type * as aws from "@pulumi/aws";

import { equivalent } from "../lifecycle";
import { Plain, Properties, ifThere, pause, row } from "../row";
import { changeTags } from "../tags";
import { mwaa } from "./client";

type EnvironmentArgs = Plain<aws.mwaa.EnvironmentArgs> & { name: string };

/** Inputs that MWAA's update takes; https://docs.aws.amazon.com/mwaa/latest/API/API_UpdateEnvironment.html */
const UPDATABLE = {
  airflowConfigurationOptions: "AirflowConfigurationOptions",
  airflowVersion: "AirflowVersion",
  dagS3Path: "DagS3Path",
  environmentClass: "EnvironmentClass",
  executionRoleArn: "ExecutionRoleArn",
  maxWebservers: "MaxWebservers",
  maxWorkers: "MaxWorkers",
  minWebservers: "MinWebservers",
  minWorkers: "MinWorkers",
  pluginsS3ObjectVersion: "PluginsS3ObjectVersion",
  pluginsS3Path: "PluginsS3Path",
  requirementsS3ObjectVersion: "RequirementsS3ObjectVersion",
  requirementsS3Path: "RequirementsS3Path",
  schedulers: "Schedulers",
  sourceBucketArn: "SourceBucketArn",
  startupScriptS3ObjectVersion: "StartupScriptS3ObjectVersion",
  startupScriptS3Path: "StartupScriptS3Path",
  webserverAccessMode: "WebserverAccessMode",
  weeklyMaintenanceWindowStart: "WeeklyMaintenanceWindowStart",
} as const;

const LOGS = {
  dagProcessingLogs: "DagProcessingLogs",
  schedulerLogs: "SchedulerLogs",
  taskLogs: "TaskLogs",
  webserverLogs: "WebserverLogs",
  workerLogs: "WorkerLogs",
} as const;

export const environment = row<EnvironmentArgs>({
  args: [
    ...(Object.keys(UPDATABLE) as (keyof typeof UPDATABLE)[]),
    "endpointManagement",
    "kmsKey",
    "loggingConfiguration",
    "name",
    "networkConfiguration",
    "tags",
    "workerReplacementStrategy",
  ],
  members: {
    loggingConfiguration: Object.keys(LOGS),
    ...Object.fromEntries(
      Object.keys(LOGS).map((key) => [`loggingConfiguration.${key}`, ["enabled", "logLevel"]]),
    ),
    networkConfiguration: ["securityGroupIds", "subnetIds"],
  },
  replaceOn: ["endpointManagement", "kmsKey", "name"],
  // https://docs.aws.amazon.com/mwaa/latest/API/API_UpdateNetworkConfigurationInput.html has no subnets, and
  // https://docs.aws.amazon.com/mwaa/latest/userguide/upgrading-environment.html no way to a new major version.
  alsoReplaces: (input, olds, news) =>
    input === "networkConfiguration"
      ? !equivalent(olds.networkConfiguration?.subnetIds, news.networkConfiguration?.subnetIds)
      : input === "airflowVersion" && major(olds.airflowVersion) < major(news.airflowVersion),
  computed: ["arn", "createdAt", "serviceRoleArn", "status", "webserverUrl", "lastUpdateds"],
  autoName: { input: "name", maxLength: 80 },
  idOf: ({ name }) => name,
  async create(inputs) {
    const { subnetIds, securityGroupIds } = inputs.networkConfiguration;
    await mwaa("PUT", pathOf(inputs.name), {
      ...updatable(inputs),
      EndpointManagement: inputs.endpointManagement,
      KmsKey: inputs.kmsKey,
      LoggingConfiguration: logging("CreateEnvironmentInput", inputs),
      NetworkConfiguration: { SubnetIds: subnetIds, SecurityGroupIds: securityGroupIds },
      Tags: inputs.tags,
    });
    return { id: inputs.name, outputs: await settled(inputs.name) };
  },
  read: readEnvironment,
  async update(change) {
    const { id, inputs, olds, changed } = change;
    const path = `/tags/${encodeURIComponent(olds.arn as string)}`;
    await changeTags(change, {
      untag: (keys) =>
        mwaa("DELETE", `${path}?${keys.map((k) => `tagKeys=${encodeURIComponent(k)}`).join("&")}`),
      tag: (Tags) => mwaa("POST", path, { Tags }),
    });
    if ([...changed].some((key) => key !== "tags")) {
      await mwaa("PATCH", pathOf(id), {
        ...updatable(inputs),
        LoggingConfiguration: logging("UpdateEnvironmentInput", inputs),
        NetworkConfiguration: { SecurityGroupIds: inputs.networkConfiguration.securityGroupIds },
        WorkerReplacementStrategy: inputs.workerReplacementStrategy,
      });
    }
    return settled(id);
  },
  async delete(id) {
    await ifThere(mwaa("DELETE", pathOf(id)), "ResourceNotFoundException");
    while ((await ifThere(mwaa("GET", pathOf(id)), "ResourceNotFoundException")) !== undefined) {
      await pause();
    }
  },
});

const major = (version: string | undefined) => Number(version?.split(".")[0]);

function pathOf(name: string): string {
  return `/environments/${encodeURIComponent(name)}`;
}

function updatable(inputs: EnvironmentArgs): Properties {
  return Object.fromEntries(
    Object.entries(UPDATABLE).map(([key, member]) => [
      member,
      (inputs as unknown as Properties)[key],
    ]),
  );
}

/**
 * The logs of a request. The provider sends each block that is there as it stands, an empty level included, which
 * the AWS SDK for Go refuses before anything is sent:
 * https://docs.aws.amazon.com/mwaa/latest/API/API_ModuleLoggingConfigurationInput.html
 *
 * @throws Error in the SDK's words where a block has no level.
 */
function logging(
  request: string,
  { loggingConfiguration }: EnvironmentArgs,
): Properties | undefined {
  const levels = loggingConfiguration as
    Record<string, { enabled?: boolean; logLevel?: string } | undefined> | undefined;
  const given = Object.entries(LOGS).filter(([key]) => levels?.[key] !== undefined);
  const bare = given.find(([key]) => !levels?.[key]?.logLevel);
  if (bare !== undefined) {
    throw new Error(`missing required field, ${request}.LoggingConfiguration.${bare[1]}.LogLevel`);
  }
  return (
    levels &&
    Object.fromEntries(
      given.map(([key, member]) => [
        member,
        { Enabled: levels[key]?.enabled ?? false, LogLevel: levels[key]?.logLevel },
      ]),
    )
  );
}

interface Environment {
  readonly Status: string;
  readonly LastUpdate?: { readonly Error?: { ErrorCode?: string; ErrorMessage?: string } };
}

/** Waits until an environment is made or changed; a failure is MWAA's own message. */
async function settled(name: string): Promise<Properties> {
  for (;;) {
    const { Environment: there } = (await mwaa("GET", pathOf(name))) as unknown as {
      Environment: Environment;
    };
    if (there.Status === "AVAILABLE") {
      return (await readEnvironment(name)) ?? {};
    }
    if (there.Status.endsWith("FAILED") || there.Status === "UNAVAILABLE") {
      const reason = there.LastUpdate?.Error;
      throw new Error(
        `${name} is ${there.Status}: ${reason?.ErrorCode ?? ""} ${reason?.ErrorMessage ?? "no reason is given"}`,
      );
    }
    await pause();
  }
}

async function readEnvironment(name: string): Promise<Properties | undefined> {
  const found = await ifThere(mwaa("GET", pathOf(name)), "ResourceNotFoundException");
  if (found === undefined) {
    return undefined;
  }
  const there = found.Environment as Properties & {
    LoggingConfiguration?: Record<string, { Enabled?: boolean; LogLevel?: string }>;
    NetworkConfiguration?: { SubnetIds?: string[]; SecurityGroupIds?: string[] };
    LastUpdate?: { CreatedAt?: number; Status?: string; WorkerReplacementStrategy?: string };
  };
  return {
    ...Object.fromEntries(Object.entries(UPDATABLE).map(([key, member]) => [key, there[member]])),
    name: there.Name,
    kmsKey: there.KmsKey,
    endpointManagement: there.EndpointManagement,
    // Told of the last update alone: a new environment has had none.
    ...(there.LastUpdate?.WorkerReplacementStrategy === undefined
      ? {}
      : { workerReplacementStrategy: there.LastUpdate.WorkerReplacementStrategy }),
    networkConfiguration: {
      subnetIds: there.NetworkConfiguration?.SubnetIds,
      securityGroupIds: there.NetworkConfiguration?.SecurityGroupIds,
    },
    loggingConfiguration:
      there.LoggingConfiguration &&
      Object.fromEntries(
        Object.entries(LOGS).map(([key, member]) => {
          const log = there.LoggingConfiguration?.[member];
          return [key, log && { enabled: log.Enabled, logLevel: log.LogLevel }];
        }),
      ),
    tags: there.Tags ?? {},
    arn: there.Arn,
    createdAt: String(there.CreatedAt),
    lastUpdateds: [
      { createdAt: String(there.LastUpdate?.CreatedAt), status: there.LastUpdate?.Status },
    ],
    serviceRoleArn: there.ServiceRoleArn,
    status: there.Status,
    webserverUrl: there.WebserverUrl,
  };
}

import type * as aws from "@pulumi/aws";

import { arn, atLeast, between, items, oneOf } from "../checks";
import { equivalent } from "../lifecycle";
import { Change, deadline, ifThere, pause, Plain, Properties, row } from "../row";
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

/** Inputs that MWAA has its own value of where the program gives none. */
const CHOSEN_BY_MWAA = [
  "airflowVersion",
  "endpointManagement",
  "environmentClass",
  "loggingConfiguration",
  "maxWebservers",
  "maxWorkers",
  "minWebservers",
  "minWorkers",
  "pluginsS3ObjectVersion",
  "requirementsS3ObjectVersion",
  "schedulers",
  "startupScriptS3ObjectVersion",
  "webserverAccessMode",
  "weeklyMaintenanceWindowStart",
  "workerReplacementStrategy",
] as const;

const level = oneOf("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG");

const CHECKS = {
  endpointManagement: oneOf("CUSTOMER", "SERVICE"),
  executionRoleArn: arn,
  kmsKey: arn,
  ...Object.fromEntries(
    Object.keys(LOGS).map((key) => [`loggingConfiguration.${key}.logLevel`, level]),
  ),
  maxWebservers: between(1, 5),
  maxWorkers: atLeast(1),
  minWebservers: between(1, 5),
  minWorkers: atLeast(1),
  "networkConfiguration.securityGroupIds": items(1),
  "networkConfiguration.subnetIds": items(2),
  sourceBucketArn: arn,
  webserverAccessMode: oneOf("PRIVATE_ONLY", "PUBLIC_ONLY"),
  workerReplacementStrategy: oneOf("FORCED", "GRACEFUL"),
};

const WAITS = { create: 120, update: 90, delete: 90 };

const SOURCE = {
  file: "internal/service/mwaa/environment.go",
  differences: [
    "`workerReplacementStrategy`: the provider reads it from the last update, so that the `up` after a creation plans " +
      "a change where the program gives one; here what the program gave before counts, and that change does not show",
    "`createdAt` and `lastUpdateds` are MWAA's seconds, not a formatted time: nothing reads them",
    "a creation that MWAA refuses is not tried again for two minutes: roles count at once here",
  ],
};

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
  // https://docs.aws.amazon.com/mwaa/latest/API/API_UpdateNetworkConfigurationInput.html has no subnets. MWAA upgrades to
  // a new major version in place (docs/upgrading.md), and the provider replaces for it all the same.
  alsoReplaces: (input, olds, news) =>
    input === "networkConfiguration"
      ? !equivalent(olds.networkConfiguration?.subnetIds, news.networkConfiguration?.subnetIds)
      : input === "airflowVersion" && major(olds.airflowVersion) < major(news.airflowVersion),
  computed: ["arn", "createdAt", "serviceRoleArn", "status", "webserverUrl", "lastUpdateds"],
  autoName: { input: "name" },
  idOf: ({ name }) => name,
  leftOut: CHOSEN_BY_MWAA,
  checks: CHECKS,
  waits: WAITS,
  source: SOURCE,
  async create(inputs, made) {
    const { subnetIds, securityGroupIds } = inputs.networkConfiguration;
    await mwaa("PUT", pathOf(inputs.name), {
      ...updatable(inputs),
      EndpointManagement: inputs.endpointManagement,
      KmsKey: inputs.kmsKey,
      LoggingConfiguration: logging("CreateEnvironmentInput", inputs),
      NetworkConfiguration: { SubnetIds: subnetIds, SecurityGroupIds: securityGroupIds },
      Tags: inputs.tags,
    });
    made(inputs.name);
    return { id: inputs.name, outputs: await settled(inputs.name, CREATION) };
  },
  read: readEnvironment,
  async update(change) {
    const { id, olds, changed } = change;
    const path = `/tags/${encodeURIComponent(olds.arn as string)}`;
    await changeTags(change, {
      untag: (keys) =>
        mwaa("DELETE", `${path}?${keys.map((k) => `tagKeys=${encodeURIComponent(k)}`).join("&")}`),
      tag: (Tags) => mwaa("POST", path, { Tags }),
    });
    if ([...changed].some((key) => key !== "tags")) {
      await mwaa("PATCH", pathOf(id), changesOf(change));
      return settled(id, UPDATE);
    }
    return (await readEnvironment(id)) ?? {};
  },
  async delete(id) {
    await ifThere(mwaa("DELETE", pathOf(id)), "ResourceNotFoundException");
    const late = deadline(WAITS.delete);
    while ((await ifThere(mwaa("GET", pathOf(id)), "ResourceNotFoundException")) !== undefined) {
      late(`${id} is being deleted`);
      await pause();
    }
  },
});

/** What an update sends: that which changed, and how to replace the workers. */
function changesOf({ inputs, olds, changed }: Change<EnvironmentArgs>): Properties {
  const wanted = inputs as unknown as Properties;
  const sent: [string, unknown][] = Object.entries(UPDATABLE)
    .filter(([key]) => changed.has(key as keyof EnvironmentArgs))
    // What is taken out of the program is sent as nothing at all, which MWAA has its own answer to.
    .map(([key, member]) => [
      member,
      wanted[key] ?? (key === "airflowConfigurationOptions" ? {} : ""),
    ]);
  return {
    ...Object.fromEntries<unknown>(sent),
    ...(changed.has("loggingConfiguration") && {
      LoggingConfiguration: logging("UpdateEnvironmentInput", inputs),
    }),
    ...(changed.has("networkConfiguration") && {
      NetworkConfiguration: { SecurityGroupIds: inputs.networkConfiguration.securityGroupIds },
    }),
    // In each update, whatever changed: the program's, or else that of the last update.
    WorkerReplacementStrategy: inputs.workerReplacementStrategy ?? olds.workerReplacementStrategy,
  };
}

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

/** A wait: the states that it goes on in, those that it ends well in, and for how long, in minutes. */
interface Wait {
  readonly pending: readonly string[];
  readonly target: readonly string[];
  readonly minutes: number;
}

const CREATION: Wait = {
  pending: ["CREATING"],
  // With endpoints of the customer's: the environment waits for them.
  target: ["AVAILABLE", "PENDING"],
  minutes: WAITS.create,
};

const UPDATE: Wait = {
  pending: ["UPDATING", "CREATING_SNAPSHOT"],
  target: ["AVAILABLE"],
  minutes: WAITS.update,
};

/** Waits until an environment is made or changed; a failure is MWAA's own message. */
async function settled(name: string, { pending, target, minutes }: Wait): Promise<Properties> {
  const late = deadline(minutes);
  for (;;) {
    const { Environment: there } = (await mwaa("GET", pathOf(name))) as unknown as {
      Environment: Environment;
    };
    if (target.includes(there.Status)) {
      return (await readEnvironment(name)) ?? {};
    }
    if (!pending.includes(there.Status)) {
      const reason = there.LastUpdate?.Error;
      throw new Error(
        `${name} is ${there.Status}: ${reason?.ErrorCode ?? ""} ${reason?.ErrorMessage ?? "no reason is given"}`,
      );
    }
    late(`${name} is ${there.Status}`);
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

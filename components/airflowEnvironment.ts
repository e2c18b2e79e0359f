import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { PARAMETER_STORE, SECRETS_MANAGER, type SecretsManager } from "../checks/secretsBackend";
import type { VersionedObject } from "./airflowBucket";

/** Logs of an environment: the setting's name, and the end of its log group's name. */
const LOG_GROUP_SUFFIXES = {
  dagProcessing: "DAGProcessing",
  scheduler: "Scheduler",
  task: "Task",
  webserver: "WebServer",
  worker: "Worker",
} as const;
type Log = keyof typeof LOG_GROUP_SUFFIXES;

/** Section of Airflow's configuration that the DAGs read their own options from. */
const OPTIONS_SECTION = "mwaa_analytics";

/**
 * Level sent for a log that is OFF. MWAA requires one for each log, and the provider sends an empty
 * one, which the AWS SDK refuses, where there is none.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/API/API_ModuleLoggingConfigurationInput.html
 */
const LEVEL_OF_A_DISABLED_LOG = "INFO";

export interface AirflowEnvironmentArgs {
  /** Name of the environment. */
  readonly environmentName: string;
  readonly airflowVersion: string;
  readonly environmentClass: string;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly minWebservers: number;
  readonly maxWebservers: number;
  readonly schedulers: number;
  readonly webserverAccessMode: string;
  /** `DAY:HH:MM` in UTC. */
  readonly weeklyMaintenanceWindowStart: string;
  /** Level of each log that goes to CloudWatch, or OFF. */
  readonly logLevels: Readonly<Record<Log, string>>;
  /** Days that CloudWatch keeps the logs. */
  readonly logRetentionDays: number;
  /** Further Airflow options, `section.option`. */
  readonly configurationOptions: Readonly<Record<string, string>>;
  /** Path of the Airflow Variables in the parameter store. */
  readonly variablesPrefix: string;
  /** Path of the Airflow connections there. Default: the backend is not asked for connections. */
  readonly connectionsPrefix?: string;
  /** Ids of connections that the backend is asked for, a regular expression. Default: all. */
  readonly connectionsLookupPattern?: string;
  /** Secrets that tasks ask for after that. Default: none. */
  readonly secretsManager?: SecretsManager;
  /** Schedules of DAGs, each a five-field cron expression or `none`, by the option that the DAG reads. */
  readonly schedules: Readonly<Record<string, string>>;
  /** Seconds between two looks of a task at what runs elsewhere: clusters, steps, executions. */
  readonly pollIntervalSeconds: number;
  readonly executionRoleArn: pulumi.Input<string>;
  readonly bucketArn: pulumi.Input<string>;
  readonly dagS3Path: string;
  readonly requirements?: VersionedObject;
  readonly plugins?: VersionedObject;
  readonly startupScript?: VersionedObject;
  /** The two private subnets. */
  readonly subnetIds: pulumi.Input<string[]>;
  /** Five at the most. */
  readonly securityGroupIds: readonly pulumi.Input<string>[];
  /** ARN of the key that encrypts the environment and its logs. Default: a key of the service. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  /**
   * All that has to be there first: network, role policies, files, Variables. An environment that
   * is made too early fails after half an hour and can only be deleted.
   */
  readonly needs: readonly (pulumi.Resource | pulumi.Output<pulumi.Resource[]>)[];
  /**
   * Delete the environment with Airflow's history, connections, pools and users, when the stack is destroyed or a
   * setting replaces it. Otherwise the engine refuses both.
   *
   * @default false
   */
  readonly forceDestroy?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The MWAA environment and its log groups. */
export class AirflowEnvironment extends pulumi.ComponentResource {
  public readonly environmentName: pulumi.Output<string>;
  public readonly arn: pulumi.Output<string>;
  /** Address of the web server, with `https://`. */
  public readonly webserverUrl: pulumi.Output<string>;

  public constructor(
    name: string,
    args: AirflowEnvironmentArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:airflowEnvironment:AirflowEnvironment", name, {}, opts);
    // MWAA would create a group itself, without retention or key, and leave it behind.
    const logGroups = logGroupNames(args.environmentName, args.logLevels).map(
      ({ log, logGroupName }) =>
        new aws.cloudwatch.LogGroup(
          `${name}-${log}`,
          {
            name: logGroupName,
            retentionInDays: args.logRetentionDays,
            kmsKeyId: args.kmsKeyArn,
            tags: args.tags,
          },
          { parent: this },
        ),
    );
    const environment = new aws.mwaa.Environment(
      `${name}-environment`,
      environmentInputs(args),
      // The SDK takes lists within the list as well; its type does not say so.
      {
        parent: this,
        dependsOn: [...logGroups, ...args.needs] as pulumi.Resource[],
        // AWS updates no environment whose creation failed: it is deleted, which frees its name, and
        // created anew. https://docs.aws.amazon.com/mwaa/latest/userguide/t-create-update-environment.html
        replaceOnChanges: ["#initerror"],
        deleteBeforeReplace: true,
        // Not kept once the protection is lifted: its name would be taken, and it would go on costing.
        protect: !(args.forceDestroy ?? false),
      },
    );
    this.environmentName = environment.name;
    this.arn = environment.arn;
    this.webserverUrl = pulumi.interpolate`https://${environment.webserverUrl}`;
    this.registerOutputs({
      environmentName: this.environmentName,
      arn: this.arn,
      webserverUrl: this.webserverUrl,
    });
  }
}

/** The environment as MWAA takes it. */
function environmentInputs(args: AirflowEnvironmentArgs): aws.mwaa.EnvironmentArgs {
  return {
    name: args.environmentName,
    airflowVersion: args.airflowVersion,
    airflowConfigurationOptions: airflowOptions(args),
    environmentClass: args.environmentClass,
    minWorkers: args.minWorkers,
    maxWorkers: args.maxWorkers,
    minWebservers: args.minWebservers,
    maxWebservers: args.maxWebservers,
    schedulers: args.schedulers,
    webserverAccessMode: args.webserverAccessMode,
    // With CUSTOMER the provider calls an environment ready that waits for endpoints, and that
    // fails after three days without them.
    endpointManagement: "SERVICE",
    // No workerReplacementStrategy: the provider takes what MWAA's last update had for its value,
    // and a new environment has had none. Given here, the update after the creation, and the one
    // after each update that somebody else makes, would be for its sake alone.
    weeklyMaintenanceWindowStart: args.weeklyMaintenanceWindowStart,
    executionRoleArn: args.executionRoleArn,
    kmsKey: args.kmsKeyArn,
    sourceBucketArn: args.bucketArn,
    dagS3Path: args.dagS3Path,
    requirementsS3Path: args.requirements?.key,
    requirementsS3ObjectVersion: args.requirements?.versionId,
    pluginsS3Path: args.plugins?.key,
    pluginsS3ObjectVersion: args.plugins?.versionId,
    startupScriptS3Path: args.startupScript?.key,
    startupScriptS3ObjectVersion: args.startupScript?.versionId,
    networkConfiguration: {
      subnetIds: args.subnetIds,
      securityGroupIds: [...args.securityGroupIds],
    },
    loggingConfiguration: loggingConfiguration(args.logLevels),
    tags: args.tags,
  };
}

/**
 * Airflow options of an environment.
 *
 * `config_prefix` is null, and without connections `connections_prefix`, so that the backend is not asked for them: MWAA
 * keeps configuration and the connection `aws_default` itself. With Secrets Manager tasks have Parameter Store for their
 * own backend, and what that does not have they ask Airflow's API server for, whose backend Secrets Manager is.
 *
 * Sources: https://docs.aws.amazon.com/mwaa/latest/userguide/configuring-env-variables.html
 * https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/secrets-backend/index.html
 */
export function airflowOptions(
  args: Pick<
    AirflowEnvironmentArgs,
    | "configurationOptions"
    | "variablesPrefix"
    | "connectionsPrefix"
    | "connectionsLookupPattern"
    | "secretsManager"
    | "schedules"
    | "pollIntervalSeconds"
  >,
): Record<string, string> {
  const parameterStore = JSON.stringify({
    variables_prefix: args.variablesPrefix,
    connections_prefix: args.connectionsPrefix ?? null,
    ...(args.connectionsLookupPattern === undefined
      ? {}
      : { connections_lookup_pattern: args.connectionsLookupPattern }),
    config_prefix: null,
  });
  return {
    ...args.configurationOptions,
    ...(args.secretsManager === undefined
      ? { "secrets.backend": PARAMETER_STORE, "secrets.backend_kwargs": parameterStore }
      : {
          "workers.secrets_backend": PARAMETER_STORE,
          "workers.secrets_backend_kwargs": parameterStore,
          "secrets.backend": SECRETS_MANAGER,
          "secrets.backend_kwargs": JSON.stringify(args.secretsManager.kwargs),
        }),
    ...Object.fromEntries(
      Object.entries(args.schedules).map(([option, cron]) => [
        `${OPTIONS_SECTION}.${option}`,
        cron,
      ]),
    ),
    [`${OPTIONS_SECTION}.poll_interval_seconds`]: String(args.pollIntervalSeconds),
  };
}

/** The log groups that an environment writes, named as MWAA names them. */
export function logGroupNames(
  environmentName: string,
  logLevels: Readonly<Record<Log, string>>,
): { readonly log: Log; readonly logGroupName: string }[] {
  return (Object.keys(LOG_GROUP_SUFFIXES) as Log[])
    .filter((log) => logLevels[log] !== "OFF")
    .map((log) => ({ log, logGroupName: `airflow-${environmentName}-${LOG_GROUP_SUFFIXES[log]}` }));
}

/** Pattern of the names of all the log groups of an environment. */
export function logGroupPattern(environmentName: string): string {
  return `airflow-${environmentName}-*`;
}

function loggingConfiguration(
  logLevels: Readonly<Record<Log, string>>,
): aws.types.input.mwaa.EnvironmentLoggingConfiguration {
  const level = (log: Log) =>
    logLevels[log] === "OFF"
      ? { enabled: false, logLevel: LEVEL_OF_A_DISABLED_LOG }
      : { enabled: true, logLevel: logLevels[log] };
  return {
    dagProcessingLogs: level("dagProcessing"),
    schedulerLogs: level("scheduler"),
    taskLogs: level("task"),
    webserverLogs: level("webserver"),
    workerLogs: level("worker"),
  };
}

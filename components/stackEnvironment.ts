import * as pulumi from "@pulumi/pulumi";
import { AirflowEnvironment } from "./airflowEnvironment";
import { AirflowUserPolicies } from "./airflowUserPolicies";
import { Connections, connectionsPrefix } from "./connections";
import { ExecutionRole, type TaskPermissions } from "./executionRole";
import type { PlannedNote, UpdateNote } from "./lastUpdate";
import type { ConfiguredPipeline } from "./pipeline";
import { PipelineData } from "./pipelineData";
import type { Platform } from "./platform";
import type { PipelineParts } from "./plan";
import { dataApiNames } from "./redshiftAccess";
import { OWN_STATEMENTS } from "./rolePolicies";
import { Variables } from "./variables";

/** Outputs of every stack; those of services are there where the stack has the service. */
export interface PlatformOutputs {
  /** Name of the MWAA environment. */
  readonly environmentName: pulumi.Output<string>;
  /** Address of Airflow's web interface. */
  readonly webserverUrl: pulumi.Output<string>;
  /** Bucket of DAGs, requirements and plugins. */
  readonly airflowBucketName: pulumi.Output<string>;
  /** Bucket of raw files and results. */
  readonly dataBucketName?: pulumi.Output<string>;
  readonly vpcId: pulumi.Output<string>;
  /** The two private subnets that the environment is in. */
  readonly privateSubnetIds: pulumi.Output<string[]>;
  /** The environment's security groups, the stack's own first: what it is to reach admits that one. */
  readonly securityGroupIds: readonly pulumi.Input<string>[];
  /** Role that tasks work as. */
  readonly executionRoleArn: pulumi.Output<string>;
  /**
   * Policies that the role of executionRoleArn has to have, as JSON by name, and its trust policy. Each fits
   * a managed policy; a role's inline ones share 10,240 characters. Undefined where the stack creates the role.
   */
  readonly executionRolePolicies?: ExecutionRole["requiredPolicies"];
  /** Managed policies for users of Airflow's interface, by the role of Airflow's that they give. */
  readonly airflowUserPolicyArns: AirflowUserPolicies["arns"];
  /** Role that COPY reads S3 with. */
  readonly redshiftCopyRoleArn?: pulumi.Output<string>;
  /** Workgroup, or cluster with the user that statements run as, and its database. */
  readonly redshift?: {
    readonly workgroupName?: pulumi.Output<string>;
    readonly clusterIdentifier?: pulumi.Output<string>;
    readonly dbUser?: string;
    readonly database: string;
  };
  readonly athenaWorkgroupName?: pulumi.Output<string>;
  /** Path of the Airflow Variables in the parameter store. */
  readonly variablesPrefix: string;
  /** What the next update looks at. */
  readonly lastUpdate: UpdateNote;
}

/**
 * Values of a stack's outputs, as the engine gives them: the platform's by their types, those of pipelines by name.
 * Before the first update there is none.
 */
export type StackOutputs = Partial<pulumi.Unwrap<PlatformOutputs>> &
  Readonly<Record<string, unknown>>;

/** A pipeline with what it adds to the stack. */
export interface BuiltPipeline {
  readonly pipeline: ConfiguredPipeline;
  readonly parts: PipelineParts;
}

/**
 * Creates the environment with all that the pipelines add to it: permissions, Variables, schedules.
 *
 * @param note what this update notes for the next one
 * @returns the stack's outputs
 * @throws when two pipelines give one name two meanings
 */
export function createEnvironment(
  platform: Platform,
  built: readonly BuiltPipeline[],
  note: PlannedNote,
): PlatformOutputs & Readonly<Record<string, unknown>> {
  const { settings, context } = platform.args;
  const { secretsBackend } = settings.environment;
  for (const { pipeline } of built) {
    if (Object.keys(pipeline.plan.prefixes ?? {}).length > 0) {
      new PipelineData(pipeline.name, context.forceDestroy);
    }
  }
  const connections = createConnections(platform);
  const executionRole = new ExecutionRole("execution", {
    ...platform.common,
    airflowBucketName: platform.airflowBucketName,
    variablesPrefix: context.variablesPrefix,
    connectionsPrefix: connections.prefix,
    secretBeginnings: secretsBackend.secretsManager?.nameBeginnings,
    connectionsKeyArns: settings.connectionsKeyArns,
    permissions: permissionsOf(platform, built),
    existingRoleArn: settings.environment.executionRoleArn,
    policyArns: settings.executionRolePolicyArns,
  });
  const airflowUsers = new AirflowUserPolicies("airflow-users", {
    ...platform.common,
    roles: settings.airflowUserRoles,
  });
  const variables = createVariables(platform, built);
  const environment = new AirflowEnvironment("airflow", {
    ...platform.common,
    ...settings.environment,
    connectionsPrefix: connections.prefix,
    connectionsLookupPattern: secretsBackend.connectionsLookupPattern,
    secretsManager: secretsBackend.secretsManager,
    variablesPrefix: variables.prefix,
    schedules: schedulesOf(built),
    pollIntervalSeconds: settings.pollIntervalSeconds,
    executionRoleArn: executionRole.arn,
    bucketArn: platform.airflowBucket.arn,
    dagS3Path: settings.files.dagS3Path,
    requirements: platform.airflowBucket.requirements,
    plugins: platform.airflowBucket.plugins,
    startupScript: platform.airflowBucket.startupScript,
    subnetIds: platform.network.privateSubnetIds,
    securityGroupIds: platform.securityGroupIds,
    needs: [
      ...platform.needs,
      executionRole,
      variables,
      ...connections.components,
      ...built.flatMap(({ parts }) => parts.components),
    ],
  });
  const own: PlatformOutputs = {
    environmentName: environment.environmentName,
    webserverUrl: environment.webserverUrl,
    airflowBucketName: platform.airflowBucket.bucketName,
    vpcId: platform.network.vpcId,
    privateSubnetIds: platform.network.privateSubnetIds,
    securityGroupIds: platform.securityGroupIds,
    executionRoleArn: executionRole.arn,
    ...(executionRole.requiredPolicies === undefined
      ? {}
      : { executionRolePolicies: executionRole.requiredPolicies }),
    airflowUserPolicyArns: airflowUsers.arns,
    ...serviceOutputs(platform),
    variablesPrefix: variables.prefix,
    lastUpdate: { ...note, executionRolePolicies: executionRole.managedPolicies },
  };
  return {
    ...merged("output", [
      ["the platform", own],
      ...built.map(({ pipeline, parts }) => [pipeline.name, parts.outputs] as const),
    ]),
    ...own,
  };
}

/** The Variables of the platform, the settings and the pipelines. */
function createVariables(platform: Platform, built: readonly BuiltPipeline[]): Variables {
  const { settings, context } = platform.args;
  return new Variables("variables", {
    airflowBucketName: platform.airflowBucket.bucketName,
    protections: platform.airflowBucket.protections,
    kmsKeyArn: platform.common.kmsKeyArn,
    prefix: context.variablesPrefix,
    values: merged("Airflow Variable", [
      ["the platform", platform.variables],
      ["the setting variables", settings.variables],
      ...built.map(({ pipeline, parts }) => [pipeline.name, parts.variables] as const),
    ]),
    tags: platform.tags,
  });
}

/** Where the secrets backend looks for connections, and what the stack has there; neither in a stack without any. */
function createConnections(platform: Platform): {
  readonly prefix?: string;
  readonly components: readonly Connections[];
} {
  const { settings, context } = platform.args;
  const { connectionsPrefix: given } = settings.environment.secretsBackend;
  if (Object.keys(settings.connections).length === 0) {
    return { prefix: given, components: [] };
  }
  const prefix = given ?? connectionsPrefix(context.environmentName);
  const connections = new Connections("connections", {
    prefix,
    values: settings.connections,
    kmsKeyArn: platform.common.kmsKeyArn,
    tags: platform.tags,
  });
  return { prefix, components: [connections] };
}

function serviceOutputs(platform: Platform): Partial<PlatformOutputs> {
  const [data, athena] = [platform.has("data"), platform.has("athena")];
  const redshift = platform.has("redshift");
  return {
    ...(data === undefined ? {} : { dataBucketName: data.bucketName }),
    ...(athena === undefined ? {} : { athenaWorkgroupName: athena.workgroupName }),
    ...(redshift === undefined
      ? {}
      : {
          redshiftCopyRoleArn: redshift.copyRoleArn,
          redshift: { ...dataApiNames(redshift.dataApi), database: redshift.database },
        }),
  };
}

/** What tasks may do: with the services that grant it themselves, and by pipeline. */
function permissionsOf(platform: Platform, built: readonly BuiltPipeline[]): TaskPermissions[] {
  const own = platform.args.settings.taskStatements;
  return [
    ...built.map(({ pipeline: { name, policy = "managed" }, parts: { statements } }) => ({
      name,
      policy,
      purpose: `tasks of the pipeline ${name}`,
      statements,
    })),
    ...Object.entries(platform.statements).map(([service, statements]) => ({
      name: service,
      policy: "managed" as const,
      purpose: `tasks that use the service ${service}`,
      statements,
    })),
    ...(own.length === 0
      ? []
      : [
          {
            name: OWN_STATEMENTS,
            policy: "managed" as const,
            purpose: "tasks, by the setting executionRoleStatements",
            statements: own,
          },
        ]),
  ];
}

function schedulesOf(built: readonly BuiltPipeline[]): Record<string, string> {
  return merged(
    "option of a schedule",
    built.map(({ pipeline: { name, plan } }) => [
      name,
      Object.fromEntries(
        plan.dags.flatMap(({ schedule }) =>
          schedule === undefined ? [] : [[schedule.option, schedule.cron]],
        ),
      ),
    ]),
  );
}

/**
 * One record of several. What two give the same name is refused, unless it is the same text.
 *
 * @param what what the names are, for the message
 * @param parts each with whose it is
 */
export function merged<T>(
  what: string,
  parts: readonly (readonly [string, Readonly<Record<string, T>> | object])[],
): Record<string, T> {
  const owners = new Map<string, string>();
  const all: Record<string, T> = {};
  for (const [owner, part] of parts) {
    for (const [name, value] of Object.entries(part) as [string, T][]) {
      const other = owners.get(name);
      if (other !== undefined && (typeof value !== "string" || all[name] !== value)) {
        throw new pulumi.RunError(
          `The ${what} ${name} is of ${other} and of ${owner}: rename it in one of the two.`,
        );
      }
      owners.set(name, owner);
      all[name] = value;
    }
  }
  return all;
}

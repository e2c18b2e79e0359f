import type { Settings } from "../settings";
import { logGroupPattern } from "./airflowEnvironment";
import { flowLogGroupName } from "./network";
import { type PipelinePlan, SERVICES, type Service, type StackContext } from "./plan";
import { auditLogPatterns } from "./redshiftNames";
import { variablesPrefix } from "./variables";

/** What a pipeline needs, and what it has to say before any resource exists. */
export interface Planned {
  readonly services: readonly Service[];
  readonly plan: PipelinePlan;
}

/** Services that another one works with. */
const NEEDED_BY: Readonly<Partial<Record<Service, readonly Service[]>>> = {
  athena: ["data"],
  redshift: ["data"],
  emr: ["data"],
};

/** The context of a stack with these settings. */
export function stackContext(
  deployment: Pick<StackContext, "project" | "stack" | "location" | "root">,
  settings: Settings,
): StackContext {
  const { project, stack } = deployment;
  const environmentName = settings.environment.name;
  return {
    ...deployment,
    environmentName,
    variablesPrefix: variablesPrefix(environmentName),
    airflowBucketName: settings.airflowBucketName,
    dataBucketName: settings.dataBucketName,
    athenaWorkgroupName: settings.athenaWorkgroupName,
    redshiftTableName: settings.redshift.tableName,
    redshiftReaders: settings.redshift.readers,
    logRetentionDays: settings.logRetentionDays,
    forceDestroy: settings.forceDestroy,
    iam: settings.iam,
    tags: { Project: project, Stack: stack, Environment: environmentName, ...settings.tags },
  };
}

/** Services of the platform that a stack has, with those that they work with. */
export function servicesOf(
  pipelines: readonly Planned[],
  settings: Pick<Settings, "services">,
): Service[] {
  const asked = new Set<string>([
    ...settings.services,
    ...pipelines.flatMap(({ services }) => services),
  ]);
  const needed = new Set(SERVICES.flatMap((one) => (asked.has(one) ? (NEEDED_BY[one] ?? []) : [])));
  return SERVICES.filter((service) => asked.has(service) || needed.has(service));
}

/** Names of all the log groups of a stack, or patterns of them. */
export function logGroupsOf(
  { environmentName }: Pick<StackContext, "environmentName">,
  pipelines: readonly Planned[],
  settings: Pick<Settings, "services">,
): string[] {
  return [
    logGroupPattern(environmentName),
    flowLogGroupName(environmentName),
    ...(servicesOf(pipelines, settings).includes("redshift")
      ? auditLogPatterns(environmentName)
      : []),
    ...pipelines.flatMap(({ plan }) => plan.logGroups ?? []),
  ];
}

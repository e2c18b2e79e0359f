import type { SecretsBackend } from "../checks/secretsBackend";
import { MWAA_SERVICES } from "../policy/topology";
import type { Service } from "./plan";
import type { Planned } from "./stackContext";

/** What Airflow calls for the stack's Variables, whatever the DAGs are. */
const PARAMETER_STORE = "ssm";

/** What it calls besides for secrets that are there already. */
const SECRETS_MANAGER = "secretsmanager";

/** What tasks call that use a service of the platform, beside S3, as AWS names its endpoints. */
const OF_SERVICES: Readonly<Record<Service, readonly string[]>> = {
  data: [],
  athena: ["athena"],
  redshift: ["redshift-data"],
  emr: ["elasticmapreduce"],
  notices: ["sns"],
};

/**
 * AWS services that are called from an environment's subnets, by the ends of their endpoints' names: by MWAA itself, by
 * Airflow, and by the tasks of the listed pipelines. What AWS calls for a task is not among them.
 */
export function calledServices(
  services: readonly Service[],
  pipelines: readonly Planned[],
  { secretsManager }: SecretsBackend,
): readonly string[] {
  return [
    ...new Set([
      ...MWAA_SERVICES,
      PARAMETER_STORE,
      ...(secretsManager === undefined ? [] : [SECRETS_MANAGER]),
      ...services.flatMap((service) => OF_SERVICES[service]),
      ...pipelines.flatMap(({ plan }) => plan.calls ?? []),
    ]),
  ].sort();
}

import type { Problem } from "./problem";

/** Airflow's secrets backend of the environment: it has the stack's Variables. */
export const SECRETS_BACKEND =
  "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend";

/** What a stack sets of that backend. */
export interface SecretsBackend {
  /** Path that the connections' parameters begin with. Default: the stack's own. */
  readonly connectionsPrefix?: string;
  /** Ids of connections that the backend is asked for, a regular expression. Default: all. */
  readonly connectionsLookupPattern?: string;
}

/** Options of Airflow that belong to the backend. */
export const BACKEND_OPTIONS: readonly string[] = ["secrets.backend", "secrets.backend_kwargs"];

const SETTING = "airflowConfigurationOptions";

// Not below aws or ssm, which are the service's own:
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
const PREFIX = /^\/(?!aws|ssm)[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/i;

/** Arguments of the backend that are the stack's, and why another value would not go with it. */
const CLASHES: Readonly<Record<string, string>> = {
  variables_prefix: "the stack's Variables are at the path that environmentName names",
  variables_lookup_pattern: "it would hide the stack's Variables, which the platform's tasks read",
  config_prefix: "MWAA keeps Airflow's configuration itself",
  config_lookup_pattern: "MWAA keeps Airflow's configuration itself",
};

/**
 * Reads the secrets backend of a stack's Airflow options. An environment has one backend, and the stack's Variables are
 * in it: what goes with them is taken, and what does not is refused with the reason.
 *
 * Source: https://airflow.apache.org/docs/apache-airflow-providers-amazon/stable/secrets-backends/aws-ssm-parameter-store.html
 */
export function readSecretsBackend(
  options: Readonly<Record<string, unknown>>,
  problems: Problem[],
): SecretsBackend {
  const [backend, kwargs] = BACKEND_OPTIONS.map((option) => options[option]);
  if (backend !== undefined && backend !== SECRETS_BACKEND) {
    problems.push({
      setting: `${SETTING}.secrets.backend`,
      value: backend,
      allowed: `${SECRETS_BACKEND}, or none: Airflow has one backend, and the stack's Variables are in this one`,
      remedy:
        "Remove it, and keep connections in Systems Manager, by the setting connections or by connections_prefix.",
    });
  }
  return kwargs === undefined ? {} : readKwargs(kwargs, problems);
}

function readKwargs(found: unknown, problems: Problem[]): SecretsBackend {
  const setting = `${SETTING}.secrets.backend_kwargs`;
  const given = typeof found === "string" ? parsed(found) : found;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    problems.push({
      setting,
      value: found,
      allowed: 'a map, or JSON of one, such as {"connections_prefix": "/airflow/connections"}',
      remedy: "Correct the value.",
    });
    return {};
  }
  const {
    connections_prefix: prefix,
    connections_lookup_pattern: pattern,
    ...others
  } = given as Record<string, unknown>;
  for (const [name, value] of Object.entries(others)) {
    problems.push({
      setting: `${setting}.${name}`,
      value,
      allowed: `connections_prefix and connections_lookup_pattern: ${CLASHES[name] ?? "the backend works as the execution role, in the stack's region"}`,
      remedy: "Remove it.",
    });
  }
  if (prefix !== undefined && !(typeof prefix === "string" && PREFIX.test(prefix))) {
    problems.push({
      setting: `${setting}.connections_prefix`,
      value: prefix,
      allowed: "a path as /airflow/connections, not below /aws or /ssm, without a slash at its end",
      remedy: "Correct the value.",
    });
  }
  if (pattern !== undefined && !isPattern(pattern)) {
    problems.push({
      setting: `${setting}.connections_lookup_pattern`,
      value: pattern,
      allowed: "a regular expression that is not empty",
      remedy: "Correct or remove it.",
    });
  }
  return {
    ...(typeof prefix === "string" ? { connectionsPrefix: prefix } : {}),
    ...(typeof pattern === "string" ? { connectionsLookupPattern: pattern } : {}),
  };
}

function isPattern(value: unknown): boolean {
  try {
    return typeof value === "string" && value !== "" && new RegExp(value) instanceof RegExp;
  } catch {
    return false;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

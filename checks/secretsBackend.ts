import type { Problem } from "./problem";

const PROVIDER = "airflow.providers.amazon.aws.secrets";

/** Airflow's secrets backend of Parameter Store: it has the stack's Variables. */
export const PARAMETER_STORE = `${PROVIDER}.systems_manager.SystemsManagerParameterStoreBackend`;

/** Airflow's secrets backend of Secrets Manager. */
export const SECRETS_MANAGER = `${PROVIDER}.secrets_manager.SecretsManagerBackend`;

/** What a stack sets of its secrets backends. */
export interface SecretsBackend {
  /** Path that the connections' parameters begin with. Default: the stack's own. */
  readonly connectionsPrefix?: string;
  /** Ids of connections that Parameter Store is asked for, a regular expression. Default: all. */
  readonly connectionsLookupPattern?: string;
  /** Secrets Manager, where the stack's options name it. */
  readonly secretsManager?: SecretsManager;
}

/** Secrets of Secrets Manager that are there already. */
export interface SecretsManager {
  /** Arguments of the backend. */
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** How the names of the secrets begin, with the separator: `airflow/connections/`. */
  readonly nameBeginnings: readonly string[];
}

/** Options of Airflow that belong to the backends. Since version 3 tasks have one of their own. */
export const BACKEND_OPTIONS: readonly string[] = [
  "secrets.backend",
  "secrets.backend_kwargs",
  "workers.secrets_backend",
  "workers.secrets_backend_kwargs",
];

const SETTING = "airflowConfigurationOptions";

/** An argument of a backend: what it may be, and what to write in place of another value. */
interface Argument {
  readonly holds: (value: unknown) => boolean;
  readonly allowed: string;
}

const PATTERN: Argument = { holds: isPattern, allowed: "a regular expression that is not empty" };

/** Arguments of a backend that a stack may give. */
type Arguments = Readonly<Record<string, Argument>>;

const OF_PARAMETER_STORE: Arguments = {
  connections_prefix: {
    // Not below aws or ssm, which are the service's own:
    // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    holds: matches(/^\/(?!aws|ssm)[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/i),
    allowed: "a path as /airflow/connections, not below /aws or /ssm, without a slash at its end",
  },
  connections_lookup_pattern: PATTERN,
};

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
const NAME_BEGINNING: Argument = {
  holds: matches(/^[A-Za-z0-9/_+=.@-]{0,255}[A-Za-z0-9_+=.@]$/),
  allowed: "how the names of secrets begin, as airflow/connections, without a slash at its end",
};

const OF_SECRETS_MANAGER: Arguments = {
  connections_prefix: NAME_BEGINNING,
  connections_lookup_pattern: PATTERN,
  variables_prefix: NAME_BEGINNING,
  variables_lookup_pattern: PATTERN,
  sep: { holds: matches(/^[/_+=.@-]$/), allowed: "one of / _ + = . @ -" },
  extra_conn_words: {
    holds: (value) => isMap(value) && /^[ -~]+$/.test(JSON.stringify(value)),
    allowed: "a map of fields and lists of words",
  },
};

/** Arguments that are the stack's, and why another value would not go with it. */
const CLASHES: Readonly<Record<string, string>> = {
  variables_prefix: "the stack's Variables are at the path that environmentName names",
  variables_lookup_pattern: "it would hide the stack's Variables, which the platform's tasks read",
  config_prefix: "MWAA keeps Airflow's configuration itself",
  config_lookup_pattern: "MWAA keeps Airflow's configuration itself",
};

/**
 * Reads the secrets backend of a stack's Airflow options. The stack's Variables are in Parameter Store, which tasks ask
 * first; Secrets Manager goes beside it. What clashes with either is refused with the reason.
 *
 * Sources:
 * https://airflow.apache.org/docs/apache-airflow-providers-amazon/stable/secrets-backends/aws-ssm-parameter-store.html
 * https://airflow.apache.org/docs/apache-airflow-providers-amazon/stable/secrets-backends/aws-secrets-manager.html
 */
export function readSecretsBackend(
  options: Readonly<Record<string, unknown>>,
  problems: Problem[],
): SecretsBackend {
  const [backend, kwargs, ...ofWorkers] = BACKEND_OPTIONS.map((option) => options[option]);
  for (const [i, value] of ofWorkers.entries()) {
    if (value !== undefined) {
      problems.push({
        setting: `${SETTING}.${BACKEND_OPTIONS[i + 2]}`,
        value,
        allowed: "none: tasks ask Parameter Store first, which has the stack's Variables",
        remedy: "Remove it, and name Secrets Manager in secrets.backend: tasks ask it second.",
      });
    }
  }
  if (backend !== undefined && backend !== PARAMETER_STORE && backend !== SECRETS_MANAGER) {
    problems.push({
      setting: `${SETTING}.secrets.backend`,
      value: backend,
      allowed: `${SECRETS_MANAGER}, ${PARAMETER_STORE}, or none, which is the latter`,
      remedy: "Keep connections in Secrets Manager or in Parameter Store.",
    });
    return {};
  }
  return backend === SECRETS_MANAGER
    ? { secretsManager: readSecretsManager(kwargs ?? {}, problems) }
    : kwargs === undefined
      ? {}
      : readParameterStore(kwargs, problems);
}

function readParameterStore(found: unknown, problems: Problem[]): SecretsBackend {
  const { connections_prefix: prefix, connections_lookup_pattern: pattern } = readKwargs(
    found,
    OF_PARAMETER_STORE,
    problems,
  );
  return {
    ...(typeof prefix === "string" ? { connectionsPrefix: prefix } : {}),
    ...(typeof pattern === "string" ? { connectionsLookupPattern: pattern } : {}),
  };
}

function readSecretsManager(found: unknown, problems: Problem[]): SecretsManager {
  const given = readKwargs(found, OF_SECRETS_MANAGER, problems);
  const { connections_prefix: connections, variables_prefix: variables, sep = "/" } = given;
  if (connections === undefined && variables === undefined) {
    problems.push({
      setting: `${SETTING}.secrets.backend_kwargs`,
      value: found,
      allowed: "connections_prefix, variables_prefix, or both, with Secrets Manager",
      remedy: "Say how the names of the secrets begin: the execution role may read those alone.",
    });
  }
  return {
    // Airflow has prefixes of its own where they are left out, and null asks for none.
    kwargs: { connections_prefix: null, variables_prefix: null, ...given, config_prefix: null },
    nameBeginnings: [connections, variables]
      .filter((prefix) => typeof prefix === "string")
      .map((prefix) => `${prefix}${String(sep)}`),
  };
}

/** Arguments of a backend, of which those that do not fit are told. */
function readKwargs(
  found: unknown,
  known: Arguments,
  problems: Problem[],
): Readonly<Record<string, unknown>> {
  const setting = `${SETTING}.secrets.backend_kwargs`;
  const given = typeof found === "string" ? parsed(found) : found;
  if (!isMap(given)) {
    problems.push({
      setting,
      value: found,
      allowed: 'a map, or JSON of one, such as {"connections_prefix": "/airflow/connections"}',
      remedy: "Correct the value.",
    });
    return {};
  }
  for (const [name, value] of Object.entries(given)) {
    const argument = (known as Partial<Arguments>)[name];
    if (argument === undefined) {
      problems.push({
        setting: `${setting}.${name}`,
        value,
        allowed: `${Object.keys(known).join(", ")}: ${CLASHES[name] ?? "the backend works as the execution role, in the stack's region"}`,
        remedy: "Remove it.",
      });
    } else if (!argument.holds(value)) {
      problems.push({
        setting: `${setting}.${name}`,
        value,
        allowed: argument.allowed,
        remedy: "Correct or remove it.",
      });
    }
  }
  return given;
}

function matches(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === "string" && pattern.test(value);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPattern(value: unknown): boolean {
  try {
    // MWAA takes options of printable ASCII characters.
    return matches(/^[ -~]+$/)(value) && new RegExp(value as string) instanceof RegExp;
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

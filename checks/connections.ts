import { type Declaration, misfit } from "./declaration";
import type { Problem } from "./problem";
import type { ConfigSource, Reader } from "./reader";
import type { SecretsBackend } from "./secretsBackend";

// What Systems Manager and Airflow both take:
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
const NAME = /^[A-Za-z0-9_.-]{1,250}$/;

/** Most bytes of a standard parameter's value. */
const MOST_BYTES = 4096;

/**
 * Fields of a connection as JSON.
 *
 * Source: https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html#json-format-example
 */
const FIELDS: Readonly<Record<string, { holds: (value: unknown) => boolean; allowed: string }>> = {
  conn_type: { holds: isText, allowed: "the type of the connection, such as http" },
  description: { holds: isString, allowed: "a string" },
  host: { holds: isString, allowed: "a string" },
  login: { holds: isString, allowed: "a string" },
  password: { holds: isString, allowed: "a string" },
  schema: { holds: isString, allowed: "a string" },
  port: {
    holds: (value) => Number.isInteger(value) && (value as number) > 0 && (value as number) < 65536,
    allowed: "a whole number from 1 to 65535",
  },
  extra: { holds: (value) => isString(value) || isMap(value), allowed: "a map, or JSON" },
};

/** The setting `connections`: each as Airflow's secrets backend takes it, a URI or JSON. */
export const CONNECTIONS: Declaration<Readonly<Record<string, string>>> = {
  type: "object",
  default: {},
  description:
    "Airflow connections of one's own DAGs, by their ids: a URI, or a map of conn_type, host, login, password, port, " +
    "schema, extra and description. They are SecureString parameters, beside those that are there. What is secret in them is set by pulumi config " +
    "set --secret --path.",
  read: (setting, found) => {
    if (!isMap(found)) {
      return misfit(setting, typeof found, "a map of ids and connections", {});
    }
    const problems = Object.entries(found).flatMap(([id, value]) =>
      faultsOf(`${setting}.${id}`, id, value),
    );
    return {
      value:
        problems.length > 0
          ? {}
          : Object.fromEntries(Object.entries(found).map(([id, value]) => [id, written(value)])),
      problems,
    };
  },
};

/** The setting `connectionsKeyArns`, whatever the region. */
export const CONNECTIONS_KEY_ARNS: Omit<Declaration, "read"> = {
  type: "array",
  items: "string",
  default: [],
  description:
    "ARNs of the KMS keys that connections which are there already, in Secrets Manager or in Parameter Store, are " +
    "encrypted with. The execution role may decrypt these connections with them. None for the services' own keys.",
};

function keyArns(region: string): Declaration<readonly string[]> {
  const pattern = new RegExp(
    `^arn:aws[\\w-]*:kms:${region}:\\d{12}:key/([0-9a-f-]{36}|mrk-[0-9a-f]{32})$`,
  );
  return {
    ...CONNECTIONS_KEY_ARNS,
    read: (setting, found) =>
      Array.isArray(found) && found.every((one) => typeof one === "string" && pattern.test(one))
        ? { value: found as string[], problems: [] }
        : misfit(setting, found, `a list of ARNs of KMS keys (no aliases) in ${region}`, []),
  };
}

/** Reads and checks the settings of connections, of which no secret may be in a stack's file in plain text. */
export function readConnections(
  read: Reader,
  source: ConfigSource,
  problems: Problem[],
  { region, secretsBackend }: { readonly region: string; readonly secretsBackend: SecretsBackend },
): {
  readonly connections: Readonly<Record<string, string>>;
  readonly connectionsKeyArns: readonly string[];
} {
  const connections = read.declared("connections", CONNECTIONS);
  const connectionsKeyArns = read.declared("connectionsKeyArns", keyArns(region));
  const { connectionsPrefix, connectionsLookupPattern, secretsManager } = secretsBackend;
  const written = source.written?.("connections");
  if (written !== undefined) {
    problems.push(...checkEncrypted(plainPart(written)));
  } else if (source.isSecret?.("connections") === false) {
    problems.push(...checkEncrypted(connections));
  }
  if (
    connectionsLookupPattern !== undefined &&
    connectionsPrefix === undefined &&
    Object.keys(connections).length === 0
  ) {
    problems.push({
      setting: "airflowConfigurationOptions.secrets.backend_kwargs.connections_lookup_pattern",
      value: connectionsLookupPattern,
      allowed: "a pattern beside connections_prefix or the setting connections",
      remedy:
        "Set one of them, or remove it: without connections the backend is not asked for any.",
    });
  }
  if (
    connectionsKeyArns.length > 0 &&
    connectionsPrefix === undefined &&
    secretsManager === undefined
  ) {
    problems.push({
      setting: "connectionsKeyArns",
      value: connectionsKeyArns,
      allowed: "none without connections that are there already",
      remedy:
        "Name these by connections_prefix in airflowConfigurationOptions.secrets.backend_kwargs, or remove the keys.",
    });
  }
  return { connections, connectionsKeyArns };
}

/**
 * What of the setting a stack's file has in plain text: each connection without what is encrypted in it.
 *
 * @param found the setting as the file has it
 */
export function plainPart(found: unknown): Readonly<Record<string, unknown>> {
  const plain = withoutEncrypted(isString(found) ? parsed(found) : found);
  return isMap(plain) ? plain : {};
}

/**
 * Looks for secrets in what a stack's file has in plain text.
 *
 * @param connections by their ids, each a URI, a map, or that as JSON
 */
export function checkEncrypted(connections: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(connections)
    .filter(([, value]) => hasSecret(value))
    .map(([id]) => ({
      setting: `connections.${id}`,
      value: NOT_SHOWN,
      allowed: "no password and no extra in plain text",
      remedy:
        "Set what is secret with pulumi config set --secret --path, and change it: it is in the file's history.",
    }));
}

/** A value of a connection is in no message: it would be in the logs. */
const NOT_SHOWN = "(not shown)";

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isText(value: unknown): value is string {
  return isString(value) && value !== "";
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function written(value: unknown): string {
  return isString(value) ? value : JSON.stringify(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A value without what is encrypted in it; undefined where nothing else is. */
function withoutEncrypted(value: unknown): unknown {
  if (!isMap(value) && !Array.isArray(value)) {
    return value;
  }
  if (isMap(value) && Object.keys(value).join() === "secure" && isString(value.secure)) {
    return undefined;
  }
  const left = Object.entries(value)
    .map(([name, part]) => [name, withoutEncrypted(part)] as const)
    .filter(([, part]) => part !== undefined);
  return left.length === 0 && Object.keys(value).length > 0 ? undefined : Object.fromEntries(left);
}

/** Whether a connection, as it is written, has what only its tasks are to know. */
function hasSecret(connection: unknown): boolean {
  const value = isString(connection) ? parsed(connection) : connection;
  if (isMap(value)) {
    const { password, extra } = value;
    return isText(password) || (extra !== undefined && extra !== "");
  }
  return isString(value) && (/^[^:]+:\/\/[^/?#]*:[^/?#]*@/.test(value) || value.includes("?"));
}

function faultsOf(setting: string, id: string, found: unknown): Problem[] {
  const fault = (at: string, value: unknown, allowed: string, remedy: string): Problem => ({
    setting: at,
    value,
    allowed,
    remedy,
  });
  if (!NAME.test(id)) {
    const allowed = "ids of 1 to 250 letters, digits and _ . -";
    return [fault(setting, id, allowed, "Rename the connection.")];
  }
  const correct = "Correct the connection.";
  const shape = "a URI as http://host, or a map with conn_type";
  if (!isMap(found) && !(isString(found) && /^[a-z][a-z0-9+._-]*:\/\//i.test(found))) {
    return [fault(setting, NOT_SHOWN, shape, correct)];
  }
  const fields = isMap(found)
    ? [
        ...(found.conn_type === undefined
          ? [fault(`${setting}.conn_type`, "missing", "the type of the connection", correct)]
          : []),
        ...Object.entries(found)
          .filter(([name, value]) => FIELDS[name]?.holds(value) !== true)
          .map(([name]) =>
            fault(
              `${setting}.${name}`,
              NOT_SHOWN,
              FIELDS[name]?.allowed ?? `one of ${Object.keys(FIELDS).join(", ")}`,
              correct,
            ),
          ),
      ]
    : [];
  const text = written(found);
  return Buffer.byteLength(text) <= MOST_BYTES && !/\{\{.*\}\}/s.test(text)
    ? fields
    : [
        ...fields,
        fault(
          setting,
          NOT_SHOWN,
          `at most ${MOST_BYTES} bytes without {{…}}, which Systems Manager keeps for itself`,
          "Shorten or correct it.",
        ),
      ];
}

import { type Declaration, misfit } from "./declaration";
import type { Problem } from "./problem";

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
    "schema, extra and description. They are SecureString parameters. What is secret in them is set by pulumi config " +
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

/**
 * Looks for secrets that a stack's file has in plain text.
 *
 * @param connections as the setting reads them
 */
export function checkEncrypted(connections: Readonly<Record<string, string>>): Problem[] {
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

/** Whether a connection, as it is written, has what only its tasks are to know. */
function hasSecret(value: string): boolean {
  if (value.startsWith("{")) {
    const { password, extra } = JSON.parse(value) as Record<string, unknown>;
    return isText(password) || (extra !== undefined && extra !== "");
  }
  return /^[^:]+:\/\/[^/?#]*:[^/?#]*@/.test(value) || value.includes("?");
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

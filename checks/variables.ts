import { type Declaration, misfit } from "./declaration";
import type { Problem } from "./problem";

// What Systems Manager and Airflow both take:
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
const NAME = /^[A-Za-z0-9_.-]{1,250}$/;

/** Most bytes of a standard parameter's value. */
const MOST_BYTES = 4096;

/**
 * What the names of secrets have in them, so that Airflow hides their values in its logs.
 *
 * Source: https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/mask-sensitive-values.html
 */
const SECRET =
  /access_?token|api_?key|authorization|passphrase|passwd|password|private_?key|secret|token|keyfile_dict|service_account/i;

/** The setting `variables`: Airflow Variables of the stack's own DAGs, each as text. */
export const VARIABLES: Declaration<Readonly<Record<string, string>>> = {
  type: "object",
  default: {},
  description:
    "Airflow Variables of one's own DAGs, name: value, beside those of the pipelines. What is no string becomes " +
    "JSON. They are plain text: no secrets.",
  read: (setting, found) => {
    if (typeof found !== "object" || found === null || Array.isArray(found)) {
      return misfit(setting, found, "a map of names and values", {});
    }
    const entries = Object.entries(found).map(
      ([name, value]) =>
        [name, typeof value === "string" ? value : (JSON.stringify(value) ?? "")] as const,
    );
    return {
      value: Object.fromEntries(entries),
      problems: entries.flatMap(([name, value]) => problemsOf(`${setting}.${name}`, name, value)),
    };
  },
};

function problemsOf(setting: string, name: string, value: string): Problem[] {
  if (!NAME.test(name)) {
    return [
      {
        setting,
        value,
        allowed: "names of 1 to 250 letters, digits and _ . -",
        remedy: "Rename the Variable.",
      },
    ];
  }
  if (SECRET.test(name)) {
    return [
      {
        setting,
        value: "(not shown)",
        allowed: "names without password, secret, token, api_key and the like",
        remedy:
          "Keep a secret in Secrets Manager, and read it from there in the task: Variables are plain text.",
      },
    ];
  }
  return value !== "" && Buffer.byteLength(value) <= MOST_BYTES && !/\{\{.*\}\}/s.test(value)
    ? []
    : [
        {
          setting,
          value: value.length > 80 ? `${value.slice(0, 80)}…` : value,
          allowed: `1 to ${MOST_BYTES} bytes without {{…}}, which Systems Manager keeps for itself`,
          remedy:
            "Shorten or correct the value; what is longer belongs into an object of a bucket.",
        },
      ];
}

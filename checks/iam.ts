import { type Field, matching, readFields } from "./fields";
import type { Problem } from "./problem";

/** What an account asks of every role. */
export interface IamSettings {
  /** ARN of a managed policy that bounds what each role may do; empty, the default, means none. */
  readonly permissionsBoundary: string;
  /**
   * Path of roles, instance profiles and managed policies, with slashes at both ends. Default `/`. Shorter
   * than IAM takes: Step Functions takes ARNs of roles of 256 characters, and Glue puts the path into the
   * names of log groups, which know fewer characters.
   */
  readonly path: string;
}

/** Settings of an account that asks nothing. */
export const NO_IAM_SETTINGS: IamSettings = { permissionsBoundary: "", path: "/" };

const FIELDS: Readonly<Record<keyof IamSettings, Field>> = {
  permissionsBoundary: matching(
    /^(|arn:aws[\w-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+)$/,
    "the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME, or empty",
  ),
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names,
  // https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html and
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
  path: matching(
    /^(?=.{1,155}$)\/([\w.-]+\/)*$/,
    "a path with slashes at both ends, such as /data/, of letters, digits and . _ -, 155 characters at most",
  ),
};

/**
 * Reads the `iam` setting: each field or its default, or what is wrong with it.
 *
 * @param accountId the stack's, whose policy a boundary has to be, or AWS's
 */
export function readIam(
  value: Record<string, unknown>,
  accountId: string,
): {
  readonly fields: IamSettings;
  readonly problems: Problem[];
} {
  const { fields, problems } = readFields("iam", FIELDS, NO_IAM_SETTINGS, value);
  const owner = String(fields.permissionsBoundary).split(":")[4];
  if (problems.length === 0 && owner !== undefined && !["aws", accountId].includes(owner)) {
    problems.push({
      setting: "iam.permissionsBoundary",
      value: fields.permissionsBoundary,
      allowed: `a policy of the stack's account ${accountId}, or of AWS's`,
      remedy: "Correct the value.",
    });
  }
  return { fields, problems };
}

/**
 * Roles of Airflow's own that a user of its interface can have.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/access-policies.html
 */
export const AIRFLOW_USER_ROLES = ["Admin", "Op", "User", "Viewer"] as const;
export type AirflowUserRole = (typeof AIRFLOW_USER_ROLES)[number];

/** Reads the `airflowUserRoles` setting, or what is wrong with it. */
export function readAirflowUserRoles(values: readonly string[]): {
  readonly roles: readonly AirflowUserRole[];
  readonly problems: Problem[];
} {
  const known: readonly string[] = AIRFLOW_USER_ROLES;
  const problems = values
    .filter((value, i) => !known.includes(value) || values.indexOf(value) !== i)
    .map((value) => ({
      setting: "airflowUserRoles",
      value,
      allowed: `each of ${known.join(", ")} once`,
      remedy: "Correct or remove it.",
    }));
  return { roles: values as readonly AirflowUserRole[], problems };
}

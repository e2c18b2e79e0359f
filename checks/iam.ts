import { type Declaration, field, record } from "./declaration";
import { matching } from "./fields";
import type { Problem } from "./problem";

/** What an account asks of every role. */
export interface IamSettings {
  readonly permissionsBoundary: string;
  readonly path: string;
}

/** Settings of an account that asks nothing. */
export const NO_IAM_SETTINGS: IamSettings = { permissionsBoundary: "", path: "/" };

/** The setting `iam`. */
export const IAM: Declaration<IamSettings> = record<IamSettings>(
  "What the account asks of every role.",
  {
    permissionsBoundary: field(
      matching(
        /^(|arn:aws[\w-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+)$/,
        "the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME, or empty",
      ),
      NO_IAM_SETTINGS.permissionsBoundary,
      "ARN of a managed policy that bounds what each role may do. Empty means none.",
    ),
    // Shorter than IAM takes: Step Functions takes ARNs of roles of 256 characters, and Glue puts the path into
    // the names of log groups, which know fewer characters.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names,
    // https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html and
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    path: field(
      matching(
        /^(?=.{1,155}$)\/([\w.-]+\/)*$/,
        "a path with slashes at both ends, such as /data/, of letters, digits and . _ -, 155 characters at most",
      ),
      NO_IAM_SETTINGS.path,
      "Path of roles, instance profiles and managed policies, such as /data/.",
    ),
  },
);

/**
 * What is wrong with the boundary of a stack in an account.
 *
 * @param accountId the stack's, whose policy a boundary has to be, or AWS's
 */
export function checkBoundary({ permissionsBoundary }: IamSettings, accountId: string): Problem[] {
  const owner = String(permissionsBoundary).split(":")[4];
  return owner === undefined || ["aws", accountId].includes(owner)
    ? []
    : [
        {
          setting: "iam.permissionsBoundary",
          value: permissionsBoundary,
          allowed: `a policy of the stack's account ${accountId}, or of AWS's`,
          remedy: "Correct the value.",
        },
      ];
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

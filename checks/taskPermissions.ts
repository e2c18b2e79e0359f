import { type Declaration, misfit } from "./declaration";
import type { Problem } from "./problem";

/** A statement that a stack's settings give its tasks. */
export interface TaskStatement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

const KEYS = ["Sid", "Effect", "Action", "Resource", "Condition"];

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
const SID = /^[A-Za-z0-9]{1,64}$/;

/** One action, by its name: a wildcard would grow with the service. */
const ACTION = /^[a-z0-9-]+:[A-Za-z0-9]+$/;

const RESOURCE = /^(\*|arn:aws[\w-]*:[a-z0-9-]+:.*)$/;

/**
 * The setting `executionRoleStatements`.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export const STATEMENTS: Declaration<readonly TaskStatement[]> = {
  type: "array",
  items: "object",
  default: [],
  description:
    "Statements of IAM that tasks of one's own DAGs need, each with Sid, Action, Resource and, if wanted, Effect and " +
    "Condition. The policy pack judges them as it judges the pipelines'.",
  read: (setting, found) => {
    if (!Array.isArray(found)) {
      return misfit(setting, found, "a list of statements", []);
    }
    const given = found as unknown[];
    const problems = given.flatMap((one, i) => faultsOf(`${setting}[${i}]`, one));
    if (problems.length > 0) {
      return { value: [], problems };
    }
    const value = given.map(statement);
    return {
      value,
      problems: repeated(
        setting,
        "Sid",
        value.map(({ Sid }) => Sid),
      ),
    };
  },
};

/**
 * The setting `executionRolePolicyArns`.
 *
 * @param accountId the stack's
 */
export function policyArns(accountId: string): Declaration<readonly string[]> {
  const pattern = new RegExp(`^arn:aws[\\w-]*:iam::(aws|${accountId}):policy/[\\w+=,.@/-]+$`);
  return {
    ...POLICY_ARNS,
    read: (setting, found) => {
      if (!Array.isArray(found)) {
        return misfit(setting, found, "a list of ARNs", []);
      }
      const given = found as unknown[];
      const problems = given
        .filter((one) => typeof one !== "string" || !pattern.test(one))
        .map((value) => ({
          setting,
          value,
          allowed: `ARNs of managed policies of the account ${accountId}, or of AWS's`,
          remedy: "Correct or remove it.",
        }));
      const value = problems.length > 0 ? [] : (given as string[]);
      return { value, problems: [...problems, ...repeated(setting, "ARN", value)] };
    },
  };
}

/** How that setting is declared, whatever the account. */
export const POLICY_ARNS: Omit<Declaration, "read"> = {
  type: "array",
  items: "string",
  default: [],
  description:
    "ARNs of managed policies that the execution role gets as well. A role takes ten; the stack's own are among them.",
};

function faultsOf(setting: string, found: unknown): Problem[] {
  const fault = (key: string, value: unknown, allowed: string): Problem => ({
    setting: key === "" ? setting : `${setting}.${key}`,
    value,
    allowed,
    remedy: "Correct the statement.",
  });
  if (typeof found !== "object" || found === null || Array.isArray(found)) {
    return [fault("", found, "a map with Sid, Action and Resource")];
  }
  const given = found as Record<string, unknown>;
  const { Sid: sid, Effect: effect = "Allow", Condition: condition } = given;
  const strings = (key: "Action" | "Resource", pattern: RegExp, allowed: string): Problem[] => {
    const list = [given[key]].flat();
    return list.length > 0 && list.every((one) => typeof one === "string" && pattern.test(one))
      ? []
      : [fault(key, given[key], allowed)];
  };
  const isMap = typeof condition === "object" && condition !== null && !Array.isArray(condition);
  return [
    ...Object.keys(given)
      .filter((key) => !KEYS.includes(key))
      .map((key) => fault(key, given[key], `one of ${KEYS.join(", ")}`)),
    ...(typeof sid === "string" && SID.test(sid)
      ? []
      : [fault("Sid", sid, "1 to 64 letters and digits: it names the statement in reports")]),
    ...(effect === "Allow" || effect === "Deny" ? [] : [fault("Effect", effect, "Allow, Deny")]),
    ...strings("Action", ACTION, "actions by their names, as s3:GetObject, without wildcards"),
    ...strings("Resource", RESOURCE, "ARNs, or * for actions that take no resource"),
    ...(condition === undefined || isMap
      ? []
      : [fault("Condition", condition, "a map of operators, each with a map of keys")]),
  ];
}

function statement(found: unknown): TaskStatement {
  const { Sid, Effect = "Allow", Action, Resource, Condition } = found as TaskStatement;
  return {
    Sid,
    Effect,
    Action: [Action].flat(),
    Resource: [Resource].flat(),
    ...(Condition === undefined ? {} : { Condition }),
  };
}

function repeated(setting: string, what: string, values: readonly string[]): Problem[] {
  return values
    .filter((value, i) => values.indexOf(value) !== i)
    .map((value) => ({
      setting,
      value,
      allowed: `each ${what} once`,
      remedy: "Remove or rename one of them.",
    }));
}

import { called, checkCompanion, withLoneCompanions } from "../../companions";
import { StackRule } from "../../rule";
import { textOf } from "../../text";

const SECRET = "aws:secretsmanager/secret:Secret";
const SECRET_ROTATION = "aws:secretsmanager/secretRotation:SecretRotation";

/** A secret is changed by itself. */
export const secretsmanagerRotation: StackRule = {
  name: "secretsmanager-rotation",
  description: "Every secret of Secrets Manager is rotated automatically, and often enough.",
  severity: "medium",
  reason: "A secret that leaked works for whoever has it until it is changed.",
  remediationSteps:
    "Give the secret an aws.secretsmanager.SecretRotation with rotationRules.automaticallyAfterDays or a " +
    "scheduleExpression; for a database let the service manage its password.",
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
  also: [
    "CKV2_AWS_57",
    "CKV_AWS_304",
    "SMG4",
    "SecretsManager.1",
    "SecretsManager.4",
    "secretsmanager_automatic_rotation_enabled",
  ],
  parameters: {
    maximumDays: {
      type: "integer",
      minimum: 1,
      description: "The greatest number of days between two rotations.",
      default: 90,
    },
  },
  subjects: (graph) =>
    withLoneCompanions(graph, { of: [SECRET], types: [SECRET_ROTATION], property: "secretId" }),
  checkInStack: (secret, graph, report, parameters) => {
    const maximum = parameters.maximumDays as number;
    checkCompanion(secret, "secret", graph, report, {
      of: [SECRET],
      types: [SECRET_ROTATION],
      property: "secretId",
      what: "aws.secretsmanager.SecretRotation",
      fault: ({ name, props }) => {
        const rules = (props.rotationRules ?? {}) as RotationRules;
        const days = rules.automaticallyAfterDays ?? daysOf(textOf(rules.scheduleExpression));
        if (days === undefined) {
          return (
            `The rotation ${name} of ${called(secret, "secret", [SECRET])} has neither automaticallyAfterDays nor ` +
            "scheduleExpression; one is needed."
          );
        }
        return days > maximum
          ? `The rotation ${name} of ${called(secret, "secret", [SECRET])} waits up to ${days} days; at most ${maximum} are allowed.`
          : undefined;
      },
    });
  },
};

interface RotationRules {
  readonly automaticallyAfterDays?: number;
  readonly scheduleExpression?: string;
}

const MONTH = 31;
const YEAR = 366;

/**
 * The most days between two runs of a schedule, as Secrets Manager writes them:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 *
 * @returns undefined where there is none
 */
function daysOf(expression: string | undefined): number | undefined {
  const rate = /^rate\((\d+) (hour|day)s?\)$/.exec(expression ?? "");
  if (rate !== null) {
    return rate[2] === "day" ? Number(rate[1]) : Number(rate[1]) / 24;
  }
  if (expression === undefined || expression === "") {
    return undefined;
  }
  // Minute, hour, day, month: a schedule that is not for every or each nth month may be a yearly one.
  const month = expression.split(" ")[3];
  return month === "*" ? MONTH : Number(/^[*1]\/(\d+)$/.exec(month)?.[1] ?? YEAR / MONTH) * MONTH;
}

import {
  PERMISSION_TYPES,
  Statement,
  checkStatements,
  conditionsOf,
  covers,
  hasWildcard,
  mayAllow,
  permissionsIn,
  values,
} from "../../documents";
import { ResourceRule } from "../../rule";

const PASS_ROLE = "iam:passrole";

/** Who may pass a role to a service can do all that the role may do. */
export const iamPassRole: ResourceRule = {
  name: "iam-pass-role",
  description: "A policy allows iam:PassRole on named roles only, and to named services.",
  severity: "critical",
  reason:
    "Who may pass any role may start a cluster or a job that works as an administrator, and so is one.",
  remediationSteps:
    "Name the ARN of each role in Resource and the service that gets it in a condition: " +
    'StringEquals { "iam:PassedToService": "elasticmapreduce.amazonaws.com" }.',
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
  also: ["CKV_AWS_286", "CKV_AWS_289", "iam_policy_allows_privilege_escalation"],
  types: PERMISSION_TYPES,
  check: (resource, report) =>
    checkStatements(resource, permissionsIn(resource), report, (statement, where) => {
      if (!mayAllow(statement) || !allowsPassRole(statement)) {
        return;
      }
      const resources = values(statement.Resource);
      const roles = resources.filter(canBeRole);
      if (resources.length > 0 && roles.length === 0) {
        return;
      }
      const unnamed = roles.filter((role) => !isNamedRole(role));
      if (statement.NotResource !== undefined || roles.length === 0) {
        report(`${where} allows iam:PassRole on roles that it does not name; name them.`);
      } else if (unnamed.length > 0) {
        report(
          `${where} allows iam:PassRole on ${unnamed.join(", ")}; the ARN of each role is needed, ` +
            "without a wildcard.",
        );
      }
      if (!isForNamedServices(statement)) {
        report(
          `${where} allows iam:PassRole to any service; a condition StringEquals on ` +
            "iam:PassedToService with the service's name is needed.",
        );
      }
    }),
};

function allowsPassRole({ Action, NotAction }: Statement): boolean {
  const means = (text: string) => covers(text.toLowerCase(), PASS_ROLE);
  return NotAction === undefined ? values(Action).some(means) : !values(NotAction).some(means);
}

/** Whether a text of a policy can mean a role; the ARN of a bucket cannot, whatever is allowed on it. */
function canBeRole(resource: string): boolean {
  const [arn, , service = "*"] = resource.split(":");
  return arn !== "arn" || covers(service, "iam");
}

function isNamedRole(arn: string): boolean {
  return /^arn:[^:]+:iam::[^:]+:role\/.+$/.test(arn) && !hasWildcard(arn);
}

function isForNamedServices(statement: Statement): boolean {
  return conditionsOf(statement).some(({ operator, key, value }) => {
    const services = values(value);
    return (
      // "…IfExists" and "ForAllValues:…" also hold where the key is not sent.
      /^(ForAnyValue:)?String(Equals|EqualsIgnoreCase|Like)$/i.test(operator) &&
      key.toLowerCase() === "iam:passedtoservice" &&
      services.length > 0 &&
      // At the end a star takes in the suffix of the partition, as AWS's own policies do.
      services.every((service) => !/^[^.]*[*?]/.test(service))
    );
  });
}

import { actionsOf, isEveryAction, meant } from "../../actions";
import { DOCUMENT_TYPES, checkStatements, documentsIn, hasWildcard, values } from "../../documents";
import { ResourceRule } from "../../rule";
import { shown } from "../../shown";

/** An action that does not exist allows nothing, and denies nothing. */
export const iamKnownActions: ResourceRule = {
  name: "iam-known-actions",
  description:
    "Every action of a policy document exists, one with a wildcard means at least one, and each statement " +
    "allows or denies.",
  severity: "high",
  reason:
    "IAM takes an action that does not exist without a word: what was to be allowed is then refused when a " +
    "task needs it, and what was to be denied is allowed. A document with another Effect it refuses.",
  remediationSteps:
    "Write the action as the service authorization reference has it: the service's prefix, a colon, the name.",
  url: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
  types: DOCUMENT_TYPES,
  check: (resource, report) =>
    checkStatements(resource, documentsIn(resource), report, (statement, where) => {
      const { Effect, Action, NotAction } = statement;
      if (Effect !== "Allow" && Effect !== "Deny") {
        report(`${where} has the Effect ${shown(Effect)}; IAM takes Allow and Deny, written so.`);
      }
      for (const action of [...values(Action), ...values(NotAction)]) {
        const fault = faultOf(action);
        if (fault !== undefined) {
          report(`${where} has the action "${action}"; ${fault}`);
        }
      }
    }),
};

function faultOf(action: string): string | undefined {
  if (isEveryAction(action)) {
    return undefined;
  }
  const parts = action.split(":");
  if (parts.length !== 2 || parts[0] === "" || parts[1] === "") {
    return 'an action is a service and a name, as "s3:GetObject".';
  }
  const [service, name] = parts;
  if (hasWildcard(service)) {
    return "IAM takes no wildcard in the service: name it.";
  }
  if (actionsOf(service) === undefined) {
    return `there is no service "${service}" in the service authorization reference.`;
  }
  return meant(action).length > 0
    ? undefined
    : hasWildcard(name)
      ? `no action of ${service} fits it.`
      : `${service} has no such action.`;
}

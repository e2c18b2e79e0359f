import {
  PERMISSION_TYPES,
  Statement,
  checkStatements,
  conditionsOf,
  mayAllow,
  permissionsIn,
  trustIn,
  values,
} from "../../documents";
import { ResourceRule } from "../../rule";

/** A policy allows what it names, not what it forgot to leave out. */
export const iamNoNotAction: ResourceRule = {
  name: "iam-no-not-action",
  description:
    "A policy of a role, group or user allows nothing by NotAction, and by NotResource only the use of a " +
    "service's own key.",
  severity: "high",
  reason:
    "NotAction allows the actions of every other service, NotResource every other resource, and both all " +
    "that AWS or the account gets later.",
  remediationSteps:
    "Name what is needed in Action and Resource; leave NotAction and NotResource to statements that deny. " +
    "For a key in an account of a service limit the statement to actions of KMS and to that service by " +
    'StringLike { "kms:ViaService": … }.',
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
  types: PERMISSION_TYPES,
  check: (resource, report) =>
    checkStatements(
      resource,
      [...permissionsIn(resource), ...trustIn(resource)],
      report,
      (statement, where) => {
        const { NotAction, NotResource } = statement;
        if (!mayAllow(statement)) {
          return;
        }
        if (NotAction !== undefined) {
          report(
            `${where} allows every action but ${values(NotAction).join(", ")} by NotAction; name the ` +
              "actions that are needed with Action.",
          );
        }
        if (NotResource !== undefined && !isKeyOfService(statement)) {
          report(
            `${where} allows every resource but ${values(NotResource).join(", ")} by NotResource; name ` +
              "the resources that are needed with Resource.",
          );
        }
      },
    ),
};

/**
 * Whether a statement is MWAA's own for a key that is in an account of the service, which no ARN can name:
 * https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html
 */
function isKeyOfService(statement: Statement): boolean {
  const actions = values(statement.Action);
  const services = conditionsOf(statement)
    .filter(({ operator }) => /^String(Equals|Like)$/i.test(operator))
    .filter(({ key }) => key.toLowerCase() === "kms:viaservice")
    .flatMap(({ value }) => values(value));
  return (
    values(statement.NotResource).length > 0 &&
    actions.length > 0 &&
    actions.every((action) => /^kms:/i.test(action)) &&
    services.length > 0 &&
    services.every((service) => !/^[*?]/.test(service))
  );
}

import {
  PERMISSION_TYPES,
  checkStatements,
  hasWildcard,
  mayAllow,
  permissionsIn,
  trustIn,
  values,
} from "../../documents";
import { ResourceRule } from "../../rule";

/** A policy allows the actions that it names, and no other that a service may get some day. */
export const iamNoActionWildcard: ResourceRule = {
  name: "iam-no-action-wildcard",
  description: "A policy of a role, group or user names each action that it allows.",
  severity: "high",
  reason:
    "A wildcard also allows what nobody had in mind, and every action that AWS adds to the service later.",
  remediationSteps: "Name the actions that are called, one by one, in Action.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
  also: ["CKV_AWS_62", "CKV_AWS_63", "CKV2_AWS_40", "IAM.1", "IAM.21", "IAM5", "AVD-AWS-0057"],
  types: PERMISSION_TYPES,
  check: (resource, report) =>
    checkStatements(
      resource,
      [...permissionsIn(resource), ...trustIn(resource)],
      report,
      (statement, where) => {
        if (!mayAllow(statement)) {
          return;
        }
        const wildcards = values(statement.Action).filter(hasWildcard);
        if (wildcards.length > 0) {
          report(`${where} allows ${wildcards.join(", ")}; name the actions that are needed.`);
        }
      },
    ),
};

import { AIRFLOW_USER_ROLES } from "../../../checks/iam";
import { userPolicyName } from "../../../components/airflowUserPolicies";
import { iamArn } from "../../../components/roleDefaults";
import type { ProgramStack } from "../stackSettings";
import { type Area, allow } from "./area";
import { ownArn, withinBoundary } from "./identity";

/**
 * The program's managed policies: those of its execution role, which that role alone may get, and those that let
 * people into Airflow, which are attached to users and roles outside of the stack.
 */
export function policies(program: ProgramStack): Area {
  const ofExecution = ownArn(program, "policy", "execution");
  const made = [ofExecution, ...ofUsers(program)];
  return {
    read: [
      allow(
        "ReadPolicies",
        ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyTags", "iam:ListPolicyVersions"],
        made,
      ),
    ],
    write: [
      allow(
        "ChangePolicies",
        [
          "iam:CreatePolicy",
          "iam:CreatePolicyVersion",
          "iam:DeletePolicy",
          "iam:DeletePolicyVersion",
          "iam:TagPolicy",
          "iam:UntagPolicy",
        ],
        made,
      ),
      allow(
        "AttachOwnPolicies",
        ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
        ownArn(program, "role", "execution"),
        {
          ...withinBoundary(program),
          ArnLike: { "iam:PolicyARN": [ofExecution, ...program.settings.executionRolePolicyArns] },
        },
      ),
    ],
  };
}

/** ARNs of the policies that open the web interface, where a stack has any; also of a role that it had before. */
function ofUsers({ location, settings }: ProgramStack): string[] {
  const { airflowUserRoles, environment, iam } = settings;
  return airflowUserRoles.length === 0
    ? []
    : AIRFLOW_USER_ROLES.map((role) =>
        iamArn(location, "policy", userPolicyName(location, environment.name, role), iam),
      );
}

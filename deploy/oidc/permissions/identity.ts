import { rolePrefix } from "../../../checks/names";
import { userPolicyName } from "../../../components/airflowUserPolicies";
import { iamArn } from "../../../components/rolePlace";
import type { ProgramStack } from "../stackSettings";
import { type Area, allow } from "./area";

/**
 * Roles that the program makes, by the purpose in their names, and the services that they are handed to. EMR's
 * own, and that of its notebooks, are handed on by the environment's tasks, not by the program.
 */
export const ROLES: Readonly<Record<string, readonly string[]>> = {
  execution: ["airflow.amazonaws.com", "airflow-env.amazonaws.com"],
  "redshift-copy": ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"],
  "flow-logs": ["vpc-flow-logs.amazonaws.com"],
  "glue-job": ["glue.amazonaws.com"],
  crawler: ["glue.amazonaws.com"],
  states: ["states.amazonaws.com"],
  "emr-ec2": ["ec2.amazonaws.com"],
  emr: [],
  notebook: [],
};

/** AWS's own policies that the program attaches, and the purpose of the role that gets each. */
const ATTACHED = { "service-role/AmazonEMRServicePolicy_v2": "emr" } as const;

/** Services that make a role of their own when they are first used in an account. */
const SERVICE_LINKED: Readonly<Record<string, string>> = {
  // https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-slr.html
  "airflow.amazonaws.com": "AWSServiceRoleForAmazonMWAA",
  // https://docs.aws.amazon.com/redshift/latest/mgmt/using-service-linked-roles.html
  "redshift.amazonaws.com": "AWSServiceRoleForRedshift",
};

const CHANGE_ROLES = [
  "iam:DeleteRole",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
  "iam:UpdateRoleDescription",
];

/** What a boundary, where the account has one, has to be around for. */
const GIVE_RIGHTS = ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePolicy"];

/**
 * The program's roles: those whose names begin as the stack's do. What is written into them no name can limit,
 * so that whoever may bring the stack up can, by one of them, do what its service can be made to do. Only
 * reviewed commits get there, and an account that wants more sets `iam.permissionsBoundary`: then no role is
 * made, and no policy of one written, without it, and nobody here may take it away.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
export function identity({ location, settings }: ProgramStack): Area {
  const { environment, iam } = settings;
  const named = (kind: "role" | "instance-profile", purpose: string) =>
    iamArn(location, kind, `${rolePrefix(environment.name, purpose)}*`, iam);
  const userPolicies = settings.airflowUserRoles.map((role) =>
    iamArn(location, "policy", userPolicyName(location, environment.name, role), iam),
  );
  const { permissionsBoundary } = iam;
  const bounded =
    permissionsBoundary === ""
      ? undefined
      : { StringEquals: { "iam:PermissionsBoundary": permissionsBoundary } };
  const roles = Object.keys(ROLES).map((purpose) => named("role", purpose));
  const profiles = [named("instance-profile", "emr-ec2")];
  return {
    read: [
      ...(userPolicies.length === 0
        ? []
        : [
            allow(
              "ReadPolicies",
              ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"],
              userPolicies,
            ),
          ]),
      allow(
        "ReadRoles",
        [
          "iam:GetRole",
          "iam:GetRolePolicy",
          "iam:ListAttachedRolePolicies",
          "iam:ListInstanceProfilesForRole",
          "iam:ListRolePolicies",
          "iam:ListRoleTags",
        ],
        roles,
      ),
      allow(
        "ReadInstanceProfiles",
        ["iam:GetInstanceProfile", "iam:ListInstanceProfileTags"],
        profiles,
      ),
    ],
    write: [
      ...(userPolicies.length === 0
        ? []
        : [
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
              userPolicies,
            ),
          ]),
      allow("ChangeRoles", CHANGE_ROLES, roles),
      allow(
        "GiveRolesRights",
        [...GIVE_RIGHTS, ...(bounded === undefined ? [] : ["iam:PutRolePermissionsBoundary"])],
        roles,
        bounded,
      ),
      ...Object.entries(ATTACHED).map(([policy, purpose]) =>
        allow(
          "AttachPolicies",
          ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
          named("role", purpose),
          {
            ArnEquals: { "iam:PolicyARN": `arn:${location.partition}:iam::aws:policy/${policy}` },
            ...bounded,
          },
        ),
      ),
      allow(
        "ChangeInstanceProfiles",
        [
          "iam:AddRoleToInstanceProfile",
          "iam:CreateInstanceProfile",
          "iam:DeleteInstanceProfile",
          "iam:RemoveRoleFromInstanceProfile",
          "iam:TagInstanceProfile",
          "iam:UntagInstanceProfile",
        ],
        profiles,
      ),
      // The star stands for what the provider puts at the end of a name to make it unique.
      ...Object.entries(ROLES)
        .filter(([, services]) => services.length > 0)
        .map(([purpose, services]) =>
          allow(sid("Pass", purpose), ["iam:PassRole"], named("role", purpose), {
            StringEquals: { "iam:PassedToService": services },
          }),
        ),
      allow(
        "LetServicesMakeTheirOwn",
        ["iam:CreateServiceLinkedRole"],
        Object.entries(SERVICE_LINKED).map(([service, role]) =>
          iamArn(location, "role", role, {
            permissionsBoundary: "",
            path: `/aws-service-role/${service}/`,
          }),
        ),
        { StringEquals: { "iam:AWSServiceName": Object.keys(SERVICE_LINKED) } },
      ),
    ],
  };
}

/** A statement's id, which takes letters and digits only. */
function sid(verb: string, purpose: string): string {
  return (
    verb +
    purpose
      .split("-")
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join("")
  );
}

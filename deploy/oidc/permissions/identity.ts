import { rolePrefix } from "../../../checks/names";
import type { Statement } from "../../../components/policyDocument";
import { iamArn } from "../../../components/rolePlace";
import type { ProgramStack } from "../stackSettings";
import { type Area, allow } from "./area";

/** Roles that the program makes, by the purpose in their names. */
const PURPOSES = [
  "execution",
  "redshift-copy",
  "flow-logs",
  "glue-job",
  "crawler",
  "states",
  "emr-ec2",
  "emr",
  "notebook",
] as const;

/** AWS's own policies that the program attaches, and the purpose of the role that gets each. */
const ATTACHED = { "service-role/AmazonEMRServicePolicy_v2": "emr" } as const;

/** What says which permissions a role has in the end, and whose they are. */
const DECIDE_PERMISSIONS = [
  "iam:CreateRole",
  "iam:DeleteRolePolicy",
  "iam:PutRolePolicy",
  "iam:UpdateAssumeRolePolicy",
] as const;

/**
 * The program's roles: those whose names begin as the stack's do, on the stack's path. What is written into them
 * no name can limit, so that whoever may bring the stack up can, by one of them, do what its service can be made
 * to do. Only reviewed commits get there, and an account that wants more sets `iam.permissionsBoundary`: then
 * roles are made, and permissions given to them, within that boundary alone, which nobody takes off here.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
 */
export function identity(program: ProgramStack): Area {
  const bounded = withinBoundary(program);
  const roles = PURPOSES.map((purpose) => ownArn(program, "role", purpose));
  const profiles = [ownArn(program, "instance-profile", "emr-ec2")];
  return {
    read: [
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
      allow(
        "ChangeRoles",
        [
          ...(bounded === undefined ? DECIDE_PERMISSIONS : []),
          "iam:DeleteRole",
          "iam:TagRole",
          "iam:UntagRole",
          "iam:UpdateRole",
          "iam:UpdateRoleDescription",
        ],
        roles,
      ),
      ...(bounded === undefined
        ? []
        : [
            allow(
              "ChangeRolesWithinBoundary",
              [...DECIDE_PERMISSIONS, "iam:PutRolePermissionsBoundary"],
              roles,
              bounded,
            ),
          ]),
      ...Object.entries(ATTACHED).map(([policy, purpose]) =>
        allow(
          "AttachPolicies",
          ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
          ownArn(program, "role", purpose),
          {
            ...bounded,
            ArnEquals: {
              "iam:PolicyARN": `arn:${program.location.partition}:iam::aws:policy/${policy}`,
            },
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
    ],
  };
}

/**
 * Condition that a role has the account's permissions boundary; undefined where there is none.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 */
export function withinBoundary({ settings }: ProgramStack): Statement["Condition"] {
  const { permissionsBoundary } = settings.iam;
  return permissionsBoundary === ""
    ? undefined
    : { StringEquals: { "iam:PermissionsBoundary": permissionsBoundary } };
}

/** Pattern of the ARNs of the program's roles, instance profiles or managed policies of one purpose. */
export function ownArn(
  { location, settings }: ProgramStack,
  type: "instance-profile" | "policy" | "role",
  purpose: string,
): string {
  const { environment, iam } = settings;
  return iamArn(location, type, `${rolePrefix(environment.name, purpose)}*`, iam);
}

import { rolePrefix } from "../../../checks/names";
import type { Statement } from "../../../components/policyDocument";
import { iamArn } from "../../../components/roleDefaults";
import { type ProgramStack, pipelinesOf } from "../stackSettings";
import { type Area, allow } from "./area";

/** Roles of the platform, by the purpose in their names. */
const PURPOSES = ["execution", "redshift-copy", "flow-logs", "emr"] as const;

/** Purposes of the roles that the nodes of the pipelines' clusters work as. */
export function nodePurposes(program: ProgramStack): string[] {
  return pipelinesOf(program).flatMap(({ plan }) => plan.nodes?.role ?? []);
}

/** Services that the program hands the pipelines' own roles to, by purpose. */
export function pipelineRoles(program: ProgramStack): Readonly<Record<string, readonly string[]>> {
  return Object.assign(
    {},
    ...pipelinesOf(program).map(({ plan }) => plan.owned?.roles ?? {}),
  ) as Record<string, readonly string[]>;
}

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
  const own = roleStatements(program, "", PURPOSES);
  const attached = Object.entries(ATTACHED).map(([policy, purpose]) =>
    allow(
      "AttachPolicies",
      ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
      ownArn(program, "role", purpose),
      {
        ...withinBoundary(program),
        ArnEquals: {
          "iam:PolicyARN": `arn:${program.location.partition}:iam::aws:policy/${policy}`,
        },
      },
    ),
  );
  return { read: own.read, write: [...own.write, ...attached] };
}

/** The pipelines' own roles, and the instance profiles of their clusters, limited as the platform's are. */
export function pipelineIdentity(program: ProgramStack): Area {
  const nodes = nodePurposes(program);
  const own = roleStatements(program, "Pipeline", [
    ...nodes,
    ...Object.keys(pipelineRoles(program)),
  ]);
  const profiles = nodes.map((purpose) => ownArn(program, "instance-profile", purpose));
  return {
    read: [
      ...own.read,
      allow(
        "ReadInstanceProfiles",
        ["iam:GetInstanceProfile", "iam:ListInstanceProfileTags"],
        profiles,
      ),
    ],
    write: [
      ...own.write,
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
 * @param whose part of the statements' ids
 * @param purposes in the names of the roles
 */
function roleStatements(program: ProgramStack, whose: string, purposes: readonly string[]): Area {
  const bounded = withinBoundary(program);
  const roles = purposes.map((purpose) => ownArn(program, "role", purpose));
  return {
    read: [
      allow(
        `Read${whose}Roles`,
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
    ],
    write: [
      allow(
        `Change${whose}Roles`,
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
              `Change${whose}RolesWithinBoundary`,
              [...DECIDE_PERMISSIONS, "iam:PutRolePermissionsBoundary"],
              roles,
              bounded,
            ),
          ]),
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

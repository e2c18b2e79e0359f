import { PolicyResource } from "@pulumi/policy";

import { redshiftserverlessAdminName } from "../../../policy/rules/redshift/redshiftserverless-admin-name";
import { redshiftserverlessAuditLogs } from "../../../policy/rules/redshift/redshiftserverless-audit-logs";
import { redshiftserverlessDefaultRoleListed } from "../../../policy/rules/redshift/redshiftserverless-default-role-listed";
import { redshiftserverlessEnhancedVpcRouting } from "../../../policy/rules/redshift/redshiftserverless-enhanced-vpc-routing";
import { redshiftserverlessManagedPassword } from "../../../policy/rules/redshift/redshiftserverless-managed-password";
import { redshiftserverlessMaxCapacity } from "../../../policy/rules/redshift/redshiftserverless-max-capacity";
import { redshiftserverlessNotPublic } from "../../../policy/rules/redshift/redshiftserverless-not-public";
import { redshiftserverlessOwnKey } from "../../../policy/rules/redshift/redshiftserverless-own-key";
import { redshiftserverlessRequireSsl } from "../../../policy/rules/redshift/redshiftserverless-require-ssl";
import { redshiftserverlessSubnets } from "../../../policy/rules/redshift/redshiftserverless-subnets";
import { UNKNOWN, resource, table } from "../graph";
import { variants } from "../variants";

const NAMESPACE = "aws:redshiftserverless/namespace:Namespace";
const WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup";
const SUBNET = "aws:ec2/subnet:Subnet";
const ROLE = "aws:iam/role:Role";
const LOGS = ["connectionlog", "useractivitylog", "userlog"];

table(
  redshiftserverlessNotPublic,
  variants(
    WORKGROUP,
    { publiclyAccessible: false },
    {
      passes: { "nothing is said": { publiclyAccessible: undefined } },
      refuses: {
        "it is public": [{ publiclyAccessible: true }, /publiclyAccessible.*true; false/],
      },
      undecided: { "it is not known": [{ publiclyAccessible: UNKNOWN }, /publiclyAccessible/] },
    },
  ),
);

table(
  redshiftserverlessManagedPassword,
  variants(
    NAMESPACE,
    { manageAdminPassword: true },
    {
      refuses: {
        "it is not managed": [{ manageAdminPassword: false }, /is false; true is needed/],
        "nothing is said": [{ manageAdminPassword: undefined }, /is missing; true is needed/],
        "a password is given": [
          { manageAdminPassword: undefined, adminUserPassword: "Secret123" },
          [/given adminUserPassword;/, /is missing/],
        ],
        "a password is given that is not known": [
          { adminUserPassword: UNKNOWN },
          /adminUserPassword/,
        ],
        "a password is given write-only": [{ adminUserPasswordWo: "x" }, /adminUserPasswordWo/],
      },
      undecided: { "it is not known": [{ manageAdminPassword: UNKNOWN }, /manageAdminPassword/] },
    },
  ),
);

table(
  redshiftserverlessAuditLogs,
  variants(
    NAMESPACE,
    { logExports: LOGS },
    {
      passes: { "the order differs": { logExports: [...LOGS].reverse() } },
      refuses: {
        "one log is left out": [
          { logExports: ["connectionlog", "userlog"] },
          /lacks useractivitylog;/,
        ],
        "none is exported": [{ logExports: [] }, /connectionlog, useractivitylog, userlog/],
        "nothing is said": [{ logExports: undefined }, /connectionlog, useractivitylog, userlog/],
      },
      undecided: {
        "the list is not known": [{ logExports: UNKNOWN }, /logExports/],
        "one of the list is not known": [{ logExports: ["userlog", UNKNOWN] }, /logExports/],
      },
    },
  ),
);

table(
  redshiftserverlessOwnKey,
  variants(
    NAMESPACE,
    { kmsKeyId: "arn:aws:kms:us-east-1:123456789012:key/1" },
    {
      passes: { "the key is not known yet": { kmsKeyId: UNKNOWN } },
      refuses: {
        "there is no key": [{ kmsKeyId: undefined }, /kmsKeyId.*missing/],
        "the key is empty": [{ kmsKeyId: "" }, /kmsKeyId.*missing/],
      },
    },
  ),
);

table(
  redshiftserverlessAdminName,
  variants(
    NAMESPACE,
    { adminUsername: "loader" },
    {
      refuses: {
        "it is the default": [{ adminUsername: "admin" }, /"admin", the default/],
        "it is the default in capitals": [{ adminUsername: "Admin" }, /"Admin", the default/],
        "nothing is said": [{ adminUsername: undefined }, /"admin", the default/],
      },
      undecided: { "it is not known": [{ adminUsername: UNKNOWN }, /adminUsername/] },
    },
  ),
);

const ssl = (value: unknown) => ({
  configParameters: [
    { parameterKey: "datestyle", parameterValue: "ISO" },
    { parameterKey: "require_ssl", parameterValue: value },
  ],
});

table(
  redshiftserverlessRequireSsl,
  variants(WORKGROUP, ssl("true"), {
    passes: {
      "an element beside it is none": {
        configParameters: [null, { parameterKey: "require_ssl", parameterValue: "true" }],
      },
    },
    refuses: {
      "it is off": [ssl("false"), /is "false"; "true" is needed/],
      "its value is none": [ssl(null), /is missing; "true" is needed/],
      "an element is none": [
        { configParameters: [null, { parameterKey: "require_ssl", parameterValue: "false" }] },
        /is "false"; "true" is needed/,
      ],
      "it is not among the parameters": [
        { configParameters: [{ parameterKey: "datestyle", parameterValue: "ISO" }] },
        /is missing; "true" is needed/,
      ],
      "nothing is said": [{ configParameters: undefined }, /is missing; "true" is needed/],
    },
    undecided: {
      "its value is not known": [ssl(UNKNOWN), /parameterValue/],
      "the parameters are not known": [{ configParameters: UNKNOWN }, /configParameters/],
    },
  }),
);

table(
  redshiftserverlessEnhancedVpcRouting,
  variants(
    WORKGROUP,
    { enhancedVpcRouting: true },
    {
      refuses: {
        "it is off": [{ enhancedVpcRouting: false }, /is false; true is needed/],
        "nothing is said": [{ enhancedVpcRouting: undefined }, /is missing; true is needed/],
      },
      undecided: { "it is not known": [{ enhancedVpcRouting: UNKNOWN }, /enhancedVpcRouting/] },
    },
  ),
);

table(
  redshiftserverlessMaxCapacity,
  variants(
    WORKGROUP,
    { maxCapacity: 16 },
    {
      passes: { "it is at the bound": { maxCapacity: 128 } },
      refuses: {
        "there is none": [{ maxCapacity: undefined }, /is missing; at most 128/],
        "it is above the bound": [{ maxCapacity: 136 }, /is 136; at most 128/],
      },
      undecided: { "it is not known": [{ maxCapacity: UNKNOWN }, /maxCapacity/] },
      configured: {
        "the stack's own bound is lower": [{}, { highest: 8 }, /is 16; at most 8/],
        "the stack's own bound is higher": [{ maxCapacity: 512 }, { highest: 512 }, undefined],
      },
    },
  ),
);

const subnet = (zone: unknown, name = String(zone)) =>
  resource(SUBNET, name, { availabilityZone: zone, id: UNKNOWN });
const [a, b, c, otherA] = [
  subnet("us-east-1a"),
  subnet("us-east-1b"),
  subnet("us-east-1c"),
  subnet("us-east-1a", "other-a"),
];
const nowhere = subnet(UNKNOWN, "nowhere");

/** A workgroup in subnets of which no id is known yet. */
function inSubnets(subnets: readonly PolicyResource[], props: Record<string, unknown> = {}) {
  return [
    ...subnets,
    resource(
      WORKGROUP,
      "workgroup",
      { subnetIds: subnets.map(() => UNKNOWN), ...props },
      { subnetIds: [...subnets] },
    ),
  ];
}

const deployedSubnets = (...zones: string[]) =>
  zones.map((zone, i) =>
    resource(SUBNET, `deployed-${i}`, { id: `subnet-${i}`, availabilityZone: zone }),
  );
const deployed = (...zones: string[]) => [
  ...deployedSubnets(...zones),
  resource(WORKGROUP, "workgroup", {
    subnetIds: zones.map((_, i) => `subnet-${i}`),
    enhancedVpcRouting: false,
  }),
];

table(redshiftserverlessSubnets, [
  { when: "three subnets are in three zones (first preview)", resources: inSubnets([a, b, c]) },
  { when: "two subnets are in two zones (first preview)", resources: inSubnets([a, b]) },
  {
    when: "two subnets are in two zones (ids known)",
    resources: deployed("us-east-1a", "us-east-1b"),
  },
  {
    when: "three are in three zones with enhanced routing",
    resources: inSubnets([a, b, c], { enhancedVpcRouting: true }),
  },
  {
    when: "the list itself is not known and was computed from one subnet",
    resources: inSubnets([a], { subnetIds: UNKNOWN }),
    violations: [["workgroup", /has 1 subnets; at least 2/]],
  },
  {
    when: "there is one subnet",
    resources: inSubnets([a]),
    violations: [["workgroup", /has 1 subnets; at least 2 are needed\./]],
  },
  {
    when: "no subnet is named",
    resources: inSubnets([], { subnetIds: undefined }),
  },
  {
    when: "no subnet is named and they have to be",
    resources: inSubnets([], { subnetIds: undefined }),
    configuration: { named: true },
    violations: [["workgroup", /has 0 subnets; at least 2/]],
  },
  {
    when: "two subnets are in one zone (first preview)",
    resources: inSubnets([a, otherA]),
    violations: [["workgroup", /are in us-east-1a; at least 2 zones/]],
  },
  {
    when: "two subnets are in one zone (ids known)",
    resources: deployed("us-east-1a", "us-east-1a"),
    violations: [["workgroup", /are in us-east-1a; at least 2 zones/]],
  },
  {
    when: "there are two subnets with enhanced routing",
    resources: inSubnets([a, b], { enhancedVpcRouting: true }),
    violations: [["workgroup", /has 2 subnets; at least 3 are needed with enhanced VPC routing/]],
  },
  {
    when: "three are in two zones with enhanced routing",
    resources: inSubnets([a, b, otherA], { enhancedVpcRouting: true }),
    violations: [["workgroup", /are in us-east-1a, us-east-1b; at least 3 zones/]],
  },
  {
    when: "enhanced routing is not known, as it is where the provider computes it",
    resources: inSubnets([a, b], { enhancedVpcRouting: UNKNOWN }),
  },
  {
    when: "a zone is not known",
    resources: inSubnets([a, nowhere]),
    notChecked: /zones of the subnets of workgroup/,
  },
  {
    when: "the subnets are not of the stack",
    resources: [resource(WORKGROUP, "workgroup", { subnetIds: ["subnet-1", "subnet-2"] })],
    notSeen: /zones of the subnets of workgroup/,
  },
  {
    when: "the list is not known and comes out of a component",
    resources: inSubnets([a, b, c], { subnetIds: UNKNOWN }),
    notChecked: /subnets of workgroup are not known/,
  },
  { when: "a resource has another type", resources: [resource(NAMESPACE, "n", { subnetIds: [] })] },
]);

const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const copy = resource(ROLE, "copy", { arn: UNKNOWN });
const unload = resource(ROLE, "unload", { arn: UNKNOWN });

function withRoles(
  byDefault: readonly PolicyResource[],
  listed: readonly PolicyResource[],
  props: Record<string, unknown> = {},
) {
  return [
    copy,
    unload,
    resource(
      NAMESPACE,
      "namespace",
      { defaultIamRoleArn: UNKNOWN, iamRoles: listed.map(() => UNKNOWN), ...props },
      { defaultIamRoleArn: [...byDefault], iamRoles: [...listed] },
    ),
  ];
}

const knownRoles = (byDefault: string | undefined, ...listed: string[]) => [
  resource(NAMESPACE, "namespace", { defaultIamRoleArn: byDefault, iamRoles: listed }),
];

table(redshiftserverlessDefaultRoleListed, [
  { when: "the role is listed (first preview)", resources: withRoles([copy], [copy, unload]) },
  { when: "the role is listed (ARNs known)", resources: knownRoles(arn("copy"), arn("copy")) },
  { when: "there is no default role", resources: knownRoles(undefined, arn("copy")) },
  {
    when: "the provider computes that there is no default role",
    resources: withRoles([], [copy]),
  },
  {
    when: "another role is listed (first preview)",
    resources: withRoles([copy], [unload]),
    violations: [
      ["namespace", /default role of the namespace namespace is not among its iamRoles/],
    ],
  },
  {
    when: "another role is listed (ARNs known)",
    resources: knownRoles(arn("copy"), arn("unload")),
    violations: [["namespace", /not among its iamRoles/]],
  },
  {
    when: "no role is listed (first preview)",
    resources: withRoles([copy], [], { iamRoles: undefined }),
    violations: [["namespace", /not among its iamRoles/]],
  },
  {
    when: "no role is listed (ARNs known)",
    resources: knownRoles(arn("copy")),
    violations: [["namespace", /not among its iamRoles/]],
  },
  {
    when: "the list was computed from more roles than it has",
    resources: withRoles([copy], [copy, unload], { iamRoles: UNKNOWN }),
    notChecked: /roles of namespace/,
  },
  {
    when: "a resource has another type",
    resources: [resource(WORKGROUP, "w", { defaultIamRoleArn: "x" })],
  },
]);

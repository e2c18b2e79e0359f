import { iamDocumentSizes } from "../../../policy/rules/iam/iam-document-sizes";
import { UNKNOWN, resource, table } from "../graph";

const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/policy:Policy";

/** A document of so many characters, white space aside. */
function document(characters: number, space = ""): string {
  const empty = JSON.stringify({ Statement: [{ Sid: "" }] }).length;
  const Sid = "a".repeat(characters - empty);
  return JSON.stringify({ Statement: [{ Sid }] }, undefined, space);
}

const role = (props: object = {}) =>
  resource(ROLE, "role", { id: "role", name: "role", assumeRolePolicy: document(100), ...props });
const inline = (name: string, characters: number, of: unknown = "role", space = "") =>
  resource("aws:iam/rolePolicy:RolePolicy", name, {
    role: of,
    policy: document(characters, space),
  });
const attached = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", `attachment-${n}`, {
      role: "role",
      policyArn: `arn:aws:iam::aws:policy/p${n}`,
    }),
  );

table(iamDocumentSizes, [
  { when: "a role has no policy", resources: [role()] },
  {
    when: "the trust policy is at its bound",
    resources: [role({ assumeRolePolicy: document(2048) })],
  },
  {
    when: "the trust policy is above it",
    resources: [role({ assumeRolePolicy: document(2049) })],
    violations: [["role", /trust policy of role come to 2049; IAM takes 2048/]],
  },
  {
    when: "the account takes a longer one",
    resources: [role({ assumeRolePolicy: document(4096) })],
    configuration: { trustCharacters: 4096 },
  },
  {
    when: "white space makes it long",
    resources: [role({ assumeRolePolicy: document(2048, "          ") })],
  },
  {
    when: "inline policies are at the bound together",
    resources: [role(), inline("a", 5000), inline("b", 5240)],
  },
  {
    when: "inline policies are above it together",
    resources: [role(), inline("a", 5000), inline("b", 5241)],
    violations: [["role", /inline policies of role come to 10241; IAM takes 10240/]],
  },
  {
    when: "those within the role count as well",
    resources: [
      role({ inlinePolicies: [{ name: "x", policy: document(9000) }] }),
      inline("a", 2000),
    ],
    violations: [["role", /come to 11000/]],
  },
  {
    when: "another role has the other half",
    resources: [role(), inline("a", 6000), inline("b", 6000, "other")],
  },
  {
    when: "a managed policy is at its bound",
    resources: [resource(POLICY, "managed", { policy: document(6144) })],
  },
  {
    when: "a managed policy is above it",
    resources: [resource(POLICY, "managed", { policy: document(6145) })],
    violations: [["managed", /policy of managed come to 6145; IAM takes 6144/]],
  },
  { when: "ten policies are attached", resources: [role(), ...attached(10)] },
  {
    when: "eleven are",
    resources: [role(), ...attached(11)],
    violations: [["role", /attached policies of role come to 11; IAM takes 10/]],
  },
  {
    when: "the account takes more",
    resources: [role(), ...attached(11)],
    configuration: { attachedPolicies: 20 },
  },
  {
    when: "some are named within the role",
    resources: [role({ managedPolicyArns: ["arn:aws:iam::aws:policy/x"] }), ...attached(10)],
    violations: [["role", /come to 11/]],
  },
  { when: "a policy is missing", resources: [resource(POLICY, "managed", {})] },
  {
    when: "a policy is not known yet, and the trust is too long",
    resources: [
      role({ assumeRolePolicy: document(3000) }),
      resource("aws:iam/rolePolicy:RolePolicy", "a", { role: "role", policy: UNKNOWN }),
    ],
    violations: [["role", /trust policy/]],
    notChecked: /policy/,
  },
  { when: "it is no JSON", resources: [resource(POLICY, "managed", { policy: "x".repeat(9000) })] },
]);

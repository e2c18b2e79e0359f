import { PolicyResource } from "@pulumi/policy";

import { Case, UNKNOWN, resource } from "../graph";

export const ROLE = "aws:iam/role:Role";
export const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";

export type Statement = Record<string, unknown>;

/** A statement that no rule has anything to say about. */
export const ALLOW: Statement = {
  Sid: "Read",
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::data/files/*",
};

/** A document as JSON text. */
export function text(...Statement: Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

/** A role policy of statements. */
export function holder(...statements: Statement[]): PolicyResource {
  return resource(ROLE_POLICY, "reader", { policy: text(...statements) });
}

/** A case of a role policy with one statement: the usual one with changes. */
export function statement(when: string, change: Statement, ...messages: readonly RegExp[]): Case {
  return {
    when,
    resources: [holder({ ...ALLOW, ...change })],
    violations: messages.map((message) => ["reader", message] as const),
  };
}

/**
 * Cases of each place that a document can be in, and of documents that are missing, unknown or none.
 *
 * @param bad a change of the statement that breaks the rule once
 * @param message what the rule then says
 * @param types types and properties, beside a role's inline policies, that the rule looks at
 */
export function places(
  bad: Statement,
  message: RegExp,
  types: readonly (readonly [string, string])[] = [
    ["aws:iam/policy:Policy", "policy"],
    [ROLE_POLICY, "policy"],
    ["aws:iam/groupPolicy:GroupPolicy", "policy"],
    ["aws:iam/userPolicy:UserPolicy", "policy"],
    ["aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy", "inlinePolicy"],
  ],
): Case[] {
  const broken = { ...ALLOW, ...bad };
  const refused = { violations: [["reader", message]] } as const;
  const role = (...inlinePolicies: unknown[]) => resource(ROLE, "reader", { inlinePolicies });
  return [
    ...types.flatMap(([type, property]): Case[] => [
      {
        when: `it is in ${type}`,
        resources: [resource(type, "reader", { [property]: text(broken) })],
        ...refused,
      },
      { when: `${type} has no document`, resources: [resource(type, "reader", {})] },
      {
        when: `the document of ${type} is not known yet`,
        resources: [resource(type, "reader", { [property]: UNKNOWN })],
        notChecked: new RegExp(`of reader: .*${property}`),
      },
    ]),
    {
      when: "it is in an inline policy of a role",
      resources: [role({ name: "read", policy: text(broken) })],
      violations: [
        ["reader", new RegExp(`in the inline policy read of reader.*${message.source}`)],
      ],
    },
    {
      when: "one inline policy is not known yet and the next breaks it",
      resources: [role({ name: "a", policy: UNKNOWN }, { policy: text(broken) })],
      violations: [["reader", new RegExp(`in the inline policy 2 of reader`)]],
      notChecked: /inlinePolicies/,
    },
    {
      when: "the inline policies are not known yet",
      resources: [resource(ROLE, "reader", { inlinePolicies: UNKNOWN })],
      notChecked: /inlinePolicies/,
    },
    { when: "a role is cleared of inline policies", resources: [role({})] },
    {
      when: "the document is an object with one statement",
      resources: [resource(ROLE_POLICY, "reader", { policy: { Statement: broken } })],
      ...refused,
    },
    {
      when: "one statement of an object is not known yet and another breaks it",
      resources: [
        resource(ROLE_POLICY, "reader", {
          policy: {
            Statement: [{ Effect: UNKNOWN, Action: UNKNOWN, Resource: UNKNOWN }, broken],
          },
        }),
      ],
      ...refused,
      notChecked: /Effect|Action|Resource/,
    },
    {
      when: "the second statement is bad and has no name",
      resources: [holder(ALLOW, { ...broken, Sid: undefined })],
      violations: [["reader", /^Statement 2 in the policy of reader/]],
    },
    {
      when: "the document is no JSON",
      resources: [resource(ROLE_POLICY, "reader", { policy: "{" })],
      violations: [["reader", /policy of reader is no JSON policy document/]],
    },
    {
      when: "the document is a list",
      resources: [resource(ROLE_POLICY, "reader", { policy: "[]" })],
      violations: [["reader", /policy of reader is no JSON policy document/]],
    },
    {
      when: "another type has it",
      resources: [resource("aws:ecr/repositoryPolicy:RepositoryPolicy", "x", { policy: "{" })],
    },
  ];
}

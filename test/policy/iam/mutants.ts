import { Mutant, RecordedResource, find } from "../mutant";

const ROLE = "aws:iam/role:Role";
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";

interface Document {
  Statement: (Record<string, unknown> & { Sid?: string })[];
}

/** Changes a document that is JSON text. */
function edit(
  resources: readonly RecordedResource[],
  [type, name, property]: readonly [string, string, string],
  change: (document: Document) => void,
): void {
  const { props } = find(resources, type, name);
  const text = props[property] as string;
  try {
    const document = JSON.parse(text) as Document;
    change(document);
    props[property] = JSON.stringify(document);
  } catch (error) {
    // At the first preview the document is not known yet, and stays so.
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
  }
}

const MOVIE_LIST = [ROLE_POLICY, "execution-movie-list", "policy"] as const;
const TRUST = [ROLE, "execution-role", "assumeRolePolicy"] as const;

const TAGS = {
  Environment: "mwaa-analytics-prod",
  ManagedBy: "Pulumi",
  Project: "mwaa-analytics",
  Stack: "prod",
};

/** A mutant of one statement of a document. */
const statement = (
  rule: string,
  what: string,
  where: readonly [string, string, string],
  sid: string,
  change: Record<string, unknown>,
): Mutant => ({
  rule,
  what,
  mutate: (resources) =>
    edit(resources, where, ({ Statement }) => {
      const found = Statement.find(({ Sid }) => Sid === sid);
      if (found === undefined) {
        throw new Error(`no statement ${sid}`);
      }
      Object.assign(found, change);
    }),
  resource: where[1],
});

/** A mutant with one statement more. */
const added = (
  rule: string,
  what: string,
  change: Record<string, unknown>,
  alsoBreaks?: readonly string[],
): Mutant => ({
  rule,
  what,
  mutate: (resources) =>
    edit(resources, MOVIE_LIST, ({ Statement }) => {
      Statement.push({ Sid: "Mutant", Effect: "Allow", ...change });
    }),
  resource: MOVIE_LIST[1],
  alsoBreaks,
});

/** A mutant with one resource more. */
const another = (
  rule: string,
  what: string,
  type: string,
  props: Record<string, unknown>,
): Mutant => ({
  rule,
  what,
  mutate: (resources) => [
    ...resources,
    { type, name: "mutant", props, propertyDependencies: {}, protect: false },
  ],
  resource: "mutant",
});

export const mutants: readonly Mutant[] = [
  statement("iam-known-actions", "an action with a slip of the pen", MOVIE_LIST, "FindData", {
    Action: "s3:ListBuckets",
  }),
  statement(
    "iam-known-actions",
    "a denial of nothing",
    ["aws:s3/bucketPolicy:BucketPolicy", "data-policy", "policy"],
    "TlsOnly",
    {
      Action: ["s3:*", "s3:ReadObject"],
    },
  ),
  statement("iam-known-actions", "a statement without an effect", MOVIE_LIST, "FindData", {
    Effect: undefined,
  }),
  statement("iam-no-action-wildcard", "all that reads a bucket", MOVIE_LIST, "FindData", {
    Action: "s3:GetBucket*",
  }),
  statement("iam-no-resource-wildcard", "every bucket's objects", MOVIE_LIST, "ReadAndWriteData", {
    Resource: "*",
  }),
  statement("iam-no-resource-wildcard", "all of Glue in the account", MOVIE_LIST, "UseTables", {
    Resource: "arn:aws:glue:us-east-1:123456789012:*",
  }),
  statement(
    "iam-no-not-action",
    "all that one may do with a bucket but delete it",
    MOVIE_LIST,
    "FindData",
    {
      Action: undefined,
      // What is left would be a way to pass a role.
      NotAction: ["s3:DeleteBucket", "iam:PassRole"],
    },
  ),
  statement(
    "iam-no-not-action",
    "every bucket's objects but one's",
    MOVIE_LIST,
    "ReadAndWriteData",
    {
      Resource: undefined,
      NotResource: "arn:aws:s3:::secret/*",
    },
  ),
  added("iam-pass-role", "a role passed to any service", {
    Action: "iam:PassRole",
    Resource: "arn:aws:iam::123456789012:role/emr",
  }),
  added(
    "iam-pass-role",
    "any role passed to EMR",
    {
      Action: "iam:PassRole",
      Resource: "*",
      Condition: { StringEquals: { "iam:PassedToService": "elasticmapreduce.amazonaws.com" } },
    },
    // A role is a resource too.
    ["iam-no-resource-wildcard"],
  ),
  statement(
    "iam-trust-source",
    "a trust for any account's environment",
    TRUST,
    "AssumedByService",
    {
      Condition: undefined,
    },
  ),
  statement(
    "iam-trust-source",
    "a COPY role for any account's cluster",
    [ROLE, "redshift-copy-role", "assumeRolePolicy"],
    "AssumedByRedshift",
    { Condition: undefined },
  ),
  {
    ...statement("iam-no-trust-wildcard", "a role for everybody", TRUST, "AssumedByService", {
      Principal: { AWS: "*", Service: ["airflow.amazonaws.com", "airflow-env.amazonaws.com"] },
      Condition: undefined,
    }),
    // Without a condition the services come for any account as well.
    alsoBreaks: ["iam-trust-source"],
  },
  {
    ...statement(
      "iam-no-trust-wildcard",
      "a role for a role of whatever account",
      TRUST,
      "AssumedByService",
      { Principal: { AWS: "arn:aws:iam::*:role/etl" }, Condition: undefined },
    ),
    // MWAA itself is no longer trusted.
    alsoBreaks: ["mwaa-execution-role-trust"],
  },
  ...(
    [
      ["a build of anybody's", undefined],
      ["a build of whoever has such a branch", "repo:*:ref:refs/heads/main"],
      ["a build of whoever has such an environment", "environment:production"],
    ] as const
  ).map(([what, sub]) =>
    another("iam-oidc-subject", what, ROLE, {
      name: "build",
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Principal: {
            Federated:
              "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
          },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringLike: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": sub,
            },
          },
        },
      }),
      tags: TAGS,
    }),
  ),
  another("iam-no-user", "a user for the build", "aws:iam/user:User", {
    name: "ci",
    tags: TAGS,
  }),
  another(
    "iam-no-managed-full-access",
    "an administrator",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    { role: "mwaa", policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
  ),
  {
    rule: "iam-no-managed-full-access",
    what: "all of S3 for the COPY role",
    mutate: (resources) => {
      find(resources, ROLE, "redshift-copy-role").props.managedPolicyArns = [
        "arn:aws:iam::aws:policy/AmazonS3FullAccess",
      ];
    },
    resource: "redshift-copy-role",
  },
  {
    rule: "iam-no-inline-secret",
    what: "an access key in a role's description",
    mutate: (resources) => {
      find(resources, ROLE, "execution-role").props.description = `ci ${"AKIA"}${"ABCD".repeat(4)}`;
    },
    resource: "execution-role",
  },
  {
    rule: "iam-document-sizes",
    what: "an inline policy that is too long for its role",
    mutate: (resources) => {
      const { props } = find(resources, ROLE, "execution-role");
      props.inlinePolicies = [
        { name: "long", policy: JSON.stringify({ Statement: [], Id: "a".repeat(10_000) }) },
      ];
    },
    resource: "execution-role",
  },
  {
    rule: "iam-document-sizes",
    what: "a trust policy of more than 2,048 characters",
    mutate: (resources) =>
      edit(resources, [ROLE, "execution-role", "assumeRolePolicy"], ({ Statement }) => {
        Statement[0].Sid = "a".repeat(2_048);
      }),
    resource: "execution-role",
  },
];

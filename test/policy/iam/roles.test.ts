import assert from "node:assert/strict";

import { iamNoInlineSecret } from "../../../policy/rules/iam/iam-no-inline-secret";
import { iamNoManagedFullAccess } from "../../../policy/rules/iam/iam-no-managed-full-access";
import { iamNoTrustWildcard } from "../../../policy/rules/iam/iam-no-trust-wildcard";
import { iamNoUser } from "../../../policy/rules/iam/iam-no-user";
import { iamOidcSubject } from "../../../policy/rules/iam/iam-oidc-subject";
import { iamTrustSource } from "../../../policy/rules/iam/iam-trust-source";
import { evaluate } from "../../../policy/evaluate";
import { Case, UNKNOWN, resource, table } from "../graph";
import { ALLOW, ROLE, ROLE_POLICY, text } from "./policies";

const TRUST = {
  Effect: "Allow",
  Principal: { Service: "states.amazonaws.com" },
  Action: "sts:AssumeRole",
};
const role = (...statements: Record<string, unknown>[]) =>
  resource(ROLE, "role", {
    assumeRolePolicy: text(...statements.map((one) => ({ ...TRUST, ...one }))),
  });
const trust = (when: string, change: Record<string, unknown>, ...messages: RegExp[]): Case => ({
  when,
  resources: [role(change)],
  violations: messages.map((message) => ["role", message] as const),
});
const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
});
const unclear: readonly Case[] = [
  {
    when: "the trust is not known yet",
    resources: [resource(ROLE, "role", { assumeRolePolicy: UNKNOWN })],
    notChecked: /assumeRolePolicy/,
  },
  {
    when: "the trust is no JSON",
    resources: [resource(ROLE, "role", { assumeRolePolicy: "{" })],
    violations: [["role", /assumeRolePolicy of role is no JSON policy document/]],
  },
  { when: "there is no trust", resources: [resource(ROLE, "role", {})] },
];

const GITHUB = "token.actions.githubusercontent.com";
const provider = (issuer: string) => `arn:aws:iam::123456789012:oidc-provider/${issuer}`;
const build = (when: string, change: Record<string, unknown>, ...messages: RegExp[]): Case =>
  trust(
    when,
    {
      Principal: { Federated: provider(GITHUB) },
      Action: "sts:AssumeRoleWithWebIdentity",
      ...change,
    },
    ...messages,
  );
const subject = (value: unknown, operator = "StringLike") => when(operator, `${GITHUB}:sub`, value);

table(iamOidcSubject, [
  build("the subject is fixed", subject("repo:team/stack:environment:prod", "StringEquals")),
  build("the branch is left open", subject("repo:team/stack:*")),
  build("the repository is left open", subject("repo:team/*")),
  build("the key has capitals", when("StringEquals", `${GITHUB.toUpperCase()}:SUB`, "repo:a/b:c")),
  build("each of several subjects is fixed", subject(["repo:team/a:*", "repo:team/b:*"])),
  build("one of two conditions fixes it", {
    Condition: {
      StringLike: { [`${GITHUB}:sub`]: "*:environment:prod" },
      StringEquals: { [`${GITHUB}:sub`]: "repo:team/stack:environment:prod" },
    },
  }),
  build("the provider is kept out", { Effect: "Deny" }),
  build("the provider is the company's own", {
    Principal: { Federated: provider("login.example.com") },
  }),
  build("the provider is one for SAML", {
    Principal: { Federated: "arn:aws:iam::123456789012:saml-provider/sso" },
  }),
  trust("a service is trusted", {}),
  build("there is no condition", {}, /lets every token of token\.actions\.githubusercontent\.com/),
  build(
    "only the audience is fixed",
    when("StringEquals", `${GITHUB}:aud`, "sts.amazonaws.com"),
    /a condition that fixes token\.actions\.githubusercontent\.com:sub is needed/,
  ),
  build(
    "the subject is another issuer's",
    when("StringEquals", "gitlab.com:sub", "project_path:team/stack"),
    /lets every token/,
  ),
  build("every subject will do", subject("*"), /takes the .*:sub "\*", whoever owns it/),
  build("every repository will do", subject("repo:*"), /"repo:\*"/),
  build("an owner's name is open at its end", subject("repo:team*"), /"repo:team\*"/),
  build("an owner's name has a question mark", subject("repo:tea?/stack:*"), /"repo:tea\?/),
  build(
    "any repository's environment will do",
    subject("repo:*/stack:environment:prod"),
    /owner without a wildcard/,
  ),
  ...[
    "environment:production",
    "ref:refs/heads/main",
    "actor:octocat",
    "actor:octocat:environment:production",
    "workflow:deploy:repository_owner:team",
    "environment:*:repository_owner:team",
    "repository_owner:team*",
    "repository_visibility:private",
    "pull_request",
  ].map((sub) =>
    build(`the subject is ${sub}`, subject(sub), /whoever owns it.*"repo:organization\/repository/),
  ),
  ...[
    "repository_owner:team",
    "repository_owner:team:environment:production",
    "repository_owner_id:1234567:*",
    "repository_id:987654321:ref:refs/heads/main",
    "environment:production:repository_owner:team",
    "job_workflow_ref:team/workflows/.github/workflows/deploy.yml@refs/heads/main",
    "repo:team@1234/stack@5678:environment:production",
  ].map((sub) => build(`the subject is ${sub}`, subject(sub))),
  ...[
    ["gitlab.com", "ref_type:branch:ref:main", /"ref_type:branch:ref:main".*"project_path:group\//],
    ["gitlab.com", "project_path:team*", /whoever owns it/],
    ["gitlab.com", "environment:production:project_path:team/stack", /whoever owns it/],
    ["gitlab.com", "project_path:team/stack:ref_type:branch:ref:main", undefined],
    ["gitlab.com", "project_path:team/*", undefined],
    ["app.terraform.io", "workspace:production:run_phase:apply", /"organization:name:/],
    ["app.terraform.io", "organization:team:project:data:workspace:*", undefined],
  ].map(([issuer, sub, message]) =>
    build(
      `${String(issuer)}'s subject is ${String(sub)}`,
      {
        Principal: { Federated: provider(issuer as string) },
        ...when("StringLike", `${String(issuer)}:sub`, sub),
      },
      ...(message === undefined ? [] : [message as RegExp]),
    ),
  ),
  build("the statement says no effect", { Effect: undefined }, /lets every token/),
  build("the condition is none", { Condition: null }, /lets every token/),
  build("one of several subjects is open", subject(["repo:team/a:*", "repo:*"]), /"repo:\*"/),
  build(
    "a token without a subject passes",
    subject("repo:team/stack:*", "StringLikeIfExists"),
    /lets every token/,
  ),
  build(
    "no value is a value as well",
    subject("repo:team/stack:*", "ForAllValues:StringLike"),
    /lets every token/,
  ),
  build("the subject is kept out", subject("repo:team/*", "StringNotLike"), /lets every token/),
  build(
    "one of two providers has none",
    {
      Principal: { Federated: [provider(GITHUB), provider("gitlab.com")] },
      ...subject("repo:team/stack:*"),
    },
    /lets every token of gitlab\.com/,
  ),
  {
    when: "the issuer is one that the stack names",
    resources: [
      role({ Principal: { Federated: provider("oidc.example.com") }, Condition: undefined }),
    ],
    configuration: { issuers: ["oidc.example.com"] },
    violations: [["role", /lets every token of oidc\.example\.com/]],
  },
  ...unclear,
  {
    when: "a resource has another type",
    resources: [resource(ROLE_POLICY, "policy", { assumeRolePolicy: text(TRUST) })],
  },
]);

table(iamTrustSource, [
  trust("the account is fixed", when("StringEquals", "aws:SourceAccount", "123456789012")),
  trust("a list of accounts is", when("StringEquals", "AWS:sourceaccount", ["123456789012"])),
  trust(
    "the resource is fixed",
    when("ArnLike", "aws:SourceArn", "arn:aws:states:*:123456789012:stateMachine:*"),
  ),
  trust("the organization is fixed", when("StringEquals", "aws:SourceOrgID", "o-abcdefghij")),
  trust("an account is trusted, no service", { Principal: { AWS: "123456789012" } }),
  trust("a service is kept out", { Effect: "Deny" }),
  trust("EC2 does not send a source", { Principal: { Service: "ec2.amazonaws.com" } }),
  ...["glue", "lambda", "redshift", "redshift-serverless"].map((service) =>
    trust(
      `${service} need not`,
      { Principal: { Service: `${service}.amazonaws.com` } },
      /for any account/,
    ),
  ),
  trust("EC2 is China's", { Principal: { Service: "ec2.amazonaws.com.cn" } }),
  trust("the statement says no effect", { Effect: undefined }, /for any account/),
  trust("the effect is in small letters", { Effect: "allow" }, /for any account/),
  trust("nothing is said of the source", {}, /lets states\.amazonaws\.com assume the role for any/),
  trust(
    "the service is a region's",
    { Principal: { Service: "states.us-east-1.amazonaws.com" } },
    /states/,
  ),
  trust(
    "one of two services sends it",
    { Principal: { Service: ["ec2.amazonaws.com", "airflow.amazonaws.com"] } },
    /lets airflow\.amazonaws\.com assume/,
  ),
  trust("any account is fine", when("StringLike", "aws:SourceAccount", "*"), /for any account/),
  trust(
    "the resource is of any account",
    when("ArnLike", "aws:SourceArn", "arn:aws:states:*:*:stateMachine:*"),
    /for any account/,
  ),
  trust(
    "the account is fixed where it is sent",
    when("StringEqualsIfExists", "aws:SourceAccount", "123456789012"),
  ),
  trust(
    "the resource is fixed where it is sent",
    when("ArnLikeIfExists", "aws:SourceArn", "arn:aws:glue:*:123456789012:*"),
  ),
  trust(
    "any account is fine where it is sent",
    when("StringLikeIfExists", "aws:SourceAccount", "*"),
    /for any account/,
  ),
  trust(
    "all accounts but one are fine where it is sent",
    when("StringNotEqualsIfExists", "aws:SourceAccount", "123456789012"),
    /for any account/,
  ),
  trust(
    "all accounts but one are fine",
    when("StringNotEquals", "aws:SourceAccount", "123456789012"),
    /for any account/,
  ),
  trust(
    "the condition is on something else",
    when("StringEquals", "aws:PrincipalAccount", "123456789012"),
    /for any account/,
  ),
  {
    when: "the second statement says nothing",
    resources: [role(when("StringEquals", "aws:SourceAccount", "123456789012"), { Sid: "Second" })],
    violations: [["role", /^Statement Second in the assumeRolePolicy of role/]],
  },
  {
    when: "the parameter names the service",
    resources: [role({})],
    configuration: { withoutSource: ["states.amazonaws.com"] },
  },
  {
    when: "the parameter no longer names EC2",
    resources: [role({ Principal: { Service: "ec2.amazonaws.com" } })],
    configuration: { withoutSource: [] },
    violations: [["role", /ec2\.amazonaws\.com/]],
  },
  ...unclear,
]);

table(iamNoTrustWildcard, [
  trust("a service is trusted", {}),
  trust("an account is", { Principal: { AWS: "arn:aws:iam::123456789012:root" } }),
  trust("everybody of an organization is", {
    Principal: "*",
    ...when("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij"),
  }),
  trust("everybody is kept out", { Effect: "Deny", Principal: "*" }),
  trust("everybody is trusted", { Principal: "*" }, /admits the principal "\*" to the role/),
  trust(
    "a role of whatever account is",
    { Principal: { AWS: "arn:aws:iam::*:role/etl" } },
    /admits the principal .*\*:role\/etl.* to the role/,
  ),
  trust("every account is", { Principal: { AWS: ["123456789012", "*"] } }, /to the role/),
  trust("any service is", { Principal: { Service: "*" } }, /to the role/),
  trust(
    "everybody but one is",
    { Principal: undefined, NotPrincipal: { AWS: "123456789012" } },
    /everybody but/,
  ),
  trust(
    "everybody with an external id is",
    { Principal: { AWS: "*" }, ...when("StringEquals", "sts:ExternalId", "team") },
    /to the role/,
  ),
  ...unclear,
  {
    when: "a policy of another type does",
    resources: [
      resource(ROLE_POLICY, "p", { assumeRolePolicy: text({ ...TRUST, Principal: "*" }) }),
    ],
  },
]);

const ATTACHMENT = "aws:iam/policyAttachment:PolicyAttachment";

table(iamNoUser, [
  ...[
    "accessKey:AccessKey",
    "groupMembership:GroupMembership",
    "serviceSpecificCredential:ServiceSpecificCredential",
    "signingCertificate:SigningCertificate",
    "sshKey:SshKey",
    "user:User",
    "userGroupMembership:UserGroupMembership",
    "userLoginProfile:UserLoginProfile",
    "userPoliciesExclusive:UserPoliciesExclusive",
    "userPolicy:UserPolicy",
    "userPolicyAttachment:UserPolicyAttachment",
    "userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
  ].map((type): Case => ({
    when: `there is a ${type}`,
    resources: [resource(`aws:iam/${type}`, "ci", { user: UNKNOWN })],
    violations: [["ci", /ci is .*; a role is needed in its place/]],
  })),
  {
    when: "a policy is attached to a user",
    resources: [resource(ATTACHMENT, "a", { users: ["ci"], roles: ["r"] })],
    violations: [["a", /to ci; attach it to a role/]],
  },
  {
    when: "a policy is attached to a role",
    resources: [resource(ATTACHMENT, "a", { roles: ["r"] })],
  },
  {
    when: "it is not known yet whom a policy is attached to",
    resources: [resource(ATTACHMENT, "a", { users: UNKNOWN })],
    notChecked: /users/,
  },
  { when: "there is a role", resources: [role({})] },
]);

const arn = (policy: string) => `arn:aws:iam::aws:policy/${policy}`;
const attaches = (policyArn: unknown) =>
  resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attachment", { policyArn });

table(iamNoManagedFullAccess, [
  ...[
    "ReadOnlyAccess",
    "service-role/AWSGlueServiceRole",
    "AmazonS3ReadOnlyAccess",
    "AWSLambdaBasicExecutionRole",
  ].map((policy) => ({ when: `${policy} is attached`, resources: [attaches(arn(policy))] })),
  {
    when: "a policy of the account is",
    resources: [attaches("arn:aws:iam::123456789012:policy/AthenaFullAccess")],
  },
  ...[
    "AdministratorAccess",
    "AdministratorAccess-AWSElasticBeanstalk",
    "PowerUserAccess",
    "AmazonS3FullAccess",
    "IAMFullAccess",
    "AWSLambda_FullAccess",
    "AmazonEMRFullAccessPolicy_v2",
    "service-role/AmazonAPIGatewayFullAccess",
  ].map((policy): Case => ({
    when: `${policy} is attached`,
    resources: [attaches(arn(policy))],
    violations: [["attachment", new RegExp(`attaches ${policy.replace(/.*\//, "")}, which`)]],
  })),
  {
    when: "it is the one of another partition",
    resources: [attaches("arn:aws-us-gov:iam::aws:policy/AmazonAthenaFullAccess")],
    violations: [["attachment", /AmazonAthenaFullAccess/]],
  },
  ...(
    [
      [ROLE, "managedPolicyArns", true],
      ["aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "policyArns", true],
      [
        "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
        "policyArns",
        true,
      ],
      ["aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive", "policyArns", true],
      ["aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "policyArn", false],
      ["aws:iam/userPolicyAttachment:UserPolicyAttachment", "policyArn", false],
      [ATTACHMENT, "policyArn", false],
      ["aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment", "managedPolicyArn", false],
    ] as const
  ).flatMap(([type, property, isList]): Case[] => {
    const full = arn("AmazonRedshiftFullAccess");
    return [
      {
        when: `${type} has it`,
        resources: [resource(type, "x", { [property]: isList ? [arn("A"), full] : full })],
        violations: [["x", /AmazonRedshiftFullAccess/]],
      },
      {
        when: `${type} is not known yet`,
        resources: [resource(type, "x", { [property]: UNKNOWN })],
        notChecked: new RegExp(property),
      },
    ];
  }),
  {
    when: "one of a role's is not known yet and another is too wide",
    resources: [resource(ROLE, "x", { managedPolicyArns: [UNKNOWN, arn("AdministratorAccess")] })],
    violations: [["x", /AdministratorAccess/]],
    notChecked: /managedPolicyArns/,
  },
  { when: "a role has none", resources: [role({})] },
  {
    when: "another type names it",
    resources: [
      resource("aws:iam/user:User", "u", { permissionsBoundary: arn("PowerUserAccess") }),
    ],
  },
]);

const KEY = `AKIA${"ABCD".repeat(4)}`;
const described = (description: unknown) =>
  resource(ROLE, "role", { description, assumeRolePolicy: text(TRUST) });
const written = (change: Record<string, unknown>) =>
  resource(ROLE_POLICY, "policy", { policy: text({ ...ALLOW, ...change }) });

table(iamNoInlineSecret, [
  { when: "there is none", resources: [described("Reads results"), written({})] },
  {
    when: "a secret of Secrets Manager is named",
    resources: [
      written({
        Action: "secretsmanager:GetSecretValue",
        Resource:
          "arn:aws:secretsmanager:us-east-1:123456789012:secret:airflow/connections/redshift",
      }),
    ],
  },
  {
    when: "a description has an access key",
    resources: [described(`ci, ${KEY}`)],
    violations: [["role", /description of role holds an AWS access key/]],
  },
  {
    when: "a description has a password",
    resources: [described("user etl, password: hunter2")],
    violations: [["role", /description of role holds a password/]],
  },
  {
    when: "a condition has a password",
    resources: [written(when("StringEquals", "aws:userid", "token=abcdef"))],
    violations: [["policy", /policy of policy holds a password/]],
  },
  {
    when: "a name within the document is a key",
    resources: [written(when("StringEquals", KEY, "x"))],
    violations: [["policy", /holds an AWS access key/]],
  },
  {
    when: "it is there twice",
    resources: [written({ Sid: KEY, Resource: [KEY, KEY] })],
    violations: [["policy", /holds an AWS access key/]],
  },
  {
    when: "the document is no JSON and holds a key",
    resources: [resource(ROLE_POLICY, "policy", { policy: `{ ${KEY}` })],
    violations: [["policy", /holds an AWS access key/]],
  },
  {
    when: "a part of the document is not known yet and another holds a key",
    resources: [
      resource(ROLE_POLICY, "policy", {
        policy: { Statement: [{ Resource: UNKNOWN }, { Sid: KEY }] },
      }),
    ],
    violations: [["policy", /holds an AWS access key/]],
    notChecked: /Resource/,
  },
  {
    when: "the trust holds a key",
    resources: [role(when("StringEquals", "sts:ExternalId", KEY))],
    violations: [["role", /assumeRolePolicy of role holds/]],
  },
  {
    when: "a bucket's policy holds a key",
    resources: [
      resource("aws:s3/bucketPolicy:BucketPolicy", "policy", { policy: text({ Sid: KEY }) }),
    ],
    violations: [["policy", /holds an AWS access key/]],
  },
  {
    when: "the description is not known yet",
    resources: [described(UNKNOWN)],
    notChecked: /description/,
  },
  {
    when: "another type holds a key",
    resources: [resource("aws:ec2/vpc:Vpc", "vpc", { description: KEY })],
  },
]);

describe("iam-no-inline-secret", () => {
  it("does not repeat the secret", () => {
    const { violations } = evaluate(iamNoInlineSecret, [described(`password=${KEY}`)]);
    assert.equal(violations.length, 1);
    assert.ok(!violations[0].message.includes(KEY));
  });
});

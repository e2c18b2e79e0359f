import { PolicyResource } from "@pulumi/policy";

import { stackNamesUnique } from "../../../policy/rules/stack/stack-names-unique";
import { stackNoForeignAccounts } from "../../../policy/rules/stack/stack-no-foreign-accounts";
import { UNKNOWN, resource, table } from "../graph";

const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const ROLE = "aws:iam/role:Role";
const BUCKET = "aws:s3/bucket:Bucket";
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";

const group = (label: string, name: unknown, more: object = {}) =>
  resource(LOG_GROUP, label, { name, ...more });
const role = (label: string, name: string, more: object = {}) =>
  resource(ROLE, label, { name, ...more });
/** A resource that an explicit provider makes. */
const by = (provider: string, one: PolicyResource): PolicyResource => ({
  ...one,
  provider: { type: "pulumi:providers:aws", urn: `urn:${provider}`, name: provider, props: {} },
});

table(stackNamesUnique, [
  { when: "names differ", resources: [group("a", "/x"), group("b", "/y")] },
  {
    when: "two log groups have one name",
    resources: [group("a", "/x"), group("b", "/x")],
    violations: [["b", /b and a are both called "\/x"/]],
  },
  {
    when: "three have",
    resources: [group("a", "/x"), group("b", "/x"), group("c", "/x")],
    violations: [
      ["b", /b and a/],
      ["c", /c and a/],
    ],
  },
  { when: "two types have one name", resources: [group("a", "x"), role("b", "x")] },
  {
    when: "two regions have one name each",
    resources: [
      group("a", "/x", { region: "us-east-1" }),
      group("b", "/x", { region: "eu-west-1" }),
    ],
  },
  {
    when: "two roles differ in capitals only, in two regions",
    resources: [
      role("a", "Deploy", { region: "us-east-1" }),
      role("b", "deploy", { region: "eu-west-1" }),
    ],
    violations: [["b", /both called "deploy"/]],
  },
  { when: "log groups differ in capitals", resources: [group("a", "/X"), group("b", "/x")] },
  {
    when: "two providers have one name each",
    resources: [by("one", role("a", "x")), by("two", role("b", "x"))],
  },
  {
    when: "one provider has it twice",
    resources: [by("one", role("a", "x")), by("one", role("b", "x"))],
    violations: [["b", /both called/]],
  },
  {
    when: "two buckets of both types have one name",
    resources: [
      resource(BUCKET, "a", { bucket: "x" }),
      resource("aws:s3/bucketV2:BucketV2", "b", { bucket: "x" }),
    ],
    violations: [["b", /both called "x"/]],
  },
  {
    when: "names are left out",
    resources: [group("a", undefined), group("b", undefined), group("c", "")],
  },
  { when: "names are not known yet", resources: [group("a", UNKNOWN), group("b", UNKNOWN)] },
  {
    when: "another type may have one name twice",
    resources: ["a", "b"].map((label) => resource("aws:ec2/vpc:Vpc", label, { name: "x" })),
  },
]);

const OWN = resource(BUCKET, "own", { arn: "arn:aws:s3:::own" });
const key = resource("aws:kms/alias:Alias", "key", {
  arn: "arn:aws:kms:us-east-1:123456789012:alias/a",
});
const admits = (AWS: unknown, more: object = {}) =>
  resource(POLICY, "policy", {
    policy: JSON.stringify({
      Statement: [
        {
          Sid: "Share",
          Effect: "Allow",
          Principal: { AWS },
          Action: "s3:GetObject",
          Resource: "*",
          ...more,
        },
      ],
    }),
  });
const OTHER = "arn:aws:iam::210987654321:role/reader";
const said = [
  ["policy", /Statement Share in the policy of policy admits the account 210987654321/],
] as const;

table(stackNoForeignAccounts, [
  {
    when: "the stack's own account is admitted",
    resources: [key, admits("arn:aws:iam::123456789012:root")],
  },
  {
    when: "a role of another account is admitted",
    resources: [key, admits(OTHER)],
    violations: said,
  },
  {
    when: "another account is admitted by its number",
    resources: [key, admits("210987654321")],
    violations: said,
  },
  {
    when: "it is one of a list",
    resources: [key, admits(["arn:aws:iam::123456789012:root", OTHER])],
    violations: said,
  },
  {
    when: "it is listed",
    resources: [key, admits(OTHER)],
    configuration: { accounts: ["210987654321"] },
  },
  { when: "it is denied", resources: [key, admits(OTHER, { Effect: "Deny" })] },
  {
    when: "a service is admitted",
    resources: [key, admits(undefined, { Principal: { Service: "logs.amazonaws.com" } })],
  },
  {
    when: "a role trusts another account",
    resources: [
      key,
      role("policy", "x", {
        assumeRolePolicy: JSON.stringify({
          Statement: {
            Sid: "Share",
            Effect: "Allow",
            Principal: { AWS: OTHER },
            Action: "sts:AssumeRole",
          },
        }),
      }),
    ],
    violations: [
      [
        "policy",
        /Statement Share in the assumeRolePolicy of policy admits the account 210987654321/,
      ],
    ],
  },
  {
    when: "a topic admits it in its own argument",
    resources: [
      key,
      resource("aws:sns/topic:Topic", "policy", {
        policy: {
          Statement: {
            Sid: "Share",
            Effect: "Allow",
            Principal: { AWS: OTHER },
            Action: "sns:Publish",
          },
        },
      }),
    ],
    violations: said,
  },
  { when: "there is no policy", resources: [key, resource(POLICY, "policy", {})] },
  {
    when: "it is no JSON",
    resources: [key, resource(POLICY, "policy", { policy: "{" })],
    violations: [["policy", /no JSON policy document/]],
  },
  {
    when: "no ARN of the stack is known yet",
    resources: [resource(BUCKET, "own", { arn: UNKNOWN }), admits(OTHER)],
    notChecked: /whether 210987654321 is the stack's own account/,
  },
  {
    when: "no ARN of the stack says whose it is",
    resources: [OWN, admits(OTHER)],
    notSeen: /210987654321/,
  },
  {
    when: "the policy is not known yet",
    resources: [key, resource(POLICY, "policy", { policy: UNKNOWN })],
    notChecked: /policy/,
  },
  {
    when: "an inline policy names a role of another account",
    resources: [
      key,
      resource("aws:iam/rolePolicy:RolePolicy", "inline", {
        policy: JSON.stringify({
          Statement: { Effect: "Allow", Principal: { AWS: OTHER }, Action: "s3:*" },
        }),
      }),
    ],
  },
]);

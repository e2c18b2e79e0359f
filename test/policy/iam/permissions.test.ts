import { iamKnownActions } from "../../../policy/rules/iam/iam-known-actions";
import { iamNoActionWildcard } from "../../../policy/rules/iam/iam-no-action-wildcard";
import { iamNoNotAction } from "../../../policy/rules/iam/iam-no-not-action";
import { iamNoResourceWildcard } from "../../../policy/rules/iam/iam-no-resource-wildcard";
import { iamPassRole } from "../../../policy/rules/iam/iam-pass-role";
import { UNKNOWN, resource, table } from "../graph";
import { ALLOW, ROLE, holder, places, statement, text } from "./policies";

const trusting = (change: Record<string, unknown>) =>
  resource(ROLE, "role", {
    assumeRolePolicy: text({
      Effect: "Allow",
      Principal: { Service: "states.amazonaws.com" },
      Action: "sts:AssumeRole",
      ...change,
    }),
  });

table(iamKnownActions, [
  statement("the action exists", {}),
  statement("it is written in other case", { Action: "S3:getobject" }),
  statement("all exist", { Action: ["s3:GetObject", "glue:GetTable", "sts:GetCallerIdentity"] }),
  statement("a wildcard means some", { Action: ["s3:Get*", "ec2:Describe?pcs"] }),
  statement("it is a whole service", { Action: "kms:*" }),
  statement("it is every action", { Action: ["*", "*:*"] }),
  statement(
    "the action does not exist",
    { Action: "s3:GetObjects" },
    /"s3:GetObjects"; s3 has no such/,
  ),
  statement(
    "two of three do not",
    { Action: ["s3:ListBuckets", "s3:GetObject", "athena:StartQuery"] },
    /s3:ListBuckets/,
    /athena:StartQuery/,
  ),
  statement("the service does not exist", { Action: "mwaa:GetEnvironment" }, /no service "mwaa"/),
  statement("the service is a path", { Action: "../s3:GetObject" }, /no service "\.\.\/s3"/),
  statement("a wildcard means none", { Action: "s3:Fetch*" }, /no action of s3 fits it/),
  statement(
    "a wildcard is in the service",
    { Action: "s*:GetObject" },
    /no wildcard in the service/,
  ),
  statement("there is no service", { Action: "GetObject" }, /a service and a name/),
  statement("there is no name", { Action: "s3:" }, /a service and a name/),
  statement("there are two colons", { Action: "s3:Get:Object" }, /a service and a name/),
  statement(
    "it is in a statement that denies",
    { Effect: "Deny", Action: "s3:Nothing" },
    /s3:Nothing/,
  ),
  statement("the statement says no effect", { Effect: undefined }, /has the Effect missing; IAM/),
  statement("the effect is in small letters", { Effect: "allow" }, /has the Effect allow; IAM/),
  statement("the effect is none", { Effect: null }, /has the Effect missing/),
  statement("it is in NotAction", { Action: undefined, NotAction: ["iam:Nothing"] }, /iam:Nothing/),
  { when: "a role trusts with one that exists", resources: [trusting({})] },
  {
    when: "a role trusts with one that does not",
    resources: [trusting({ Action: "sts:AssumeRoles" })],
    violations: [["role", /assumeRolePolicy of role has the action "sts:AssumeRoles"/]],
  },
  {
    when: "the trust is not known yet and an inline policy is wrong",
    resources: [
      resource(ROLE, "role", {
        assumeRolePolicy: UNKNOWN,
        inlinePolicies: [{ name: "p", policy: text({ ...ALLOW, Action: "s3:Nothing" }) }],
      }),
    ],
    violations: [["role", /s3:Nothing/]],
    notChecked: /assumeRolePolicy/,
  },
  ...places({ Action: "s3:Nothing" }, /s3:Nothing/, [
    ["aws:iam/policy:Policy", "policy"],
    ["aws:s3/bucketPolicy:BucketPolicy", "policy"],
    ["aws:kms/key:Key", "policy"],
    ["aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "policyDocument"],
    ["aws:sns/topicPolicy:TopicPolicy", "policy"],
    ["aws:sqs/queuePolicy:QueuePolicy", "policy"],
    ["aws:secretsmanager/secretPolicy:SecretPolicy", "policy"],
    ["aws:ec2/vpcEndpoint:VpcEndpoint", "policy"],
    ["aws:glue/resourcePolicy:ResourcePolicy", "policy"],
  ]),
]);

table(iamNoActionWildcard, [
  statement("actions are named", { Action: ["s3:GetObject", "s3:PutObject"] }),
  statement("every action is allowed", { Action: "*" }, /Statement Read in .* allows \*;/),
  statement("a whole service is", { Action: ["s3:GetObject", "s3:*"] }, /allows s3:\*;/),
  statement("actions of one beginning are", { Action: "s3:Get*" }, /allows s3:Get\*;/),
  statement("a character is left open", { Action: "s3:GetObjec?" }, /allows s3:GetObjec\?;/),
  statement("a wildcard is denied", { Effect: "Deny", Action: "*" }),
  statement("the effect is in small letters", { Effect: "allow", Action: "*" }, /allows \*;/),
  statement("the statement says no effect", { Effect: undefined, Action: "*" }, /allows \*;/),
  {
    when: "a role trusts with a wildcard",
    resources: [trusting({ Action: "sts:*" })],
    violations: [["role", /assumeRolePolicy of role allows sts:\*/]],
  },
  {
    when: "a key's policy allows all, which is the key's own",
    resources: [
      resource("aws:kms/key:Key", "key", { policy: text({ Effect: "Allow", Action: "kms:*" }) }),
    ],
  },
  ...places({ Action: "s3:Get*" }, /allows s3:Get\*/),
]);

table(iamNoResourceWildcard, [
  statement("a resource is named", {}),
  statement("the account of a queue is left open, its name is not", {
    Action: "sqs:SendMessage",
    Resource: "arn:aws:sqs:us-east-1:*:airflow-celery-*",
  }),
  statement("the actions take none", {
    Action: ["s3:ListAllMyBuckets", "logs:DescribeLogGroups", "redshift-data:DescribeStatement"],
    Resource: "*",
  }),
  statement("metrics are published", { Action: "cloudwatch:PutMetricData", Resource: "*" }),
  statement("wildcards mean actions that take none", { Action: "xray:PutTrace*", Resource: "*" }),
  ...[
    "*",
    "**",
    "arn:*",
    "arn:aws:*",
    "arn:aws:s3:::*",
    "arn:aws:s3*:::data",
    "arn:aws:s3:*:*:*/*",
  ].map((Resource) =>
    statement(`it is ${Resource}`, { Resource }, /s3:GetObject \(it takes .*object/),
  ),
  statement(
    "it is one of several",
    { Resource: ["arn:aws:s3:::data/*", "*"] },
    /s3:GetObject .* on "\*"; name resources/,
  ),
  statement(
    "one of the actions takes one",
    { Action: ["logs:DescribeLogGroups", "glue:GetTable"], Resource: "*" },
    /allows glue:GetTable \(it takes catalog, .*\) on/,
  ),
  statement(
    "a wildcard means an action that takes one",
    { Action: "redshift-serverless:*", Resource: "*" },
    /redshift-serverless:\* \(it takes \S+, \S+, \S+ and \d+ more\)/,
  ),
  statement("every action is allowed", { Action: "*", Resource: "*" }, /every action on "\*"/),
  statement(
    "all actions but some are",
    { Action: undefined, NotAction: "iam:*", Resource: "*" },
    /all but iam:\* on/,
  ),
  statement("it is denied", { Effect: "Deny", Action: "*", Resource: "*" }),
  {
    when: "the parameter allows an action on all",
    resources: [holder({ ...ALLOW, Resource: "*" })],
    configuration: { unlimited: ["s3:getobject"] },
  },
  {
    when: "the parameter no longer allows metrics",
    resources: [holder({ ...ALLOW, Action: "cloudwatch:PutMetricData", Resource: "*" })],
    configuration: { unlimited: [] },
    violations: [["reader", /cloudwatch:PutMetricData \(it takes dataset\)/]],
  },
  {
    when: "a key's policy is for the key",
    resources: [
      resource("aws:kms/key:Key", "key", {
        policy: text({ Effect: "Allow", Action: "kms:Decrypt", Resource: "*" }),
      }),
    ],
  },
  ...places({ Resource: "*" }, /s3:GetObject .* on "\*"/),
]);

const keyOfService = {
  Action: ["kms:Decrypt", "kms:GenerateDataKey"],
  Resource: undefined,
  NotResource: "arn:aws:kms:*:123456789012:key/*",
  Condition: { StringLike: { "kms:ViaService": ["sqs.us-east-1.amazonaws.com"] } },
};

table(iamNoNotAction, [
  statement("actions and resources are named", {}),
  statement(
    "all actions but some are allowed",
    { Action: undefined, NotAction: ["iam:CreateUser", "iam:CreateRole"] },
    /Statement Read in .* every action but iam:CreateUser, iam:CreateRole by NotAction/,
  ),
  statement(
    "all actions but none are allowed",
    { Action: undefined, NotAction: [] },
    /by NotAction/,
  ),
  statement("all but some are denied", {
    Effect: "Deny",
    Action: undefined,
    NotAction: "s3:*",
    Resource: undefined,
    NotResource: "arn:aws:s3:::data/*",
  }),
  statement(
    "both are left open",
    { Action: undefined, NotAction: "iam:*", Resource: undefined, NotResource: "arn:aws:s3:::x" },
    /by NotAction/,
    /by NotResource/,
  ),
  statement("MWAA's key is in another account", keyOfService),
  statement(
    "all resources but some are allowed",
    { Resource: undefined, NotResource: "arn:aws:s3:::secret/*" },
    /every resource but arn:aws:s3:::secret\/\* by NotResource/,
  ),
  ...(
    [
      ["without a service in between", { Condition: undefined }],
      ["with any service in between", { Condition: { StringLike: { "kms:ViaService": "*" } } }],
      ["with no service named", { Condition: { StringLike: { "kms:ViaService": [] } } }],
      [
        "with one in between if it is said",
        {
          Condition: {
            StringEqualsIfExists: { "kms:ViaService": "sqs.us-east-1.amazonaws.com" },
          },
        },
      ],
      ["and other actions with it", { Action: ["kms:Decrypt", "s3:GetObject"] }],
    ] as const
  ).map(([what, change]) =>
    statement(
      `all keys but some are allowed ${what}`,
      { ...keyOfService, ...change },
      /every resource but arn:aws:kms:\S+ by NotResource/,
    ),
  ),
  {
    when: "a role trusts by NotAction",
    resources: [trusting({ Action: undefined, NotAction: "sts:TagSession" })],
    violations: [["role", /assumeRolePolicy of role allows every action but sts:TagSession/]],
  },
  {
    when: "a bucket's policy is for the bucket",
    resources: [
      resource("aws:s3/bucketPolicy:BucketPolicy", "bucket", {
        policy: text({ ...ALLOW, Action: undefined, NotAction: "s3:PutObject" }),
      }),
    ],
  },
  ...places({ Action: undefined, NotAction: "s3:*" }, /every action but s3:\* by NotAction/),
]);

const PASS = {
  Action: "iam:PassRole",
  Resource: "arn:aws:iam::123456789012:role/emr/service",
  Condition: { StringEquals: { "iam:PassedToService": "elasticmapreduce.amazonaws.com" } },
};
const to = (operator: string, services: unknown, key = "iam:PassedToService") => ({
  ...PASS,
  Condition: { [operator]: { [key]: services } },
});

table(iamPassRole, [
  statement("roles and service are named", PASS),
  statement("there are several of both", {
    ...to("StringLike", ["ec2.amazonaws.com*", "elasticmapreduce.amazonaws.com"]),
    Resource: [PASS.Resource, "arn:aws-cn:iam::123456789012:role/nodes"],
  }),
  statement(
    "the key is in other case",
    to("StringEquals", "glue.amazonaws.com", "IAM:passedtoservice"),
  ),
  statement("no role is passed", {}),
  statement("every action is allowed on a bucket, which is no role", { Action: "*" }),
  statement(
    "every action is allowed on a bucket and on what may be a role",
    { Action: "*", Resource: ["arn:aws:s3:::data", "arn:aws:*:*:123456789012:role/x"] },
    /on arn:aws:\*:\*:123456789012:role\/x;/,
    /to any service/,
  ),
  statement("it is denied", { ...PASS, Effect: "Deny", Resource: "*", Condition: undefined }),
  statement("any role may be passed", { ...PASS, Resource: "*" }, /on \*; the ARN of each role/),
  statement(
    "roles of one beginning may",
    { ...PASS, Resource: [PASS.Resource, "arn:aws:iam::123456789012:role/emr-*"] },
    /on arn:aws:iam::123456789012:role\/emr-\*;/,
  ),
  statement(
    "roles of any account may",
    { ...PASS, Resource: "arn:aws:iam::*:role/emr" },
    /on arn:aws:iam::\*:role\/emr;/,
  ),
  statement(
    "all roles but one may",
    { ...PASS, Resource: undefined, NotResource: PASS.Resource },
    /on roles that it does not name/,
  ),
  statement("no role is named", { ...PASS, Resource: undefined }, /on roles that it does not name/),
  statement("no service is named", { ...PASS, Condition: undefined }, /to any service/),
  statement("any service may get it", to("StringLike", "*"), /to any service/),
  statement(
    "one of the services is any",
    to("StringLike", ["glue.amazonaws.com", "*.amazonaws.com"]),
    /to any/,
  ),
  statement("the list of services is empty", to("StringEquals", []), /to any service/),
  statement(
    "all services but one may",
    to("StringNotEquals", "ec2.amazonaws.com"),
    /to any service/,
  ),
  statement(
    "the condition need not hold",
    to("StringEqualsIfExists", "ec2.amazonaws.com"),
    /to any/,
  ),
  statement(
    "the condition is on something else",
    to("StringEquals", "arn:aws:ec2:us-east-1:1:instance/i", "iam:AssociatedResourceArn"),
    /to any service/,
  ),
  statement(
    "nothing is named",
    { ...PASS, Resource: "*", Condition: undefined },
    /on \*/,
    /to any service/,
  ),
  ...["*", "iam:*", "iam:Pass*", "IAM:PASSROLE", "iam:PassRol?"].map((Action) =>
    statement(`it is allowed by ${Action}`, { ...PASS, Action, Condition: undefined }, /to any/),
  ),
  statement(
    "it is allowed by what NotAction leaves",
    { ...PASS, Action: undefined, NotAction: "s3:*", Condition: undefined },
    /to any/,
  ),
  statement("it is left out by NotAction", {
    ...PASS,
    Action: undefined,
    NotAction: ["s3:*", "iam:*"],
    Condition: undefined,
  }),
  ...places({ ...PASS, Condition: undefined }, /to any service/),
]);

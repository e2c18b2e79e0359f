import { PolicyResource } from "@pulumi/policy";

import { mwaaExecutionRoleTrust } from "../../../policy/rules/mwaa/mwaa-execution-role-trust";
import { mwaaKeyAdmitsLogs } from "../../../policy/rules/mwaa/mwaa-key-admits-logs";
import { mwaaLogGroups } from "../../../policy/rules/mwaa/mwaa-log-groups";
import { mwaaSecurityGroupSelf } from "../../../policy/rules/mwaa/mwaa-security-group-self";
import { mwaaSourceBucketProtected } from "../../../policy/rules/mwaa/mwaa-source-bucket-protected";
import { ENVIRONMENT } from "../../../policy/types";
import { UNKNOWN, resource, table } from "../graph";

const queue = resource("aws:sqs/queue:Queue", "queue", {});

const trust = (...services: string[]) =>
  JSON.stringify({
    Statement: [{ Effect: "Allow", Principal: { Service: services }, Action: "sts:AssumeRole" }],
  });
const role = (assumeRolePolicy: unknown, arn: unknown = UNKNOWN) =>
  resource("aws:iam/role:Role", "role", { assumeRolePolicy, arn });
const works = (as: PolicyResource, arn: unknown = UNKNOWN) =>
  resource(ENVIRONMENT, "env", { executionRoleArn: arn }, { executionRoleArn: [as] });
const BOTH = ["airflow.amazonaws.com", "airflow-env.amazonaws.com"];
const ARN = "arn:aws:iam::123456789012:role/airflow";

table(mwaaExecutionRoleTrust, [
  { when: "both are trusted", resources: [role(trust(...BOTH)), works(role(trust(...BOTH)))] },
  {
    when: "both are trusted (ARN known)",
    resources: [role(trust(...BOTH), ARN), works(role(trust(...BOTH), ARN), ARN)],
  },
  ...BOTH.map((service) => ({
    when: `only ${service} is trusted`,
    resources: [role(trust(service)), works(role(trust(service)))],
    violations: [["role", /does not trust airflow/]] as const,
  })),
  {
    when: "only ECS is trusted (ARN known)",
    resources: [role(trust("ecs.amazonaws.com"), ARN), works(role("", ARN), ARN)],
    violations: [["role", /does not trust airflow\.amazonaws\.com and airflow-env/]],
  },
  {
    when: "both are trusted with a session's tags only",
    resources: [role(trust(...BOTH).replace("sts:AssumeRole", "sts:TagSession")), works(role(""))],
    violations: [["role", /does not trust airflow/]],
  },
  {
    when: "they are denied",
    resources: [
      role(trust(...BOTH).replace("Allow", "Deny")),
      works(role(trust(...BOTH).replace("Allow", "Deny"))),
    ],
    violations: [["role", /does not trust/]],
  },
  {
    when: "the trust is no JSON",
    resources: [role("{"), works(role("{"))],
    violations: [["role", /does not trust airflow\.amazonaws\.com/]],
  },
  {
    when: "the trust is not known yet",
    resources: [role(UNKNOWN), works(role(UNKNOWN))],
    notChecked: /assumeRolePolicy/,
  },
  {
    when: "the role is not of the stack",
    resources: [resource(ENVIRONMENT, "env", { executionRoleArn: ARN })],
    notSeen: /not of this stack/,
  },
  { when: "there is no environment", resources: [queue, role(trust("ecs.amazonaws.com"))] },
]);

const key = (policy: unknown) => resource("aws:kms/key:Key", "key", { policy, arn: UNKNOWN });
const encrypted = (by: PolicyResource) =>
  resource(ENVIRONMENT, "env", { kmsKey: UNKNOWN }, { kmsKey: [by] });
const NEEDED = [
  "kms:Encrypt",
  "kms:Decrypt",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
  "kms:GenerateDataKey",
  "kms:DescribeKey",
];
const keyPolicy = (Service: string, Action: string[] = NEEDED, Effect = "Allow") =>
  JSON.stringify({ Statement: [{ Effect, Principal: { Service }, Action }] });
const LOGS = "logs.us-east-1.amazonaws.com";

table(mwaaKeyAdmitsLogs, [
  { when: "it does", resources: [key(keyPolicy(LOGS)), encrypted(key(keyPolicy(LOGS)))] },
  {
    when: "it does by wildcards, as the page has it",
    resources: [
      key(
        keyPolicy(LOGS, [
          "kms:Encrypt*",
          "kms:Decrypt*",
          "kms:ReEncrypt*",
          "kms:GenerateDataKey*",
          "kms:Describe*",
        ]),
      ),
      encrypted(key("")),
    ],
  },
  {
    when: "a policy of its own does",
    resources: [
      key(undefined),
      encrypted(key("")),
      resource(
        "aws:kms/keyPolicy:KeyPolicy",
        "policy",
        { keyId: UNKNOWN, policy: keyPolicy(LOGS) },
        { keyId: [key("")] },
      ),
    ],
  },
  ...NEEDED.map((action) => ({
    when: `${action} is left out`,
    resources: [
      key(
        keyPolicy(
          LOGS,
          NEEDED.filter((one) => one !== action),
        ),
      ),
      encrypted(key("")),
    ],
    violations: [["key", new RegExp(`does not allow ${action} to`)]] as const,
  })),
  {
    when: "it denies",
    resources: [key(keyPolicy(LOGS, NEEDED, "Deny")), encrypted(key(""))],
    violations: [["key", /does not allow kms:Encrypt, .*kms:DescribeKey to/]],
  },
  {
    when: "it admits another service",
    resources: [key(keyPolicy("sns.amazonaws.com")), encrypted(key(""))],
    violations: [["key", /does not allow .* to logs/]],
  },
  {
    when: "it has no policy",
    resources: [key(undefined), encrypted(key(undefined))],
    violations: [["key", /does not allow .* to logs/]],
  },
  {
    when: "the policy is not known yet",
    resources: [key(UNKNOWN), encrypted(key(UNKNOWN))],
    notChecked: /policy/,
  },
  {
    when: "the key is not of the stack",
    resources: [resource(ENVIRONMENT, "env", { kmsKey: "arn:aws:kms:us-east-1:1:key/2" })],
    notSeen: /not of this stack/,
  },
  { when: "there is no key", resources: [resource(ENVIRONMENT, "env", {}), key(undefined)] },
]);

const group = (name: unknown, retentionInDays?: unknown) =>
  resource("aws:cloudwatch/logGroup:LogGroup", "group", { name, retentionInDays });
const logging = resource(ENVIRONMENT, "env", {
  name: "mwaa-x",
  loggingConfiguration: { taskLogs: { enabled: true }, workerLogs: { enabled: false } },
});

table(mwaaLogGroups, [
  { when: "the group is there", resources: [logging, group("airflow-mwaa-x-Task", 30)] },
  {
    when: "the group is missing",
    resources: [logging],
    violations: [["env", /no log group airflow-mwaa-x-Task/]],
  },
  {
    when: "there is the group of another environment",
    resources: [logging, group("airflow-mwaa-y-Task", 30)],
    violations: [["env", /no log group airflow-mwaa-x-Task/]],
  },
  {
    when: "the group keeps logs for ever",
    resources: [logging, group("airflow-mwaa-x-Task", 0)],
    violations: [["group", /for ever/]],
  },
  {
    when: "nothing is said of retention",
    resources: [logging, group("airflow-mwaa-x-Task")],
    violations: [["group", /for ever/]],
  },
  {
    when: "retention is not known yet",
    resources: [logging, group("airflow-mwaa-x-Task", UNKNOWN)],
    notChecked: /retentionInDays/,
  },
  {
    when: "a group's name is not known yet",
    resources: [logging, group(UNKNOWN, 30)],
    notChecked: /whether group is airflow-mwaa-x-Task is not known yet/,
  },
  {
    when: "the group is there beside one whose name is not known yet",
    resources: [
      logging,
      group("airflow-mwaa-x-Task", 30),
      resource("aws:cloudwatch/logGroup:LogGroup", "other", { name: UNKNOWN }),
    ],
  },
  { when: "no log is on", resources: [resource(ENVIRONMENT, "env", { name: "mwaa-x" })] },
]);

const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const bare = resource(GROUP, "group", { id: UNKNOWN });
const another = resource(GROUP, "another", { id: UNKNOWN });
const inGroup = (one: PolicyResource) =>
  resource(
    ENVIRONMENT,
    "env",
    { networkConfiguration: { securityGroupIds: [UNKNOWN] } },
    { networkConfiguration: [one] },
  );
const admits = (from: PolicyResource, ipProtocol = "-1", of: PolicyResource = bare) =>
  resource(
    INGRESS,
    "rule",
    { securityGroupId: UNKNOWN, referencedSecurityGroupId: UNKNOWN, ipProtocol },
    { securityGroupId: [of], referencedSecurityGroupId: [from] },
  );
const inline = (rule: Record<string, unknown>) => resource(GROUP, "group", { ingress: [rule] });

table(mwaaSecurityGroupSelf, [
  { when: "a rule admits the group", resources: [bare, inGroup(bare), admits(bare)] },
  {
    when: "it is written within the group",
    resources: [
      inline({ self: true, protocol: "-1" }),
      inGroup(inline({ self: true, protocol: "-1" })),
    ],
  },
  {
    when: "there is no rule",
    resources: [bare, inGroup(bare)],
    violations: [["env", /None of its groups \(group\)/]],
  },
  {
    when: "the rule admits another group",
    resources: [bare, another, inGroup(bare), admits(another)],
    violations: [["env", /None of its groups/]],
  },
  {
    when: "the rule is another group's",
    resources: [bare, another, inGroup(bare), admits(another, "-1", another)],
    violations: [["env", /None of its groups/]],
  },
  {
    when: "the rule is for every port of TCP",
    resources: [bare, inGroup(bare), admits(bare, "tcp")],
  },
  {
    when: "the rule is for UDP only",
    resources: [bare, inGroup(bare), admits(bare, "udp")],
    violations: [["env", /None of its groups/]],
  },
  {
    when: "the group within admits others only",
    resources: [
      inline({ self: false, protocol: "-1" }),
      inGroup(inline({ self: false, protocol: "-1" })),
    ],
    violations: [["env", /None of its groups/]],
  },
  {
    when: "the group is not of the stack",
    resources: [
      resource(ENVIRONMENT, "env", { networkConfiguration: { securityGroupIds: ["sg-1"] } }),
    ],
    notSeen: /not of this stack/,
  },
  { when: "there is no environment", resources: [bare, queue] },
]);

const bucket = resource("aws:s3/bucket:Bucket", "dags", { bucket: "airflow-x" });
const source = resource(
  ENVIRONMENT,
  "env",
  { sourceBucketArn: UNKNOWN },
  { sourceBucketArn: [bucket] },
);
const versioning = (status: unknown) =>
  resource("aws:s3/bucketVersioning:BucketVersioning", "versioning", {
    bucket: "airflow-x",
    versioningConfiguration: { status },
  });
const SETTINGS = [
  "blockPublicAcls",
  "blockPublicPolicy",
  "ignorePublicAcls",
  "restrictPublicBuckets",
];
const block = (off?: string, on = "airflow-x") =>
  resource("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "block", {
    bucket: on,
    ...Object.fromEntries(SETTINGS.map((setting) => [setting, setting !== off])),
  });

table(mwaaSourceBucketProtected, [
  { when: "it is", resources: [bucket, source, versioning("Enabled"), block()] },
  {
    when: "versioning is missing",
    resources: [bucket, source, block()],
    violations: [["env", /dags lacks enabled versioning/]],
  },
  {
    when: "versioning is suspended",
    resources: [bucket, source, versioning("Suspended"), block()],
    violations: [["env", /lacks enabled versioning/]],
  },
  {
    when: "the block is missing, so that it is S3's own",
    resources: [bucket, source, versioning("Enabled")],
  },
  {
    when: "the block is missing and an explicit one is asked for",
    resources: [bucket, source, versioning("Enabled")],
    configuration: { explicit: true },
    violations: [["env", /a public access block/]],
  },
  {
    when: "the block is another bucket's and an explicit one is asked for",
    resources: [bucket, source, versioning("Enabled"), block(undefined, "airflow-y")],
    configuration: { explicit: true },
    violations: [["env", /a public access block/]],
  },
  ...SETTINGS.map((setting) => ({
    when: `${setting} is off`,
    resources: [bucket, source, versioning("Enabled"), block(setting)],
    violations: [["env", /a public access block/]] as const,
  })),
  {
    when: "the status is not known yet",
    resources: [bucket, source, versioning(UNKNOWN), block()],
    notChecked: /status/,
  },
  {
    when: "the bucket is not of the stack",
    resources: [resource(ENVIRONMENT, "env", { sourceBucketArn: "arn:aws:s3:::airflow-z" })],
    notSeen: /not of this stack/,
  },
  { when: "there is no environment", resources: [bucket, queue] },
]);

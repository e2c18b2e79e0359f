import { PolicyResource } from "@pulumi/policy";

import { secretsmanagerEncryption } from "../../../policy/rules/secretsmanager/secretsmanager-encryption";
import { secretsmanagerNoWildcardPrincipal } from "../../../policy/rules/secretsmanager/secretsmanager-no-wildcard-principal";
import { secretsmanagerRotation } from "../../../policy/rules/secretsmanager/secretsmanager-rotation";
import { Case, UNKNOWN, resource, table } from "../graph";
import { openStatements } from "../openStatements";

const SECRET = "aws:secretsmanager/secret:Secret";
const ROTATION = "aws:secretsmanager/secretRotation:SecretRotation";
const PARAMETER = "aws:ssm/parameter:Parameter";
const ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf";

const planned = resource(SECRET, "db", { name: "db", arn: UNKNOWN, id: UNKNOWN });
const other = resource(SECRET, "other", { name: "other", arn: UNKNOWN, id: UNKNOWN });
const deployed = resource(SECRET, "db", { name: "db", arn: ARN, id: ARN });
const rotation = (rotationRules: unknown, of: PolicyResource = planned, type = ROTATION) =>
  resource(type, "rotation", { secretId: UNKNOWN, rotationRules }, { secretId: [of] });

const rotationCases: readonly Case[] = [
  { when: "there is no secret", resources: [rotation({ automaticallyAfterDays: 30 })] },
  {
    when: "it is rotated (first preview)",
    resources: [planned, rotation({ automaticallyAfterDays: 90 })],
  },
  {
    when: "it is rotated (ids known)",
    resources: [
      deployed,
      resource(ROTATION, "rotation", {
        secretId: ARN,
        rotationRules: { automaticallyAfterDays: 30 },
      }),
    ],
  },
  ...["rate(90 days)", "rate(4 hours)", "cron(0 4 1 * ? *)", "cron(0 4 1 1/2 ? *)"].map(
    (scheduleExpression): Case => ({
      when: `its schedule is ${scheduleExpression}`,
      resources: [planned, rotation({ scheduleExpression })],
    }),
  ),
  {
    when: "it is not rotated",
    resources: [planned],
    violations: [["db", /no aws\.secretsmanager\.SecretRotation/]],
  },
  {
    when: "another secret is rotated",
    resources: [planned, other, rotation({ automaticallyAfterDays: 30 }, other)],
    violations: [["db", /no aws\.secretsmanager\.SecretRotation/]],
  },
  {
    when: "it is rotated too seldom",
    resources: [planned, rotation({ automaticallyAfterDays: 91 })],
    violations: [["rotation", /waits up to 91 days; at most 90/]],
  },
  {
    when: "its schedule is too seldom",
    resources: [planned, rotation({ scheduleExpression: "rate(120 days)" })],
    violations: [["rotation", /waits up to 120 days; at most 90/]],
  },
  ...[
    ["cron(0 4 1 */3 ? *)", 93],
    ["cron(0 4 1 1 ? *)", 366],
    ["cron(0 4 1 JAN ? *)", 366],
    ["cron", 366],
  ].map(([scheduleExpression, days]): Case => ({
    when: `its schedule is ${scheduleExpression}`,
    resources: [planned, rotation({ scheduleExpression })],
    violations: [["rotation", new RegExp(`waits up to ${days} days; at most 90`)]],
  })),
  {
    when: "it is rotated less often than is asked for",
    resources: [planned, rotation({ automaticallyAfterDays: 30 })],
    configuration: { maximumDays: 7 },
    violations: [["rotation", /waits up to 30 days; at most 7/]],
  },
  ...[{}, undefined, { scheduleExpression: "" }].map((rules): Case => ({
    when: `its rules are ${JSON.stringify(rules)}`,
    resources: [planned, rotation(rules)],
    violations: [["rotation", /neither automaticallyAfterDays nor/]],
  })),
  {
    when: "the days are not known yet",
    resources: [planned, rotation({ automaticallyAfterDays: UNKNOWN })],
    notChecked: /of db: .*automaticallyAfterDays/,
  },
  {
    when: "another type is in the rotation's place",
    resources: [planned, rotation({ automaticallyAfterDays: 30 }, planned, PARAMETER)],
    violations: [["db", /no aws\.secretsmanager\.SecretRotation/]],
  },
];

const secret = (kmsKeyId: unknown, type = SECRET) => resource(type, "db", { kmsKeyId });

const encryptionCases: readonly Case[] = [
  {
    when: "there is a key of the account",
    resources: [secret("arn:aws:kms:us-east-1:123456789012:key/1")],
  },
  { when: "there is an alias of the account", resources: [secret("alias/data")] },
  ...[undefined, null, ""].map((kmsKeyId): Case => ({
    when: `the key is ${JSON.stringify(kmsKeyId)}`,
    resources: [secret(kmsKeyId)],
    violations: [["db", /is "missing"; a KMS key of the account is needed/]],
  })),
  {
    when: "the key is the service's own",
    resources: [secret("alias/aws/secretsmanager")],
    violations: [["db", /"alias\/aws\/secretsmanager"/]],
  },
  {
    when: "the key is not known yet",
    resources: [secret(UNKNOWN)],
    notChecked: /of db: .*kmsKeyId/,
  },
  { when: "another type has no key", resources: [secret(undefined, PARAMETER)] },
];

describe("rules on secrets", () => {
  table(secretsmanagerRotation, rotationCases);
  table(secretsmanagerEncryption, encryptionCases);
  table(
    secretsmanagerNoWildcardPrincipal,
    openStatements([SECRET, "aws:secretsmanager/secretPolicy:SecretPolicy"]),
  );
});

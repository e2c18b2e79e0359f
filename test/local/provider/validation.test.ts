import assert from "node:assert/strict";

import { UNKNOWN, checkInputs } from "../../../local/provider/aws/lifecycle";
import { ROWS } from "./rows";

const URN = (type: string) => `urn:pulumi:test::test::${type}::thing`;

describe("the aws provider refuses at preview", () => {
  // From ValidateFunc and ValidateDiagFunc of the official provider's schemas, and the values just inside.
  for (const [type, path, wrong, right] of [
    ["aws:mwaa/environment:Environment", "maxWebservers", 6, 5],
    ["aws:mwaa/environment:Environment", "minWorkers", 0, 1],
    [
      "aws:mwaa/environment:Environment",
      "executionRoleArn",
      "role",
      "arn:aws:iam::123456789012:role/a",
    ],
    ["aws:mwaa/environment:Environment", "webserverAccessMode", "PUBLIC", "PUBLIC_ONLY"],
    ["aws:mwaa/environment:Environment", "networkConfiguration.subnetIds", ["a"], ["a", "b"]],
    ["aws:mwaa/environment:Environment", "loggingConfiguration.taskLogs.logLevel", "OFF", "INFO"],
    ["aws:cloudwatch/logGroup:LogGroup", "retentionInDays", 2, 3],
    ["aws:cloudwatch/logGroup:LogGroup", "name", "a b", "/aws/mwaa"],
    ["aws:cloudwatch/logGroup:LogGroup", "namePrefix", "p".repeat(484), "p".repeat(483)],
    ["aws:kms/key:Key", "deletionWindowInDays", 6, 7],
    ["aws:kms/key:Key", "policy", "{", "{}"],
    ["aws:ssm/parameter:Parameter", "type", "Text", "String"],
    ["aws:sfn/stateMachine:StateMachine", "loggingConfiguration.level", "INFO", "ERROR"],
    ["aws:sfn/stateMachine:StateMachine", "name", "a.b", "a-b_c"],
    ["aws:sfn/stateMachine:StateMachine", "namePrefix", "p".repeat(55), "p".repeat(54)],
    [
      "aws:sfn/stateMachine:StateMachine",
      "loggingConfiguration.logDestination",
      "arn:aws:logs:eu-west-1:123456789012:log-group:a",
      "arn:aws:logs:eu-west-1:123456789012:log-group:a:*",
    ],
    ["aws:athena/workgroup:Workgroup", "configuration.bytesScannedCutoffPerQuery", 1, 10_485_760],
    ["aws:athena/workgroup:Workgroup", "state", "ON", "ENABLED"],
    ["aws:emr/securityConfiguration:SecurityConfiguration", "configuration", "x", "{}"],
    ["aws:redshift/cluster:Cluster", "automatedSnapshotRetentionPeriod", 36, 35],
    ["aws:redshift/cluster:Cluster", "clusterIdentifier", "Mwaa", "mwaa-1"],
    ["aws:redshift/cluster:Cluster", "clusterIdentifier", "1-mwaa", "m1-waa"],
    ["aws:redshift/cluster:Cluster", "clusterIdentifier", "mwaa--1", "mwaa-1"],
    ["aws:redshift/cluster:Cluster", "clusterIdentifier", "mwaa-", "m"],
    ["aws:redshift/cluster:Cluster", "databaseName", "1dev", "_dev$1"],
    ["aws:redshift/cluster:Cluster", "databaseName", "d".repeat(65), "d".repeat(64)],
    ["aws:redshift/cluster:Cluster", "encrypted", "yes", "true"],
    ["aws:redshift/cluster:Cluster", "finalSnapshotIdentifier", "a_b", "Last-1"],
    ["aws:redshift/cluster:Cluster", "finalSnapshotIdentifier", "last-", "last"],
    ["aws:redshift/cluster:Cluster", "iamRoles", ["role"], ["arn:aws:iam::123456789012:role/a"]],
    [
      "aws:redshift/cluster:Cluster",
      "masterPasswordSecretKmsKeyId",
      "arn:aws:s3:::b",
      "arn:aws:kms:eu-west-1:123456789012:key/k",
    ],
    ["aws:redshift/cluster:Cluster", "masterPasswordSecretKmsKeyId", "a key", "alias/a-key"],
    ["aws:redshift/cluster:Cluster", "masterUsername", "1admin", "_Admin1"],
    ["aws:redshift/logging:Logging", "logDestinationType", "kinesis", "cloudwatch"],
    ["aws:redshift/logging:Logging", "logExports", ["logs"], ["userlog", UNKNOWN]],
    ["aws:redshift/parameterGroup:ParameterGroup", "name", "1-group", "group-1"],
    ["aws:redshift/parameterGroup:ParameterGroup", "name", "a--b", "a-b"],
    ["aws:redshift/subnetGroup:SubnetGroup", "name", "default", "default-1"],
    ["aws:redshift/subnetGroup:SubnetGroup", "name", "A", "1--a-"],
    [
      "aws:redshiftserverless/namespace:Namespace",
      "iamRoles",
      ["role"],
      ["arn:aws:iam::123456789012:role/a", UNKNOWN],
    ],
    ["aws:redshiftserverless/namespace:Namespace", "logExports", ["logs"], ["userlog"]],
    [
      "aws:redshiftserverless/namespace:Namespace",
      "kmsKeyId",
      "k",
      "arn:aws:kms:eu-west-1:123456789012:key/k",
    ],
    [
      "aws:redshiftserverless/workgroup:Workgroup",
      "configParameters.parameterKey",
      "ssl",
      "require_ssl",
    ],
    ["aws:ec2/vpc:Vpc", "cidrBlock", "10.0.0.0/15", "10.0.0.0/16"],
    ["aws:ec2/vpc:Vpc", "cidrBlock", "10.0.1.0/16", "10.1.0.0/16"],
    ["aws:ec2/vpc:Vpc", "instanceTenancy", "host", "dedicated"],
    ["aws:ec2/subnet:Subnet", "cidrBlock", "10.0.0.1/24", "10.0.1.0/24"],
    ["aws:ec2/route:Route", "destinationCidrBlock", "::/0", "0.0.0.0/0"],
    ["aws:ec2/eip:Eip", "domain", "classic", "vpc"],
    ["aws:ec2/natGateway:NatGateway", "connectivityType", "internal", "private"],
    ["aws:ec2/securityGroup:SecurityGroup", "name", "sg-one", "one-sg-"],
    ["aws:ec2/securityGroup:SecurityGroup", "description", "d".repeat(256), "d".repeat(255)],
    ["aws:ec2/flowLog:FlowLog", "trafficType", "SOME", "REJECT"],
    ["aws:ec2/vpcEndpoint:VpcEndpoint", "vpcEndpointType", "Private", "Interface"],
    ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "toPort", 65_536, 65_535],
    [
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
      "cidrIpv4",
      "10.0.0.1/8",
      "10.0.0.0/8",
    ],
    ["aws:glue/catalogDatabase:CatalogDatabase", "name", "Sales", "sales"],
    ["aws:glue/crawler:Crawler", "configuration", "{", "{}"],
    ["aws:glue/crawler:Crawler", "schemaChangePolicy.deleteBehavior", "DELETE", "LOG"],
    ["aws:glue/job:Job", "maxRetries", 11, 10],
    ["aws:glue/job:Job", "workerType", "G.3X", "G.1X"],
    ["aws:glue/job:Job", "command.pythonVersion", "3.10", "3.9"],
    [
      "aws:glue/securityConfiguration:SecurityConfiguration",
      "encryptionConfiguration.s3Encryption.s3EncryptionMode",
      "SSE",
      "SSE-S3",
    ],
    ["aws:iam/role:Role", "name", "r".repeat(65), "r".repeat(64)],
    ["aws:iam/role:Role", "maxSessionDuration", 3599, 3600],
    ["aws:iam/role:Role", "description", "“quoted”", '"quoted"'],
    ["aws:iam/role:Role", "assumeRolePolicy", " {}", "{}"],
    ["aws:iam/policy:Policy", "name", "a b", "a+b"],
    ["aws:iam/policy:Policy", "path", "/a", "/a/"],
    ["aws:iam/policy:Policy", "path", "/a//b/", "/a/b/"],
    ["aws:iam/policy:Policy", "path", "/a b/", "/"],
    ["aws:iam/rolePolicy:RolePolicy", "role", "arn:aws:iam::123456789012:role/a", "a"],
    [
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      "policyArn",
      "p",
      "arn:aws:iam::aws:policy/p",
    ],
    ["aws:iam/instanceProfile:InstanceProfile", "namePrefix", "p".repeat(103), "p".repeat(102)],
    ["aws:kms/alias:Alias", "name", "alias/aws/s3", "alias/awsome"],
    ["aws:kms/alias:Alias", "name", "key", "alias/key"],
    ["aws:s3/bucket:Bucket", "bucket", "one--use1-az4--x-s3", "one--use1-az4"],
    ["aws:s3/bucketVersioning:BucketVersioning", "versioningConfiguration.status", "On", "Enabled"],
    ["aws:s3/bucketPolicy:BucketPolicy", "policy", "[]", "{}"],
    [
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
      "rule.objectOwnership",
      "Owner",
      "ObjectWriter",
    ],
    ["aws:s3/bucketObjectv2:BucketObjectv2", "key", "", "k"],
    ["aws:sns/topic:Topic", "name", "a.b", "a_b"],
    ["aws:sns/topicSubscription:TopicSubscription", "protocol", "mail", "email"],
  ] as const) {
    it(`${path} of ${type} that is ${JSON.stringify(wrong)}`, () => {
      const nested = (value: unknown) =>
        path
          .split(".")
          .reverse()
          .reduce<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
      const row = { ...ROWS[type], autoName: undefined, together: undefined };
      const check = (value: unknown) => checkInputs(row, URN(type), {}, nested(value));
      assert.throws(
        () => check(wrong),
        (error: Error) =>
          error.message.startsWith(`${type} thing: ${path} ${JSON.stringify(wrong)} must `),
      );
      assert.deepEqual(check(right), nested(right));
      assert.deepEqual(check(UNKNOWN), nested(UNKNOWN));
    });
  }

  // From ConflictsWith, ExactlyOneOf and CustomizeDiff of the official provider.
  for (const [type, wrong, right] of [
    ["aws:s3/bucket:Bucket", { bucket: "a", bucketPrefix: "b" }, { bucketPrefix: "b" }],
    ["aws:s3/bucketObjectv2:BucketObjectv2", { content: "c", source: UNKNOWN }, { content: "c" }],
    ["aws:iam/role:Role", { name: "n", namePrefix: UNKNOWN }, { name: "n" }],
    [
      "aws:ec2/route:Route",
      { destinationCidrBlock: "0.0.0.0/0", gatewayId: UNKNOWN, natGatewayId: UNKNOWN },
      { destinationCidrBlock: "0.0.0.0/0", natGatewayId: UNKNOWN },
    ],
    ["aws:ec2/flowLog:FlowLog", { trafficType: "ALL" }, { vpcId: UNKNOWN }],
    [
      "aws:ec2/natGateway:NatGateway",
      { connectivityType: "private", allocationId: UNKNOWN },
      { connectivityType: "private" },
    ],
    [
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      { cidrIpv4: "10.0.0.0/8", referencedSecurityGroupId: UNKNOWN },
      { referencedSecurityGroupId: UNKNOWN },
    ],
    ["aws:glue/job:Job", { command: { name: "glueetl" }, timeout: 0 }, { timeout: 1 }],
    [
      "aws:redshiftserverless/namespace:Namespace",
      { defaultIamRoleArn: "arn:aws:iam::123456789012:role/a", iamRoles: [UNKNOWN] },
      { defaultIamRoleArn: UNKNOWN, iamRoles: [UNKNOWN] },
    ],
    [
      "aws:redshiftserverless/namespace:Namespace",
      { adminUsername: "a" },
      { adminUsername: "a", manageAdminPassword: true },
    ],
  ] as const) {
    it(`${JSON.stringify(wrong)} together of ${type}`, () => {
      const row = { ...ROWS[type], autoName: undefined };
      assert.throws(
        () => checkInputs(row, URN(type), {}, wrong),
        (error: Error) => error.message.startsWith(`${type} thing: `),
      );
      assert.deepEqual(checkInputs(row, URN(type), {}, right), right);
    });
  }
});

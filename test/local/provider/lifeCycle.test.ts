import assert from "node:assert/strict";

import { AthenaClient, GetWorkGroupCommand } from "@aws-sdk/client-athena";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import * as ec2 from "@aws-sdk/client-ec2";
import {
  GetCrawlerCommand,
  GetDatabaseCommand,
  GetJobCommand,
  GlueClient,
} from "@aws-sdk/client-glue";
import {
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { DescribeKeyCommand, GetKeyRotationStatusCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  DeleteClusterSnapshotCommand,
  DescribeClusterParametersCommand,
  DescribeClusterSnapshotsCommand,
  DescribeClusterSubnetGroupsCommand,
  DescribeClustersCommand,
  DescribeLoggingStatusCommand,
  RedshiftClient,
} from "@aws-sdk/client-redshift";
import {
  GetNamespaceCommand,
  GetWorkgroupCommand,
  RedshiftServerlessClient,
} from "@aws-sdk/client-redshift-serverless";
import * as s3 from "@aws-sdk/client-s3";
import { DescribeStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { GetTopicAttributesCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

import {
  checkInputs,
  difference,
  equivalent,
  observedInputs,
  stateOf,
} from "../../../local/provider/aws/lifecycle";
import { mwaa } from "../../../local/provider/aws/mwaa/client";
import { Properties } from "../../../local/provider/aws/row";
import { cloud } from "./cloud";
import { ROWS } from "./rows";

/** What was made: id and properties, by the entry's name. */
type Made = Readonly<Record<string, { readonly id: string; readonly state: Properties }>>;

/** A resource to make, and a change to it. In the order in which one needs the other. */
interface Entry {
  readonly type: string;
  /** Unique here; the type's last word where it is left out. */
  readonly name?: string;
  readonly inputs: (made: Made) => Properties;
  /** Inputs that are changed in place; none where AWS changes nothing of such a thing. */
  readonly change?: (made: Made) => Properties;
  /** What AWS itself says of the change, asked without the row; and what it has to say. */
  readonly seen?: (
    id: string,
    made: Made,
  ) => Promise<readonly [actual: unknown, expected: unknown]>;
  /** An input that forces a replacement when it is changed. */
  readonly replaces?: readonly [string, unknown];
  /** There is no such thing to be gone: taking it off only resets it. */
  readonly stays?: boolean;
}

const clients = {
  athena: new AthenaClient({}),
  ec2: new ec2.EC2Client({}),
  glue: new GlueClient({}),
  iam: new IAMClient({}),
  kms: new KMSClient({}),
  logs: new CloudWatchLogsClient({}),
  redshift: new RedshiftClient({}),
  redshiftServerless: new RedshiftServerlessClient({}),
  s3: new s3.S3Client({ forcePathStyle: true }),
  sfn: new SFNClient({}),
  sns: new SNSClient({}),
  ssm: new SSMClient({}),
};

/** The tags of a thing of EC2's, as EC2 lists them. */
async function ec2Tags(id: string): Promise<unknown> {
  const { Tags = [] } = await clients.ec2.send(
    new ec2.DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: [id] }] }),
  );
  return Tags.map(({ Key, Value }) => `${Key}=${Value}`).sort();
}

const routeTableOf = async (id: string) =>
  (await clients.ec2.send(new ec2.DescribeRouteTablesCommand({ RouteTableIds: [id] })))
    .RouteTables?.[0];

const ruleOf = async (id: string) =>
  (
    await clients.ec2.send(
      new ec2.DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] }),
    )
  ).SecurityGroupRules?.[0];

const endpointOf = async (id: string) =>
  (await clients.ec2.send(new ec2.DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] })))
    .VpcEndpoints?.[0];

/**
 * Arguments of which AWS tells nothing, or nothing in this form: read cannot find them changed. They steer a deletion,
 * or are the content itself, of which the ETag tells.
 */
const UNTOLD: Readonly<Record<string, readonly string[]>> = {
  "aws:athena/workgroup:Workgroup": ["forceDestroy"],
  // Only makes names.
  "aws:cloudwatch/logGroup:LogGroup": ["namePrefix"],
  "aws:emr/securityConfiguration:SecurityConfiguration": ["namePrefix"],
  "aws:iam/instanceProfile:InstanceProfile": ["namePrefix"],
  "aws:iam/policy:Policy": ["namePrefix"],
  "aws:iam/role:Role": ["namePrefix"],
  "aws:iam/rolePolicy:RolePolicy": ["namePrefix"],
  "aws:s3/bucket:Bucket": ["bucketPrefix", "forceDestroy"],
  "aws:ec2/routeTable:RouteTable": ["routes"],
  "aws:ec2/securityGroup:SecurityGroup": ["revokeRulesOnDelete"],
  "aws:kms/key:Key": ["deletionWindowInDays"],
  "aws:redshift/cluster:Cluster": [
    ...["finalSnapshotIdentifier", "manageMasterPassword", "skipFinalSnapshot"],
  ],
  // Not told right, says the official provider.
  "aws:redshift/logging:Logging": ["logDestinationType"],
  // Told with the last update: a new environment has had none.
  "aws:mwaa/environment:Environment": ["workerReplacementStrategy"],
  "aws:s3/bucketObjectv2:BucketObjectv2": ["content", "source", "sourceHash"],
  "aws:sfn/stateMachine:StateMachine": ["namePrefix"],
  "aws:sns/topic:Topic": ["namePrefix"],
  "aws:ssm/parameter:Parameter": ["overwrite"],
};

const TRUST = (service: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });

const AIRFLOW_TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: ["airflow.amazonaws.com", "airflow-env.amazonaws.com"] },
      Action: "sts:AssumeRole",
    },
  ],
});

const topicPolicy = (Resource: string, Action: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::123456789012:root" },
        Action,
        Resource,
      },
    ],
  });

/** What MWAA looks for in an execution role before it makes an environment. */
const MWAA_ACTIONS = [
  "s3:GetAccountPublicAccessBlock",
  "s3:GetBucketPublicAccessBlock",
  ...["ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl"].map(
    (action) => `sqs:${action}`,
  ),
  ...["sqs:ReceiveMessage", "sqs:SendMessage"],
  ...["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
];

const allow = (Action: string | readonly string[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource: "*" }],
  });

const bucketPolicy = (made: Made, Sid: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid,
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [made.Bucket.state.arn, `${String(made.Bucket.state.arn)}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });

const subnet = (zone: string, cidrBlock: string) => (made: Made) => ({
  vpcId: made.Vpc.id,
  availabilityZone: `us-east-1${zone}`,
  cidrBlock,
  mapPublicIpOnLaunch: false,
});

const ENTRIES: readonly Entry[] = [
  {
    type: "aws:ec2/vpc:Vpc",
    inputs: () => ({
      cidrBlock: "10.1.0.0/16",
      enableDnsHostnames: true,
      tags: { a: "1", b: "2" },
    }),
    change: () => ({ enableDnsHostnames: false, tags: { a: "3" } }),
    replaces: ["cidrBlock", "10.2.0.0/16"],
    seen: async (id) => {
      const { EnableDnsHostnames } = await clients.ec2.send(
        new ec2.DescribeVpcAttributeCommand({ VpcId: id, Attribute: "enableDnsHostnames" }),
      );
      return [
        [EnableDnsHostnames?.Value, await ec2Tags(id)],
        [false, ["a=3"]],
      ];
    },
  },
  {
    type: "aws:ec2/subnet:Subnet",
    inputs: subnet("a", "10.1.1.0/24"),
    change: () => ({ mapPublicIpOnLaunch: true }),
    replaces: ["availabilityZone", "us-east-1b"],
    seen: async (id) => {
      const { Subnets } = await clients.ec2.send(
        new ec2.DescribeSubnetsCommand({ SubnetIds: [id] }),
      );
      return [Subnets?.[0].MapPublicIpOnLaunch, true];
    },
  },
  { type: "aws:ec2/subnet:Subnet", name: "SubnetB", inputs: subnet("b", "10.1.2.0/24") },
  { type: "aws:ec2/subnet:Subnet", name: "SubnetC", inputs: subnet("c", "10.1.3.0/24") },
  { type: "aws:ec2/vpc:Vpc", name: "OtherVpc", inputs: () => ({ cidrBlock: "10.3.0.0/16" }) },
  { type: "aws:ec2/vpc:Vpc", name: "ThirdVpc", inputs: () => ({ cidrBlock: "10.4.0.0/16" }) },
  {
    type: "aws:ec2/internetGateway:InternetGateway",
    inputs: ({ Vpc }) => ({ vpcId: Vpc.id }),
    change: () => ({ tags: { a: "1" } }),
    seen: async (id) => [await ec2Tags(id), ["a=1"]],
  },
  {
    type: "aws:ec2/internetGateway:InternetGateway",
    name: "MovedInternetGateway",
    inputs: ({ OtherVpc }) => ({ vpcId: OtherVpc.id }),
    change: ({ ThirdVpc }) => ({ vpcId: ThirdVpc.id }),
    seen: async (id, { ThirdVpc }) => {
      const { InternetGateways } = await clients.ec2.send(
        new ec2.DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] }),
      );
      return [InternetGateways?.[0].Attachments?.map(({ VpcId }) => VpcId), [ThirdVpc.id]];
    },
  },
  {
    type: "aws:ec2/eip:Eip",
    inputs: () => ({ tags: { a: "1" } }),
    change: () => ({ tags: { a: "2" } }),
    replaces: ["domain", "vpc"],
    seen: async (id) => [await ec2Tags(id), ["a=2"]],
  },
  {
    type: "aws:ec2/natGateway:NatGateway",
    inputs: ({ Eip, Subnet }) => ({ allocationId: Eip.state.allocationId, subnetId: Subnet.id }),
    change: () => ({ tags: { a: "1" } }),
    replaces: ["subnetId", "subnet-0"],
    seen: async (id) => [await ec2Tags(id), ["a=1"]],
  },
  {
    type: "aws:ec2/routeTable:RouteTable",
    inputs: ({ Vpc }) => ({ vpcId: Vpc.id }),
    change: () => ({ tags: { a: "1" } }),
    replaces: ["vpcId", "vpc-0"],
    seen: async (id) => [await ec2Tags(id), ["a=1"]],
  },
  {
    type: "aws:ec2/route:Route",
    inputs: ({ RouteTable, InternetGateway }) => ({
      routeTableId: RouteTable.id,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: InternetGateway.id,
    }),
    change: ({ NatGateway }) => ({ gatewayId: undefined, natGatewayId: NatGateway.id }),
    replaces: ["destinationCidrBlock", "10.9.0.0/16"],
    seen: async (_id, { RouteTable, NatGateway }) => {
      const routes = (await routeTableOf(RouteTable.id))?.Routes ?? [];
      const route = routes.find((r) => r.DestinationCidrBlock === "0.0.0.0/0");
      return [
        [route?.NatGatewayId, route?.GatewayId],
        [NatGateway.id, undefined],
      ];
    },
  },
  {
    type: "aws:ec2/routeTable:RouteTable",
    name: "OtherRouteTable",
    inputs: ({ Vpc }) => ({ vpcId: Vpc.id }),
  },
  {
    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    inputs: ({ RouteTable, Subnet }) => ({ routeTableId: RouteTable.id, subnetId: Subnet.id }),
    change: ({ OtherRouteTable }) => ({ routeTableId: OtherRouteTable.id }),
    replaces: ["subnetId", "subnet-0"],
    seen: async (_id, { RouteTable, OtherRouteTable, Subnet }) => {
      const subnets = async (table: string) =>
        ((await routeTableOf(table))?.Associations ?? []).map(({ SubnetId }) => SubnetId);
      return [
        [await subnets(RouteTable.id), await subnets(OtherRouteTable.id)],
        [[], [Subnet.id]],
      ];
    },
  },
  ...["SubnetB", "SubnetC"].map((name) => ({
    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    name: `${name}Association`,
    inputs: ({ RouteTable, [name]: of }: Made) => ({
      routeTableId: RouteTable.id,
      subnetId: of.id,
    }),
  })),
  {
    type: "aws:ec2/securityGroup:SecurityGroup",
    inputs: ({ Vpc }) => ({ vpcId: Vpc.id, name: "group", description: "of the test" }),
    change: () => ({ tags: { a: "1" } }),
    replaces: ["description", "another"],
    seen: async (id) => [await ec2Tags(id), ["a=1"]],
  },
  {
    type: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    inputs: ({ Vpc }) => ({ vpcId: Vpc.id }),
    change: () => ({ tags: { a: "1" } }),
    replaces: ["vpcId", "vpc-0"],
    stays: true,
    seen: async (id) => [await ec2Tags(id), ["a=1"]],
  },
  {
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    inputs: ({ SecurityGroup }) => ({
      securityGroupId: SecurityGroup.id,
      referencedSecurityGroupId: SecurityGroup.id,
      ipProtocol: "-1",
      description: "its members",
    }),
    change: () => ({ description: "all of them" }),
    seen: async (id) => [(await ruleOf(id))?.Description, "all of them"],
    replaces: ["securityGroupId", "sg-0"],
  },
  {
    type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    inputs: ({ SecurityGroup }) => ({
      securityGroupId: SecurityGroup.id,
      cidrIpv4: "10.0.0.0/8",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      description: "inside",
    }),
    change: () => ({ cidrIpv4: "10.1.0.0/16", fromPort: 8000, toPort: 8080 }),
    seen: async (id) => {
      const rule = await ruleOf(id);
      return [
        [rule?.CidrIpv4, rule?.FromPort, rule?.ToPort],
        ["10.1.0.0/16", 8000, 8080],
      ];
    },
    replaces: ["securityGroupId", "sg-0"],
  },
  {
    type: "aws:ec2/vpcEndpoint:VpcEndpoint",
    inputs: ({ Vpc, RouteTable }) => ({
      vpcId: Vpc.id,
      serviceName: "com.amazonaws.us-east-1.s3",
      vpcEndpointType: "Gateway",
      routeTableIds: [RouteTable.id],
    }),
    change: ({ RouteTable, OtherRouteTable }) => ({
      routeTableIds: [RouteTable.id, OtherRouteTable.id],
    }),
    replaces: ["serviceName", "com.amazonaws.us-east-1.dynamodb"],
    seen: async (id, { RouteTable, OtherRouteTable }) => [
      new Set((await endpointOf(id))?.RouteTableIds),
      new Set([RouteTable.id, OtherRouteTable.id]),
    ],
  },
  {
    type: "aws:ec2/vpcEndpoint:VpcEndpoint",
    name: "InterfaceEndpoint",
    inputs: ({ Vpc, Subnet, SecurityGroup }) => ({
      vpcId: Vpc.id,
      serviceName: "com.amazonaws.us-east-1.elasticmapreduce",
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      subnetIds: [Subnet.id],
      securityGroupIds: [SecurityGroup.id],
    }),
    change: ({ Subnet, SubnetB }) => ({ subnetIds: [Subnet.id, SubnetB.id] }),
    replaces: ["vpcEndpointType", "Gateway"],
    seen: async (id, { Subnet, SubnetB }) => [
      new Set((await endpointOf(id))?.SubnetIds),
      new Set([Subnet.id, SubnetB.id]),
    ],
  },
  {
    type: "aws:cloudwatch/logGroup:LogGroup",
    inputs: () => ({ name: "/test/logs", retentionInDays: 30, tags: { a: "1" } }),
    change: () => ({ retentionInDays: 90, tags: { a: "2" } }),
    replaces: ["name", "/test/others"],
    seen: async (id) => {
      const { logGroups } = await clients.logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: id }),
      );
      return [logGroups?.map(({ retentionInDays }) => retentionInDays), [90]];
    },
  },
  {
    type: "aws:iam/role:Role",
    inputs: () => ({
      name: "test-role",
      description: "of the test",
      assumeRolePolicy: TRUST("vpc-flow-logs.amazonaws.com"),
      permissionsBoundary: "arn:aws:iam::aws:policy/ReadOnlyAccess",
      tags: { a: "1" },
    }),
    change: () => ({
      description: "changed",
      assumeRolePolicy: AIRFLOW_TRUST,
      permissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess",
      tags: { a: "2" },
    }),
    replaces: ["name", "other-role"],
    seen: async (id) => {
      const { Role } = await clients.iam.send(new GetRoleCommand({ RoleName: id }));
      const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
      return [
        [
          Role?.Description,
          JSON.parse(trust),
          Role?.Tags,
          Role?.PermissionsBoundary?.PermissionsBoundaryArn,
        ],
        [
          "changed",
          JSON.parse(AIRFLOW_TRUST),
          [{ Key: "a", Value: "2" }],
          "arn:aws:iam::aws:policy/PowerUserAccess",
        ],
      ];
    },
  },
  {
    type: "aws:iam/policy:Policy",
    inputs: () => ({
      name: "test-managed-policy",
      description: "of the test",
      path: "/test/",
      policy: allow("logs:DescribeLogGroups"),
      tags: { a: "1" },
    }),
    change: () => ({ policy: allow("s3:ListAllMyBuckets"), tags: { a: "2" } }),
    replaces: ["path", "/other/"],
    seen: async (id) => {
      const { Policy } = await clients.iam.send(new GetPolicyCommand({ PolicyArn: id }));
      const { PolicyVersion } = await clients.iam.send(
        new GetPolicyVersionCommand({ PolicyArn: id, VersionId: Policy?.DefaultVersionId }),
      );
      return [
        [JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? "")), Policy?.Tags],
        [JSON.parse(allow("s3:ListAllMyBuckets")), [{ Key: "a", Value: "2" }]],
      ];
    },
  },
  {
    type: "aws:iam/rolePolicy:RolePolicy",
    inputs: ({ Role }) => ({
      name: "test-policy",
      role: Role.state.name,
      policy: allow("logs:DescribeLogGroups"),
    }),
    change: () => ({ policy: allow(MWAA_ACTIONS) }),
    replaces: ["role", "other-role"],
    seen: async (_id, { Role }) => {
      const { PolicyDocument } = await clients.iam.send(
        new GetRolePolicyCommand({ RoleName: Role.id, PolicyName: "test-policy" }),
      );
      return [
        JSON.parse(decodeURIComponent(PolicyDocument ?? "")),
        JSON.parse(allow(MWAA_ACTIONS)),
      ];
    },
  },
  {
    type: "aws:ec2/flowLog:FlowLog",
    inputs: ({ Vpc, LogGroup, Role }) => ({
      vpcId: Vpc.id,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: LogGroup.state.arn,
      iamRoleArn: Role.state.arn,
    }),
    change: () => ({ tags: { a: "1" } }),
    replaces: ["trafficType", "REJECT"],
    seen: async (id) => [await ec2Tags(id), ["a=1"]],
  },
  {
    type: "aws:kms/key:Key",
    inputs: () => ({
      description: "of the test",
      enableKeyRotation: true,
      deletionWindowInDays: 7,
    }),
    change: () => ({ description: "changed", enableKeyRotation: false }),
    seen: async (id) => {
      const { KeyMetadata } = await clients.kms.send(new DescribeKeyCommand({ KeyId: id }));
      const rotation = await clients.kms.send(new GetKeyRotationStatusCommand({ KeyId: id }));
      return [
        [KeyMetadata?.Description, rotation.KeyRotationEnabled],
        ["changed", false],
      ];
    },
  },
  {
    type: "aws:kms/key:Key",
    name: "OtherKey",
    inputs: () => ({ description: "another", deletionWindowInDays: 7 }),
  },
  {
    type: "aws:kms/alias:Alias",
    inputs: ({ Key }) => ({ name: "alias/test", targetKeyId: Key.state.keyId }),
    change: ({ OtherKey }) => ({ targetKeyId: OtherKey.state.keyId }),
    replaces: ["name", "alias/other"],
    seen: async (id, { OtherKey }) => {
      const { KeyMetadata } = await clients.kms.send(new DescribeKeyCommand({ KeyId: id }));
      return [KeyMetadata?.KeyId, OtherKey.id];
    },
  },
  {
    type: "aws:s3/bucket:Bucket",
    inputs: () => ({ bucket: "airflow-life-cycle", forceDestroy: true, tags: { a: "1" } }),
    change: () => ({ tags: { a: "2" } }),
    replaces: ["bucket", "airflow-other"],
    seen: async (id) => [
      (await clients.s3.send(new s3.GetBucketTaggingCommand({ Bucket: id }))).TagSet,
      [{ Key: "a", Value: "2" }],
    ],
  },
  {
    type: "aws:s3/bucketVersioning:BucketVersioning",
    inputs: ({ Bucket }) => ({
      bucket: Bucket.id,
      versioningConfiguration: { status: "Suspended" },
    }),
    change: () => ({ versioningConfiguration: { status: "Enabled" } }),
    replaces: ["bucket", "airflow-other"],
    stays: true,
    seen: async (id) => [
      (await clients.s3.send(new s3.GetBucketVersioningCommand({ Bucket: id }))).Status,
      "Enabled",
    ],
  },
  {
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    inputs: ({ Bucket }) => ({
      bucket: Bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: false,
    }),
    change: () => ({ restrictPublicBuckets: true }),
    replaces: ["bucket", "airflow-other"],
    seen: async (id) => {
      const block = await clients.s3.send(new s3.GetPublicAccessBlockCommand({ Bucket: id }));
      return [
        block.PublicAccessBlockConfiguration,
        {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      ];
    },
  },
  {
    type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    inputs: ({ Bucket }) => ({
      bucket: Bucket.id,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
          blockedEncryptionTypes: ["SSE-C"],
        },
      ],
    }),
    change: ({ Key }) => ({
      rules: [
        {
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: "aws:kms",
            kmsMasterKeyId: Key.state.arn,
          },
          blockedEncryptionTypes: ["NONE"],
          bucketKeyEnabled: true,
        },
      ],
    }),
    replaces: ["bucket", "airflow-other"],
    stays: true,
    seen: async (id, { Key }) => {
      const there = await clients.s3.send(new s3.GetBucketEncryptionCommand({ Bucket: id }));
      const [rule] = there.ServerSideEncryptionConfiguration?.Rules ?? [];
      const { SSEAlgorithm, KMSMasterKeyID } = rule.ApplyServerSideEncryptionByDefault ?? {};
      return [
        [
          ...[SSEAlgorithm, KMSMasterKeyID, rule.BucketKeyEnabled],
          rule.BlockedEncryptionTypes?.EncryptionType,
        ],
        ["aws:kms", Key.state.arn, true, ["NONE"]],
      ];
    },
  },
  {
    type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    inputs: ({ Bucket }) => ({
      bucket: Bucket.id,
      rule: { objectOwnership: "BucketOwnerPreferred" },
    }),
    change: () => ({ rule: { objectOwnership: "BucketOwnerEnforced" } }),
    replaces: ["bucket", "airflow-other"],
    seen: async (id) => [
      (await clients.s3.send(new s3.GetBucketOwnershipControlsCommand({ Bucket: id })))
        .OwnershipControls?.Rules,
      [{ ObjectOwnership: "BucketOwnerEnforced" }],
    ],
  },
  {
    type: "aws:s3/bucketPolicy:BucketPolicy",
    inputs: (made) => ({ bucket: made.Bucket.id, policy: bucketPolicy(made, "First") }),
    change: (made) => ({ policy: bucketPolicy(made, "Second") }),
    replaces: ["bucket", "airflow-other"],
    seen: async (id, made) => {
      const { Policy } = await clients.s3.send(new s3.GetBucketPolicyCommand({ Bucket: id }));
      return [JSON.parse(Policy ?? ""), JSON.parse(bucketPolicy(made, "Second"))];
    },
  },
  {
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    inputs: ({ Bucket }) => ({
      bucket: Bucket.id,
      rules: [
        {
          id: "old",
          status: "Enabled",
          filter: {},
          noncurrentVersionExpiration: { noncurrentDays: 30 },
        },
      ],
    }),
    change: () => ({
      rules: [
        {
          id: "old",
          status: "Enabled",
          filter: {},
          noncurrentVersionExpiration: { noncurrentDays: 60 },
        },
      ],
    }),
    replaces: ["bucket", "airflow-other"],
    seen: async (id) => {
      const { Rules } = await clients.s3.send(
        new s3.GetBucketLifecycleConfigurationCommand({ Bucket: id }),
      );
      return [Rules?.map((rule) => rule.NoncurrentVersionExpiration?.NoncurrentDays), [60]];
    },
  },
  {
    type: "aws:s3/bucketObjectv2:BucketObjectv2",
    inputs: ({ Bucket }) => ({
      bucket: Bucket.id,
      key: "dags/a.py",
      content: "one",
      tags: { a: "1" },
    }),
    change: () => ({ content: "two", tags: { a: "2" } }),
    replaces: ["key", "dags/b.py"],
    seen: async (id, { Bucket, BucketObjectv2 }) => {
      const there = await clients.s3.send(new s3.GetObjectCommand({ Bucket: Bucket.id, Key: id }));
      return [
        [await there.Body?.transformToString(), there.VersionId],
        ["two", BucketObjectv2.state.versionId],
      ];
    },
  },
  {
    type: "aws:ssm/parameter:Parameter",
    inputs: () => ({ name: "/test/one", type: "String", value: "1", tags: { a: "1" } }),
    change: () => ({ value: "2", tags: { a: "2" } }),
    replaces: ["name", "/test/two"],
    seen: async (id) => {
      const { Parameter } = await clients.ssm.send(new GetParameterCommand({ Name: id }));
      return [
        [Parameter?.Value, Parameter?.Version],
        ["2", 2],
      ];
    },
  },
  {
    type: "aws:sns/topic:Topic",
    inputs: () => ({
      name: "test-topic",
      displayName: "one",
      kmsMasterKeyId: "alias/aws/sns",
      tags: { a: "1" },
    }),
    change: () => ({ displayName: "two", tags: { a: "2" } }),
    replaces: ["name", "other-topic"],
    seen: async (id) => {
      const { Attributes } = await clients.sns.send(
        new GetTopicAttributesCommand({ TopicArn: id }),
      );
      return [
        [Attributes?.DisplayName, Attributes?.KmsMasterKeyId],
        ["two", "alias/aws/sns"],
      ];
    },
  },
  {
    type: "aws:sns/topicPolicy:TopicPolicy",
    inputs: ({ Topic }) => ({ arn: Topic.id, policy: topicPolicy(Topic.id, "sns:Publish") }),
    change: ({ Topic }) => ({ policy: topicPolicy(Topic.id, "sns:Subscribe") }),
    replaces: ["arn", "arn:aws:sns:us-east-1:123456789012:other-topic"],
    stays: true,
    seen: async (id) => {
      const { Attributes } = await clients.sns.send(
        new GetTopicAttributesCommand({ TopicArn: id }),
      );
      return [JSON.parse(Attributes?.Policy ?? "{}"), JSON.parse(topicPolicy(id, "sns:Subscribe"))];
    },
  },
  {
    type: "aws:sns/topicSubscription:TopicSubscription",
    inputs: ({ Topic }) => ({
      topic: Topic.id,
      protocol: "sqs",
      endpoint: "arn:aws:sqs:us-east-1:123456789012:test",
    }),
    replaces: ["endpoint", "arn:aws:sqs:us-east-1:123456789012:other"],
  },
  {
    type: "aws:glue/catalogDatabase:CatalogDatabase",
    inputs: () => ({ name: "test_database", description: "of the test" }),
    change: () => ({ description: "changed" }),
    replaces: ["name", "other_database"],
    seen: async () => {
      const { Database } = await clients.glue.send(
        new GetDatabaseCommand({ Name: "test_database" }),
      );
      return [Database?.Description, "changed"];
    },
  },
  {
    type: "aws:iam/role:Role",
    name: "ServiceRole",
    inputs: () => ({
      name: "life-cycle-service",
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: {
              Service: ["ec2.amazonaws.com", "glue.amazonaws.com", "states.amazonaws.com"],
            },
            Action: "sts:AssumeRole",
          },
        ],
      }),
    }),
  },
  {
    type: "aws:iam/rolePolicy:RolePolicy",
    name: "ServiceRolePolicy",
    inputs: ({ ServiceRole }) => ({
      name: "logs",
      role: ServiceRole.id,
      policy: allow("logs:*"),
    }),
  },
  {
    type: "aws:iam/role:Role",
    name: "OtherServiceRole",
    inputs: () => ({
      name: "life-cycle-other-service",
      assumeRolePolicy: TRUST("ec2.amazonaws.com"),
    }),
  },
  {
    type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    inputs: ({ ServiceRole }) => ({
      role: ServiceRole.id,
      policyArn: "arn:aws:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2",
    }),
    replaces: ["role", "another"],
  },
  {
    type: "aws:iam/instanceProfile:InstanceProfile",
    inputs: ({ ServiceRole }) => ({
      name: "life-cycle-profile",
      role: ServiceRole.id,
      tags: { a: "1" },
    }),
    change: ({ OtherServiceRole }) => ({ role: OtherServiceRole.id, tags: { b: "2" } }),
    replaces: ["name", "other-profile"],
    seen: async (id, { OtherServiceRole }) => {
      const { InstanceProfile } = await clients.iam.send(
        new GetInstanceProfileCommand({ InstanceProfileName: id }),
      );
      return [
        [InstanceProfile?.Roles?.map(({ RoleName }) => RoleName), InstanceProfile?.Tags],
        [[OtherServiceRole.id], [{ Key: "b", Value: "2" }]],
      ];
    },
  },
  {
    type: "aws:emr/securityConfiguration:SecurityConfiguration",
    inputs: () => ({
      name: "life-cycle-security",
      configuration: JSON.stringify({
        EncryptionConfiguration: {
          EnableAtRestEncryption: true,
          EnableInTransitEncryption: false,
          AtRestEncryptionConfiguration: {
            S3EncryptionConfiguration: { EncryptionMode: "SSE-S3" },
          },
        },
      }),
    }),
    replaces: ["name", "other-security"],
  },
  {
    type: "aws:glue/securityConfiguration:SecurityConfiguration",
    name: "GlueSecurity",
    inputs: ({ Key }) => ({
      name: "life-cycle-glue-security",
      encryptionConfiguration: {
        cloudwatchEncryption: {
          cloudwatchEncryptionMode: "SSE-KMS",
          kmsKeyArn: Key.state.arn,
        },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: "DISABLED" },
        s3Encryption: { s3EncryptionMode: "SSE-S3" },
      },
    }),
    replaces: ["name", "other-security"],
  },
  {
    type: "aws:glue/job:Job",
    inputs: ({ ServiceRole, GlueSecurity, Bucket }) => ({
      name: "life-cycle-job",
      roleArn: ServiceRole.state.arn,
      glueVersion: "5.1",
      command: {
        name: "glueetl",
        pythonVersion: "3",
        scriptLocation: `s3://${Bucket.id}/jobs/one.py`,
      },
      workerType: "G.1X",
      numberOfWorkers: 2,
      timeout: 10,
      maxRetries: 0,
      executionProperty: { maxConcurrentRuns: 1 },
      securityConfiguration: GlueSecurity.id,
      defaultArguments: { "--one": "1", "--two": "2" },
      tags: { a: "1" },
    }),
    change: () => ({ timeout: 20, defaultArguments: { "--two": "3" }, description: "changed" }),
    replaces: ["name", "other-job"],
    seen: async (id) => {
      const { Job } = await clients.glue.send(new GetJobCommand({ JobName: id }));
      return [
        [Job?.Timeout, Job?.DefaultArguments, Job?.Description, Job?.NumberOfWorkers],
        [20, { "--two": "3" }, "changed", 2],
      ];
    },
  },
  {
    type: "aws:glue/crawler:Crawler",
    inputs: ({ ServiceRole, GlueSecurity, Bucket, CatalogDatabase }) => ({
      name: "life-cycle-crawler",
      role: ServiceRole.state.arn,
      databaseName: CatalogDatabase.state.name,
      s3Targets: [{ path: `s3://${Bucket.id}/one/` }],
      configuration: JSON.stringify({ Version: 1 }),
      schemaChangePolicy: { updateBehavior: "UPDATE_IN_DATABASE", deleteBehavior: "LOG" },
      securityConfiguration: GlueSecurity.id,
      tags: { a: "1" },
    }),
    change: ({ Bucket }) => ({
      s3Targets: [{ path: `s3://${Bucket.id}/two/` }],
      schemaChangePolicy: { updateBehavior: "LOG", deleteBehavior: "LOG" },
      tags: { b: "1" },
    }),
    replaces: ["name", "other-crawler"],
    seen: async (id, { Bucket }) => {
      const { Crawler } = await clients.glue.send(new GetCrawlerCommand({ Name: id }));
      return [
        [
          Crawler?.Targets?.S3Targets?.map(({ Path }) => Path),
          Crawler?.SchemaChangePolicy?.UpdateBehavior,
        ],
        [[`s3://${Bucket.id}/two/`], "LOG"],
      ];
    },
  },
  {
    type: "aws:sfn/stateMachine:StateMachine",
    inputs: ({ ServiceRole, LogGroup }) => ({
      name: "life-cycle-machine",
      roleArn: ServiceRole.state.arn,
      definition: JSON.stringify({ StartAt: "One", States: { One: { Type: "Succeed" } } }),
      loggingConfiguration: {
        level: "ALL",
        includeExecutionData: true,
        logDestination: `${String(LogGroup.state.arn)}:*`,
      },
      tracingConfiguration: { enabled: true },
      tags: { a: "1" },
    }),
    change: ({ LogGroup }) => ({
      definition: JSON.stringify({ StartAt: "Two", States: { Two: { Type: "Succeed" } } }),
      loggingConfiguration: {
        level: "ERROR",
        includeExecutionData: false,
        logDestination: `${String(LogGroup.state.arn)}:*`,
      },
      tags: { b: "2" },
    }),
    replaces: ["name", "other-machine"],
    seen: async (id) => {
      const there = await clients.sfn.send(
        new DescribeStateMachineCommand({ stateMachineArn: id }),
      );
      return [
        [JSON.parse(there.definition ?? ""), there.loggingConfiguration?.level],
        [{ StartAt: "Two", States: { Two: { Type: "Succeed" } } }, "ERROR"],
      ];
    },
  },
  {
    type: "aws:athena/workgroup:Workgroup",
    inputs: ({ Bucket }) => ({
      name: "test-workgroup",
      forceDestroy: true,
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        resultConfiguration: { outputLocation: `s3://${Bucket.id}/results/` },
      },
    }),
    change: ({ Bucket }) => ({
      state: "DISABLED",
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: false,
        resultConfiguration: { outputLocation: `s3://${Bucket.id}/elsewhere/` },
      },
    }),
    replaces: ["name", "other-workgroup"],
    seen: async (id, { Bucket }) => {
      const { WorkGroup } = await clients.athena.send(new GetWorkGroupCommand({ WorkGroup: id }));
      const set = WorkGroup?.Configuration;
      return [
        [
          WorkGroup?.State,
          set?.PublishCloudWatchMetricsEnabled,
          set?.ResultConfiguration?.OutputLocation,
        ],
        ["DISABLED", false, `s3://${Bucket.id}/elsewhere/`],
      ];
    },
  },
  {
    type: "aws:redshift/subnetGroup:SubnetGroup",
    name: "RedshiftSubnets",
    inputs: ({ Subnet, SubnetB }) => ({
      name: "test-cluster-subnets",
      description: "of the tests",
      subnetIds: [Subnet.id, SubnetB.id],
      tags: { a: "1", b: "2" },
    }),
    change: ({ Subnet, SubnetB, SubnetC }) => ({
      description: "of other tests",
      subnetIds: [Subnet.id, SubnetB.id, SubnetC.id],
      tags: { a: "3" },
    }),
    replaces: ["name", "other-subnets"],
    seen: async (id, { Subnet, SubnetB, SubnetC }) => {
      const { ClusterSubnetGroups } = await clients.redshift.send(
        new DescribeClusterSubnetGroupsCommand({ ClusterSubnetGroupName: id }),
      );
      const [group] = ClusterSubnetGroups ?? [];
      return [
        [
          group.Description,
          new Set(group.Subnets?.map(({ SubnetIdentifier }) => SubnetIdentifier)),
          group.Tags,
        ],
        [
          "of other tests",
          new Set([Subnet.id, SubnetB.id, SubnetC.id]),
          [{ Key: "a", Value: "3" }],
        ],
      ];
    },
  },
  {
    type: "aws:redshift/parameterGroup:ParameterGroup",
    name: "RedshiftParameters",
    inputs: () => ({
      name: "test-cluster-parameters",
      family: "redshift-1.0",
      parameters: [
        { name: "require_ssl", value: "true" },
        { name: "statement_timeout", value: "1000" },
      ],
    }),
    change: () => ({
      parameters: [
        { name: "statement_timeout", value: "2000" },
        { name: "require_ssl", value: "true" },
        { name: "enable_user_activity_logging", value: "true" },
      ],
    }),
    replaces: ["family", "redshift-2.0"],
    seen: async (id) => {
      const { Parameters = [] } = await clients.redshift.send(
        new DescribeClusterParametersCommand({ ParameterGroupName: id, Source: "user" }),
      );
      return [
        Object.fromEntries(Parameters.map((one) => [one.ParameterName, one.ParameterValue])),
        { require_ssl: "true", statement_timeout: "2000", enable_user_activity_logging: "true" },
      ];
    },
  },
  {
    type: "aws:redshift/cluster:Cluster",
    inputs: ({ RedshiftSubnets, RedshiftParameters, SecurityGroup }) => ({
      clusterIdentifier: "test-cluster",
      databaseName: "dev",
      nodeType: "ra3.large",
      clusterType: "single-node",
      numberOfNodes: 1,
      masterUsername: "awsuser",
      manageMasterPassword: true,
      encrypted: "true",
      publiclyAccessible: false,
      automatedSnapshotRetentionPeriod: 7,
      clusterSubnetGroupName: RedshiftSubnets.id,
      clusterParameterGroupName: RedshiftParameters.id,
      vpcSecurityGroupIds: [SecurityGroup.id],
      skipFinalSnapshot: true,
      tags: { a: "1" },
    }),
    change: () => ({
      ...{ nodeType: "ra3.xlplus", clusterType: "multi-node", numberOfNodes: 2 },
      tags: { a: "2" },
    }),
    replaces: ["masterUsername", "other"],
    seen: async (id) => {
      const { Clusters } = await clients.redshift.send(
        new DescribeClustersCommand({ ClusterIdentifier: id }),
      );
      const [there] = Clusters ?? [];
      return [
        [there.NodeType, there.NumberOfNodes, there.ClusterNodes?.length, there.Tags],
        ["ra3.xlplus", 2, 3, [{ Key: "a", Value: "2" }]],
      ];
    },
  },
  {
    type: "aws:redshift/logging:Logging",
    inputs: ({ Cluster }) => ({
      clusterIdentifier: Cluster.id,
      logDestinationType: "cloudwatch",
      logExports: ["userlog"],
    }),
    change: () => ({ logExports: ["userlog", "connectionlog"] }),
    replaces: ["clusterIdentifier", "other-cluster"],
    seen: async (id) => {
      const { LogExports } = await clients.redshift.send(
        new DescribeLoggingStatusCommand({ ClusterIdentifier: id }),
      );
      return [new Set(LogExports), new Set(["userlog", "connectionlog"])];
    },
  },
  {
    type: "aws:redshiftserverless/namespace:Namespace",
    inputs: () => ({
      namespaceName: "test-namespace",
      dbName: "dev",
      manageAdminPassword: true,
      logExports: ["userlog"],
    }),
    change: () => ({ logExports: ["userlog", "connectionlog"] }),
    replaces: ["namespaceName", "other-namespace"],
    seen: async (id) => {
      const { namespace } = await clients.redshiftServerless.send(
        new GetNamespaceCommand({ namespaceName: id }),
      );
      return [new Set(namespace?.logExports), new Set(["userlog", "connectionlog"])];
    },
  },
  {
    type: "aws:redshiftserverless/workgroup:Workgroup",
    name: "RedshiftWorkgroup",
    inputs: ({ Namespace, Subnet, SubnetB, SubnetC, SecurityGroup }) => ({
      workgroupName: "test-workgroup",
      namespaceName: Namespace.state.namespaceName,
      baseCapacity: 8,
      publiclyAccessible: false,
      subnetIds: [Subnet.id, SubnetB.id, SubnetC.id],
      securityGroupIds: [SecurityGroup.id],
    }),
    change: () => ({
      baseCapacity: 16,
      // All of them, as AWS tells them.
      configParameters: Object.entries({
        auto_mv: "true",
        datestyle: "ISO, MDY",
        enable_case_sensitive_identifier: "false",
        enable_user_activity_logging: "true",
        max_query_execution_time: "14400",
        query_group: "default",
        require_ssl: "false",
        search_path: "$user, public",
        use_fips_ssl: "false",
      }).map(([parameterKey, parameterValue]) => ({ parameterKey, parameterValue })),
    }),
    replaces: ["workgroupName", "other-workgroup"],
    seen: async (id) => {
      const { workgroup } = await clients.redshiftServerless.send(
        new GetWorkgroupCommand({ workgroupName: id }),
      );
      const ssl = workgroup?.configParameters?.find((one) => one.parameterKey === "require_ssl");
      return [
        [workgroup?.baseCapacity, ssl?.parameterValue],
        [16, "false"],
      ];
    },
  },
  {
    type: "aws:mwaa/environment:Environment",
    inputs: ({ Bucket, Role, SubnetB, SubnetC, SecurityGroup }) => ({
      name: "mwaa-test",
      airflowVersion: "3.2.1",
      environmentClass: "mw1.small",
      dagS3Path: "dags/",
      sourceBucketArn: Bucket.state.arn,
      executionRoleArn: Role.state.arn,
      networkConfiguration: {
        // Those that reach AWS.
        subnetIds: [SubnetB.id, SubnetC.id],
        securityGroupIds: [SecurityGroup.id],
      },
      airflowConfigurationOptions: { "core.default_timezone": "utc" },
      tags: { a: "1" },
    }),
    change: () => ({
      environmentClass: "mw1.medium",
      airflowConfigurationOptions: { "core.default_timezone": "Europe/Berlin" },
      tags: { a: "2" },
    }),
    replaces: ["name", "mwaa-other"],
    seen: async (id) => {
      const { Environment: there } = await mwaa("GET", `/environments/${id}`);
      const { EnvironmentClass, AirflowConfigurationOptions, Tags } = there as Properties;
      return [
        [EnvironmentClass, AirflowConfigurationOptions, Tags],
        ["mw1.medium", { "core.default_timezone": "Europe/Berlin" }, { a: "2" }],
      ];
    },
  },
];

const nameOf = ({ type, name }: Entry) => name ?? type.split(":")[2];

describe("each type of the aws provider", () => {
  const made: Record<string, { id: string; state: Properties }> = {};
  const inputsOf: Record<string, Properties> = {};

  it("is tried here", () => {
    assert.deepEqual(
      [...new Set(ENTRIES.map(({ type }) => type))].sort(),
      Object.keys(ROWS).sort(),
    );
    for (const [type, row] of Object.entries(ROWS)) {
      const entries = ENTRIES.filter((entry) => entry.type === type);
      assert.ok(
        row.update === undefined || entries.some(({ change }) => change),
        `${type} is changed nowhere`,
      );
      for (const { change, seen } of entries) {
        assert.equal(change === undefined, seen === undefined, `${type}: seen goes with change`);
      }
    }
  });

  for (const entry of ENTRIES) {
    const { type, inputs, change, replaces } = entry;
    const name = nameOf(entry);
    const row = ROWS[type];

    it(`${name} is made, read without a difference, and changed in place`, async () => {
      const urn = `urn:pulumi:test::test::${type}::${name}`;
      const wanted = checkInputs(row, urn, {}, inputs(made));
      const noted: string[] = [];
      const { id, outputs } = await row.create(wanted, (own) => noted.push(own));
      assert.ok(
        noted.every((own) => own === id),
        `${noted.join()} were noted for ${id}`,
      );
      const state = stateOf(row, wanted, outputs);
      for (const output of row.computed) {
        assert.ok(output in state, `${output} is not among the outputs`);
      }
      made[name] = { id, state };
      inputsOf[name] = wanted;
      const there = await row.read(id, state);
      assert.ok(there, "it is not there");
      const untold = row.args.filter((arg) => !(arg in there) && !UNTOLD[type]?.includes(arg));
      assert.deepEqual(untold, [], "read finds no change of these");
      assert.deepEqual(
        difference(row, wanted, observedInputs(row, wanted, there)).changed,
        [],
        JSON.stringify(there),
      );
      if (replaces) {
        const [key, value] = replaces;
        assert.ok(difference(row, wanted, { ...wanted, [key]: value }).replaces.includes(key));
      }
      if (change === undefined) {
        return;
      }
      const changed = { ...wanted, ...change(made) };
      const found = difference(row, wanted, changed);
      assert.deepEqual(found.replaces, []);
      assert.ok(found.changed.length > 0);
      const fresh = await row.update?.({
        id,
        inputs: changed,
        olds: state,
        changed: new Set(found.changed),
      });
      made[name] = { id, state: stateOf(row, changed, { ...outputs, ...(fresh ?? {}) }) };
      inputsOf[name] = changed;
      const [actual, expected] = (await entry.seen?.(id, made)) ?? [];
      assert.deepEqual(actual, expected);
      const after = (await row.read(id, made[name].state)) ?? {};
      for (const key of found.changed.filter((k) => changed[k] !== undefined && k in after)) {
        assert.ok(
          equivalent(after[key], changed[key]) ||
            difference(row, changed, observedInputs(row, changed, after)).changed.length === 0,
          `${key} is ${JSON.stringify(after[key])}`,
        );
      }
      assert.deepEqual(difference(row, changed, observedInputs(row, changed, after)).changed, []);
      assert.notDeepEqual(after, there, "the change is not to be seen");
    });
  }

  it("of a cluster that leaves a last snapshot waits until it is taken", async () => {
    const { state } = made.Cluster;
    const kept = {
      ...{ ...inputsOf.Cluster, clusterIdentifier: "kept-cluster" },
      ...{ skipFinalSnapshot: false, finalSnapshotIdentifier: "kept-cluster-final" },
    };
    const row = ROWS["aws:redshift/cluster:Cluster"];
    const { id } = await row.create(kept, () => undefined);
    await row.delete(id, { ...state, ...kept });
    const { Snapshots = [] } = await clients.redshift.send(
      new DescribeClusterSnapshotsCommand({ ClusterIdentifier: id }),
    );
    assert.deepEqual(
      Snapshots.map(({ SnapshotIdentifier, Status }) => [SnapshotIdentifier, Status]),
      [["kept-cluster-final", "available"]],
    );
    await clients.redshift.send(
      new DeleteClusterSnapshotCommand({ SnapshotIdentifier: "kept-cluster-final" }),
    );
  });

  for (const entry of [...ENTRIES].reverse()) {
    const name = nameOf(entry);
    it(`${name} is removed, and may be gone already`, async () => {
      const row = ROWS[entry.type];
      const { id, state } = made[name];
      await row.delete(id, state);
      if (!entry.stays) {
        assert.equal(await row.read(id, state), undefined);
      }
      await row.delete(id, state);
    });
  }

  it("leaves nothing", async () => {
    assert.deepEqual(await cloud.inventory(), {});
  });
});

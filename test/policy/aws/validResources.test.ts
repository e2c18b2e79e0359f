import assert from "node:assert/strict";

import names from "../../../policy/cloudformation/names.json";
import { evaluate } from "../../../policy/evaluate";
import { awsPropertyConstraints } from "../../../policy/rules/aws/aws-property-constraints";
import { ROWS } from "../../local/provider/rows";
import { resource } from "../graph";
import { ACCEPTANCE_TESTS } from "./acceptanceTests";

type Properties = Readonly<Record<string, unknown>>;

const ACCOUNT = "123456789012";
/** AWS itself, China, both Europes, the governments' and the isolated ones. */
const PARTITIONS: readonly (readonly [partition: string, region: string])[] = [
  ["aws", "eu-central-1"],
  ["aws-cn", "cn-northwest-1"],
  ["aws-us-gov", "us-gov-west-1"],
  ["aws-eusc", "eusc-de-east-1"],
  ["aws-iso", "us-iso-east-1"],
  ["aws-iso-b", "us-isob-east-1"],
  ["aws-iso-e", "eu-isoe-west-1"],
  ["aws-iso-f", "us-isof-south-1"],
];
const TRUST = '{"Version":"2012-10-17","Statement":[]}';
const long = (length: number, end = "") => `${"n".repeat(length - end.length)}${end}`;

/** What AWS's pages on names and limits allow, at the edge of it: type, then arguments of one resource each. */
const EDGES: Readonly<Record<string, readonly Properties[]>> = {
  "cloudwatch/logGroup:LogGroup": [
    { name: "/aws/vendedlogs/states/a.b_c-d#1" },
    { name: long(512), retentionInDays: 3653 },
    { name: "x", retentionInDays: 0, logGroupClass: "INFREQUENT_ACCESS" },
    { name: "x", logGroupClass: "DELIVERY" },
  ],
  "cloudwatch/eventRule:EventRule": [
    { name: "rule.with-dots_1", scheduleExpression: "cron(0 10 ? * MON-FRI *)" },
    { name: "x", eventPattern: '{"source":["aws.s3"]}', state: "DISABLED" },
  ],
  "dynamodb/table:Table": [
    {
      name: "Team_a.orders-1",
      attributes: [{ name: "id", type: "S" }],
      hashKey: "id",
      billingMode: "PAY_PER_REQUEST",
    },
    { name: "abc", attributes: [{ name: "id", type: "N" }], hashKey: "id", readCapacity: 1 },
  ],
  "ec2/securityGroup:SecurityGroup": [
    { description: "a-Z 0.9 _-:/()#,@[]+=&;{}!$*" },
    { description: long(255) },
    { description: "x", vpcId: "vpc-1a2b3c4d" },
    { description: "x", vpcId: "vpc-0123456789abcdef0" },
  ],
  "ec2/vpc:Vpc": [
    { cidrBlock: "10.0.0.0/16", instanceTenancy: "dedicated" },
    { cidrBlock: "100.64.0.0/28", enableDnsHostnames: false },
    { ipv4IpamPoolId: "ipam-pool-0123456789abcdef0", ipv4NetmaskLength: 24 },
  ],
  "ec2/vpcEndpoint:VpcEndpoint": [
    { vpcId: "vpc-1a2b3c4d", serviceName: "com.amazonaws.eu-central-1.s3" },
    {
      vpcId: "vpc-1a2b3c4d",
      serviceName: "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0",
      vpcEndpointType: "Interface",
    },
    {
      vpcId: "vpc-1a2b3c4d",
      serviceName: "com.amazonaws.eu-central-1.ecr.dkr",
      vpcEndpointType: "Interface",
      ipAddressType: "dualstack",
      privateDnsEnabled: true,
    },
  ],
  "ec2/subnet:Subnet": [
    { vpcId: "vpc-1a2b3c4d", cidrBlock: "10.0.0.0/28", availabilityZoneId: "euc1-az1" },
    { vpcId: "vpc-1a2b3c4d", cidrBlock: "10.0.1.0/24", mapPublicIpOnLaunch: true },
  ],
  "ec2/natGateway:NatGateway": [
    { subnetId: "subnet-1a2b3c4d", connectivityType: "private" },
    { subnetId: "subnet-0123456789abcdef0", allocationId: "eipalloc-0123456789abcdef0" },
  ],
  "ecr/repository:Repository": [
    { name: "team/app.web_1" },
    { name: "ab", imageTagMutability: "IMMUTABLE" },
    { name: "a/b/c", encryptionConfigurations: [{ encryptionType: "KMS" }] },
  ],
  "ecs/cluster:Cluster": [{ name: long(255) }, { name: "a_b-C1" }],
  "glue/catalogDatabase:CatalogDatabase": [{ name: "orders_2026" }, { name: long(255) }],
  "glue/job:Job": [
    {
      name: "nightly",
      roleArn: `arn:aws:iam::${ACCOUNT}:role/team/glue`,
      command: { scriptLocation: "s3://b/k.py", pythonVersion: "3", name: "glueetl" },
      glueVersion: "5.0",
      workerType: "G.1X",
      numberOfWorkers: 2,
    },
    {
      name: "shell",
      roleArn: `arn:aws:iam::${ACCOUNT}:role/glue`,
      command: { scriptLocation: "s3://b/k.py", name: "pythonshell", pythonVersion: "3.9" },
      maxCapacity: 0.0625,
    },
  ],
  "iam/role:Role": [
    { name: long(64), assumeRolePolicy: TRUST, path: "/team/data/" },
    { name: "a+b=c,d.e@f-g_h", assumeRolePolicy: TRUST, maxSessionDuration: 43200 },
    { assumeRolePolicy: TRUST, description: "Für Läufe: jede Nacht\nund am Tag" },
  ],
  "iam/policy:Policy": [
    { name: long(128), policy: TRUST },
    { policy: TRUST, path: "/a/b/" },
  ],
  "iam/instanceProfile:InstanceProfile": [{ name: "a.b@c", path: "/" }],
  "kinesis/stream:Stream": [
    { name: "a.b_c-d", shardCount: 1, retentionPeriod: 8760 },
    { name: long(128), streamModeDetails: { streamMode: "ON_DEMAND" } },
  ],
  "kms/alias:Alias": [
    { name: "alias/team/data_1-a", targetKeyId: "12345678-1234-1234-1234-123456789012" },
  ],
  "kms/key:Key": [
    { deletionWindowInDays: 7, keyUsage: "SIGN_VERIFY", customerMasterKeySpec: "ECC_NIST_P256" },
    { deletionWindowInDays: 30, enableKeyRotation: true, rotationPeriodInDays: 90 },
    { multiRegion: true, description: long(8192) },
    { keyUsage: "GENERATE_VERIFY_MAC", customerMasterKeySpec: "HMAC_512" },
  ],
  "lambda/function:Function": [
    {
      name: long(64),
      role: `arn:aws:iam::${ACCOUNT}:role/service-role/f`,
      runtime: "python3.13",
      handler: "app.main",
      architectures: ["arm64"],
      memorySize: 10240,
      timeout: 900,
      ephemeralStorage: { size: 10240 },
    },
    {
      name: "image",
      role: `arn:aws:iam::${ACCOUNT}:role/f`,
      packageType: "Image",
      imageUri: `${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/f:1`,
      memorySize: 128,
      timeout: 1,
    },
    {
      name: "traced",
      role: `arn:aws:iam::${ACCOUNT}:role/f`,
      runtime: "nodejs22.x",
      handler: "index.handler",
      tracingConfig: { mode: "Active" },
      environment: { variables: { A_1: "b" } },
    },
  ],
  "s3/bucket:Bucket": [
    { bucket: "abc" },
    { bucket: "a.b-c.1" },
    { bucket: `a${long(62)}` },
    { bucketPrefix: "team-data-", forceDestroy: true },
  ],
  "s3/bucketVersioning:BucketVersioning": [
    { bucket: "abc", versioningConfiguration: { status: "Enabled" } },
    { bucket: "abc", versioningConfiguration: { status: "Suspended" } },
  ],
  "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
    { bucket: "abc", rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    {
      bucket: "abc",
      rules: [
        {
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: "aws:kms:dsse",
            kmsMasterKeyId: "alias/a",
          },
          bucketKeyEnabled: true,
        },
      ],
    },
  ],
  "secretsmanager/secret:Secret": [
    { name: "team/db_1+a=b.c@d-e", recoveryWindowInDays: 30 },
    { name: "x", recoveryWindowInDays: 0 },
    { name: long(512), description: long(2048) },
  ],
  "sfn/stateMachine:StateMachine": [
    {
      name: "a-b_c",
      type: "EXPRESS",
      roleArn: `arn:aws:iam::${ACCOUNT}:role/states`,
      definition: "{}",
    },
    {
      name: long(80),
      roleArn: `arn:aws:iam::${ACCOUNT}:role/path/to/states`,
      definition: "{}",
      tracingConfiguration: { enabled: true },
    },
  ],
  "sns/topic:Topic": [
    { name: long(256) },
    { name: "orders.fifo", fifoTopic: true, contentBasedDeduplication: true },
    { name: "a", displayName: "Orders", kmsMasterKeyId: "alias/aws/sns" },
  ],
  "sqs/queue:Queue": [
    { name: long(80) },
    { name: long(80, ".fifo"), fifoQueue: true, deduplicationScope: "messageGroup" },
    { name: "a", delaySeconds: 900, messageRetentionSeconds: 1209600 },
    { name: "a", visibilityTimeoutSeconds: 43200, receiveWaitTimeSeconds: 20 },
    { name: "a", maxMessageSize: 1024, messageRetentionSeconds: 60 },
  ],
  "ssm/parameter:Parameter": [
    { name: "/a/b/c.d_e-f", type: "String", value: "v" },
    { name: "plain", type: "StringList", value: "a,b", tier: "Advanced" },
    { name: "/x", type: "SecureString", value: "v", tier: "Intelligent-Tiering" },
    { name: "ami", type: "String", value: "ami-12345678", dataType: "aws:ec2:image" },
  ],
  "athena/workgroup:Workgroup": [
    { name: "a.b_c-D1", state: "DISABLED" },
    { name: long(128), configuration: { bytesScannedCutoffPerQuery: 10485760 } },
  ],
  "redshiftserverless/namespace:Namespace": [
    { namespaceName: "abc", logExports: ["userlog", "connectionlog", "useractivitylog"] },
    { namespaceName: long(64), dbName: "orders" },
  ],
  "redshiftserverless/workgroup:Workgroup": [
    { workgroupName: "abc", namespaceName: "abc", baseCapacity: 8 },
    { workgroupName: "a-b", namespaceName: "abc", baseCapacity: 512, port: 5431 },
  ],
  "emr/studio:Studio": [
    {
      name: "studio",
      authMode: "IAM",
      defaultS3Location: "s3://b/studio",
      engineSecurityGroupId: "sg-0123456789abcdef0",
      serviceRole: `arn:aws:iam::${ACCOUNT}:role/studio`,
      subnetIds: ["subnet-0123456789abcdef0"],
      vpcId: "vpc-0123456789abcdef0",
      workspaceSecurityGroupId: "sg-0123456789abcdef1",
    },
  ],
};

/** ARNs of every partition where a type takes them. */
const inPartition = (
  partition: string,
  region: string,
): readonly (readonly [string, Properties])[] => {
  const arn = (service: string, rest: string, where = region) =>
    `arn:${partition}:${service}:${where}:${service === "s3" ? "" : ACCOUNT}:${rest}`;
  const role = arn("iam", "role/team/x", "");
  const key = arn("kms", "key/12345678-1234-1234-1234-123456789012");
  return [
    ["cloudwatch/logGroup:LogGroup", { name: "x", kmsKeyId: key }],
    [
      "apigatewayv2/integration:Integration",
      { apiId: "abcdef1234", integrationType: "HTTP_PROXY", credentialsArn: role },
    ],
    ["datazone/domain:Domain", { name: "d", domainExecutionRole: role, kmsKeyIdentifier: key }],
    [
      "ec2/customerGateway:CustomerGateway",
      { type: "ipsec.1", certificateArn: arn("acm", "certificate/12345678-1234-1234-1234") },
    ],
    [
      "emr/studio:Studio",
      {
        name: "studio",
        authMode: "IAM",
        defaultS3Location: "s3://b/studio",
        encryptionKeyArn: key,
        engineSecurityGroupId: "sg-0123456789abcdef0",
        serviceRole: role,
        userRole: role,
        subnetIds: ["subnet-0123456789abcdef0"],
        vpcId: "vpc-0123456789abcdef0",
        workspaceSecurityGroupId: "sg-0123456789abcdef1",
      },
    ],
    [
      "glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
      {
        dataCatalogEncryptionSettings: {
          connectionPasswordEncryption: { returnConnectionPasswordEncrypted: false },
          encryptionAtRest: {
            catalogEncryptionMode: "SSE-KMS-WITH-SERVICE-ROLE",
            catalogEncryptionServiceRole: role,
            sseAwsKmsKeyId: key,
          },
        },
      },
    ],
    [
      "glue/catalogTable:CatalogTable",
      {
        name: "t",
        databaseName: "d",
        storageDescriptor: {
          schemaReference: {
            schemaId: { schemaArn: arn("glue", "schema/registry/schema") },
            schemaVersionNumber: 1,
          },
        },
      },
    ],
    [
      "cloudwatch/eventRule:EventRule",
      {
        name: "r",
        eventPattern: "{}",
        eventBusName: arn("events", "event-bus/one"),
        roleArn: role,
      },
    ],
    [
      "cloudwatch/logGroup:LogGroup",
      { name: "x", kmsKeyId: arn("kms", "key/mrk-0123456789abcdef0123456789abcdef") },
    ],
    [
      "lambda/function:Function",
      { name: "f", role, runtime: "python3.13", handler: "a.b", kmsKeyArn: key },
    ],
    ["sfn/stateMachine:StateMachine", { name: "m", roleArn: role, definition: "{}" }],
    [
      "mwaa/environment:Environment",
      {
        name: "airflow",
        dagS3Path: "dags",
        executionRoleArn: role,
        sourceBucketArn: `arn:${partition}:s3:::team.dags-1`,
        kmsKey: key,
        airflowVersion: "3.0.6",
        environmentClass: "mw1.small",
        networkConfiguration: {
          subnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
          securityGroupIds: ["sg-0123456789abcdef0"],
        },
      },
    ],
    [
      "iam/role:Role",
      {
        assumeRolePolicy: TRUST,
        permissionsBoundary: `arn:${partition}:iam::aws:policy/job-function/Billing`,
      },
    ],
    [
      "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      {
        bucket: "abc",
        rules: [
          { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key } },
        ],
      },
    ],
    ["secretsmanager/secret:Secret", { name: "x", kmsKeyId: key }],
    ["sns/topic:Topic", { name: "x", kmsMasterKeyId: key }],
    ["sqs/queue:Queue", { name: "x", kmsMasterKeyId: key }],
    [
      "redshiftserverless/namespace:Namespace",
      { namespaceName: "abc", kmsKeyId: key, defaultIamRoleArn: role, iamRoles: [role] },
    ],
    [
      "dynamodb/table:Table",
      {
        name: "abc",
        hashKey: "id",
        attributes: [{ name: "id", type: "S" }],
        serverSideEncryption: { enabled: true, kmsKeyArn: key },
      },
    ],
    [
      "ecr/repository:Repository",
      { name: "ab", encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: key }] },
    ],
    [
      "ec2/flowLog:FlowLog",
      {
        vpcId: "vpc-1a2b3c4d",
        trafficType: "ALL",
        iamRoleArn: role,
        logDestination: arn("logs", "log-group:x"),
      },
    ],
    [
      "ec2/flowLog:FlowLog",
      {
        vpcId: "vpc-1a2b3c4d",
        trafficType: "REJECT",
        logDestinationType: "s3",
        logDestination: `arn:${partition}:s3:::b/flows/`,
      },
    ],
    ["kinesis/stream:Stream", { name: "x", shardCount: 1, encryptionType: "KMS", kmsKeyId: key }],
    [
      "sns/topicSubscription:TopicSubscription",
      { topic: arn("sns", "x"), protocol: "sqs", endpoint: arn("sqs", "q") },
    ],
    [
      "lambda/permission:Permission",
      {
        action: "lambda:InvokeFunction",
        function: arn("lambda", "function:f"),
        principal: "s3.amazonaws.com",
        sourceArn: `arn:${partition}:s3:::b`,
        sourceAccount: ACCOUNT,
      },
    ],
  ];
};

describe("resources that AWS's pages allow, under aws-property-constraints", () => {
  const all: (readonly [string, Properties])[] = [
    ...Object.entries(EDGES).flatMap(([type, each]) => each.map((one) => [type, one] as const)),
    ...PARTITIONS.flatMap(([partition, region]) => inPartition(partition, region)),
    ...Object.entries(ACCEPTANCE_TESTS).flatMap(([type, each]) =>
      each.map((one) => [type, one] as const),
    ),
  ];

  it("are 150 at least, of types that are judged", () => {
    assert.ok(all.length >= 150, `${all.length} resources`);
    const types = Object.keys(names.types);
    assert.deepEqual(
      [...new Set(all.map(([type]) => `aws:${type}`))].filter((type) => !types.includes(type)),
      [],
    );
  });

  it("are two at least of each type of the program's, as the official provider's own tests make it", () => {
    const judged = Object.keys(ROWS).filter((type) => type in names.types);
    assert.ok(judged.length > 40);
    assert.deepEqual(
      judged.filter((type) => (ACCEPTANCE_TESTS[type.replace("aws:", "")] ?? []).length < 2),
      [],
    );
  });

  it("are refused nowhere", () => {
    const said = all.flatMap(([type, props]) =>
      evaluate(awsPropertyConstraints, [
        resource(`aws:${type}`, type, { ...props }),
      ]).violations.map(({ message }) => `${type}: ${message} (${JSON.stringify(props)})`),
    );
    assert.deepEqual(said, []);
  });

  it("leave what is wrong refused where a pattern is wider than CloudFormation's", () => {
    for (const [type, props, path] of [
      [
        "mwaa/environment:Environment",
        { kmsKey: `arn:aws-us-gov:s3:us-gov-west-1:${ACCOUNT}:x` },
        "kmsKey",
      ],
      [
        "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        { ipProtocol: "-1", referencedSecurityGroupId: `${ACCOUNT}:sg-0123456789abcdef0` },
        "referencedSecurityGroupId",
      ],
    ] as const) {
      const { violations } = evaluate(awsPropertyConstraints, [
        resource(`aws:${type}`, "wrong", props),
      ]);
      assert.ok(
        violations.some(({ message }) => message.startsWith(`${path} is`)),
        path,
      );
    }
  });
});

import { Part, ref } from "../networks/build";

export const json = (...Statement: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement });
export const trust = (...services: string[]): string =>
  json({ Effect: "Allow", Principal: { Service: services }, Action: "sts:AssumeRole" });

const ALL = { protocol: "-1", fromPort: 0, toPort: 0 };
const EVERYWHERE = "0.0.0.0/0";

const quickStartNetwork: readonly Part[] = [
  [
    "ec2/vpc",
    "vpc",
    { cidrBlock: "10.192.0.0/16", enableDnsHostnames: true, enableDnsSupport: true },
  ],
  ["ec2/internetGateway", "internet", { vpcId: ref("vpc") }],
  ["ec2/routeTable", "public", { vpcId: ref("vpc") }],
  [
    "ec2/route",
    "public-default",
    { routeTableId: ref("public"), destinationCidrBlock: EVERYWHERE, gatewayId: ref("internet") },
  ],
  ...[1, 2].flatMap((n): Part[] => [
    [
      "ec2/subnet",
      `public-${n}`,
      {
        vpcId: ref("vpc"),
        cidrBlock: `10.192.1${n - 1}.0/24`,
        availabilityZone: `us-east-1${"ab"[n - 1]}`,
        mapPublicIpOnLaunch: true,
      },
    ],
    [
      "ec2/subnet",
      `private-${n}`,
      {
        vpcId: ref("vpc"),
        cidrBlock: `10.192.2${n - 1}.0/24`,
        availabilityZone: `us-east-1${"ab"[n - 1]}`,
      },
    ],
    ["ec2/eip", `address-${n}`, { domain: "vpc" }],
    [
      "ec2/natGateway",
      `nat-${n}`,
      { allocationId: ref(`address-${n}`), subnetId: ref(`public-${n}`) },
    ],
    ["ec2/routeTable", `private-table-${n}`, { vpcId: ref("vpc") }],
    [
      "ec2/route",
      `private-default-${n}`,
      {
        routeTableId: ref(`private-table-${n}`),
        destinationCidrBlock: EVERYWHERE,
        natGatewayId: ref(`nat-${n}`),
      },
    ],
    [
      "ec2/routeTableAssociation",
      `public-association-${n}`,
      { subnetId: ref(`public-${n}`), routeTableId: ref("public") },
    ],
    [
      "ec2/routeTableAssociation",
      `private-association-${n}`,
      { subnetId: ref(`private-${n}`), routeTableId: ref(`private-table-${n}`) },
    ],
  ]),
];

const execution = (bucket: unknown): readonly Part[] => [
  [
    "iam/role",
    "execution",
    {
      name: "airflow-execution",
      assumeRolePolicy: trust("airflow.amazonaws.com", "airflow-env.amazonaws.com"),
    },
  ],
  [
    "iam/rolePolicy",
    "execution-policy",
    {
      role: ref("execution"),
      policy: json(
        {
          Effect: "Allow",
          Action: "airflow:PublishMetrics",
          Resource: "arn:aws:airflow:us-east-1:123456789012:environment/quick",
        },
        { Effect: "Deny", Action: "s3:ListAllMyBuckets", Resource: bucket },
        {
          Effect: "Allow",
          Action: ["s3:GetObject*", "s3:GetBucket*", "s3:List*"],
          Resource: bucket,
        },
        {
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents"],
          Resource: "arn:aws:logs:us-east-1:123456789012:log-group:airflow-quick-*",
        },
        { Effect: "Allow", Action: "cloudwatch:PutMetricData", Resource: "*" },
        {
          Effect: "Allow",
          Action: ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"],
          Resource: "arn:aws:sqs:us-east-1:*:airflow-celery-*",
        },
        {
          Effect: "Allow",
          Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt"],
          NotResource: "arn:aws:kms:*:123456789012:key/*",
          Condition: { StringLike: { "kms:ViaService": ["sqs.us-east-1.amazonaws.com"] } },
        },
      ),
    },
  ],
];

const logging = Object.fromEntries(
  ["dagProcessingLogs", "schedulerLogs", "taskLogs", "workerLogs", "webserverLogs"].map((log) => [
    log,
    { enabled: true, logLevel: "INFO" },
  ]),
);

/** AWS's own template for a first environment, as a Pulumi program: a public web server, a bucket without a name. */
export const mwaaQuickStart: readonly Part[] = [
  ...quickStartNetwork,
  ["s3/bucket", "dags", { bucket: "quick-environment-bucket" }],
  [
    "s3/bucketVersioning",
    "dags-versions",
    { bucket: ref("dags"), versioningConfiguration: { status: "Enabled" } },
  ],
  [
    "s3/bucketPublicAccessBlock",
    "dags-block",
    {
      bucket: ref("dags"),
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
  ],
  [
    "ec2/securityGroup",
    "group",
    {
      vpcId: ref("vpc"),
      description: "Security group for Amazon MWAA Environment quick",
      egress: [{ ...ALL, cidrBlocks: [EVERYWHERE] }],
    },
  ],
  [
    "ec2/securityGroupRule",
    "group-self",
    { type: "ingress", ...ALL, securityGroupId: ref("group"), sourceSecurityGroupId: ref("group") },
  ],
  ...execution("arn:aws:s3:::quick-environment-bucket/*"),
  [
    "mwaa/environment",
    "quick",
    {
      name: "quick",
      sourceBucketArn: ref("dags", "arn"),
      executionRoleArn: ref("execution", "arn"),
      dagS3Path: "dags",
      networkConfiguration: {
        securityGroupIds: [ref("group")],
        subnetIds: [ref("private-1"), ref("private-2")],
      },
      webserverAccessMode: "PUBLIC_ONLY",
      maxWorkers: 2,
      loggingConfiguration: logging,
    },
  ],
];

/** An environment of a team that gets network and bucket from a platform team: all by ids and names. */
export const mwaaInExistingVpc: readonly Part[] = [
  ...execution("arn:aws:s3:::platform-dags/*"),
  [
    "mwaa/environment",
    "team",
    {
      name: "quick",
      airflowVersion: "2.10.3",
      sourceBucketArn: "arn:aws:s3:::platform-dags",
      executionRoleArn: ref("execution", "arn"),
      dagS3Path: "dags/team",
      environmentClass: "mw1.medium",
      networkConfiguration: {
        securityGroupIds: ["sg-0123456789abcdef0"],
        subnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
      },
      loggingConfiguration: { taskLogs: { enabled: true, logLevel: "WARNING" } },
    },
  ],
];

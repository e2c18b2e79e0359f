/**
 * Resources that the official provider makes in an account of AWS's in its acceptance tests, each of the program's
 * types: the arguments as facts, with names and ids of one's own. Source: `internal/service/<service>/<file>_test.go`
 * of hashicorp/terraform-provider-aws, commit 1a5174b137bbdefdebd6e5c2fc033f829057e283.
 */

type Properties = Readonly<Record<string, unknown>>;

const ACCOUNT = "123456789012";
const arn = (service: string, rest: string, region = "us-west-2") =>
  `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`;
const ROLE = arn("iam", "role/tf-acc-test-1234567890", "");
const KEY = arn("kms", "key/12345678-1234-1234-1234-123456789012");
const TOPIC = arn("sns", "tf-acc-test-1234567890");
const NAME = "tf-acc-test-1234567890123456789";
const BUCKET = "tf-acc-test-1234567890";
const VPC = "vpc-0123456789abcdef0";
const SUBNET = "subnet-0123456789abcdef0";
const GROUP = "sg-0123456789abcdef0";

const document = (...Statement: Properties[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement });
const DESCRIBE = document({ Action: ["ec2:Describe*"], Effect: "Allow", Resource: "*" });
const TRUST = document({
  Action: "sts:AssumeRole",
  Principal: { Service: "ec2.amazonaws.com" },
  Effect: "Allow",
  Sid: "",
});
const HELLO = JSON.stringify({
  Comment: "A Hello World example of the Amazon States Language using an AWS Lambda Function",
  StartAt: "HelloWorld",
  States: {
    HelloWorld: {
      Type: "Task",
      Resource: arn("lambda", "function:hello"),
      Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 5, MaxAttempts: 5, BackoffRate: 8 }],
      End: true,
    },
  },
});
const atRest = (aliasOrKey: string) =>
  JSON.stringify({
    EncryptionConfiguration: {
      AtRestEncryptionConfiguration: {
        S3EncryptionConfiguration: { EncryptionMode: "SSE-S3" },
        LocalDiskEncryptionConfiguration: {
          EncryptionKeyProviderType: "AwsKms",
          AwsKmsKey: aliasOrKey,
        },
      },
      EnableInTransitEncryption: false,
      EnableAtRestEncryption: true,
    },
  });

const ENVIRONMENT = {
  name: NAME,
  dagS3Path: "dags/",
  executionRoleArn: ROLE,
  networkConfiguration: {
    securityGroupIds: [GROUP],
    subnetIds: [SUBNET, "subnet-0123456789abcdef1"],
  },
  sourceBucketArn: `arn:aws:s3:::${BUCKET}`,
};
const log = (logLevel: string) => ({ enabled: true, logLevel });

export const ACCEPTANCE_TESTS: Readonly<Record<string, readonly Properties[]>> = {
  "athena/workgroup:Workgroup": [
    {
      name: NAME,
      configuration: {
        executionRole: ROLE,
        enforceWorkgroupConfiguration: false,
        publishCloudwatchMetricsEnabled: false,
        engineVersion: { selectedEngineVersion: "PySpark engine version 3" },
        resultConfiguration: { outputLocation: `s3://${BUCKET}/logs/athena_spark/` },
      },
    },
    {
      name: NAME,
      configuration: {
        resultConfiguration: {
          encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: KEY },
        },
      },
    },
    {
      name: NAME,
      forceDestroy: true,
      configuration: { resultConfiguration: { outputLocation: `s3://${BUCKET}/test/output` } },
    },
  ],
  "cloudwatch/logGroup:LogGroup": [
    { name: NAME, kmsKeyId: KEY },
    { name: `${NAME}-2`, retentionInDays: 365 },
    { name: NAME, logGroupClass: "INFREQUENT_ACCESS" },
  ],
  "ec2/eip:Eip": [
    {
      domain: "vpc",
      networkInterface: "eni-0123456789abcdef0",
      associateWithPrivateIp: "10.0.0.10",
    },
    { domain: "vpc" },
  ],
  "ec2/flowLog:FlowLog": [
    {
      logDestination: `arn:aws:s3:::${BUCKET}`,
      logDestinationType: "s3",
      trafficType: "ALL",
      vpcId: VPC,
      destinationOptions: {
        fileFormat: "plain-text",
        hiveCompatiblePartitions: true,
        perHourPartition: true,
      },
    },
    {
      iamRoleArn: ROLE,
      logDestination: arn("logs", `log-group:${NAME}`),
      trafficType: "ALL",
      vpcId: VPC,
      maxAggregationInterval: 60,
    },
  ],
  "ec2/internetGateway:InternetGateway": [{ vpcId: VPC }, {}],
  "ec2/natGateway:NatGateway": [
    {
      allocationId: "eipalloc-0123456789abcdef0",
      subnetId: SUBNET,
      secondaryAllocationIds: ["eipalloc-0123456789abcdef1"],
      secondaryPrivateIpAddresses: ["10.0.1.5"],
    },
    {
      connectivityType: "private",
      subnetId: SUBNET,
      secondaryPrivateIpAddresses: ["10.0.1.5", "10.0.1.6"],
    },
  ],
  "ec2/route:Route": [
    {
      routeTableId: "rtb-0123456789abcdef0",
      destinationCidrBlock: "10.3.0.0/16",
      gatewayId: "igw-0123456789abcdef0",
    },
    {
      routeTableId: "rtb-0123456789abcdef0",
      destinationPrefixListId: "pl-0123456789abcdef0",
      networkInterfaceId: "eni-0123456789abcdef0",
    },
  ],
  "ec2/routeTable:RouteTable": [
    {
      vpcId: VPC,
      routes: [
        { cidrBlock: "10.2.0.0/16", gatewayId: "igw-0123456789abcdef0" },
        { cidrBlock: "10.3.0.0/16", gatewayId: "igw-0123456789abcdef0" },
      ],
    },
    { vpcId: VPC },
  ],
  "ec2/routeTableAssociation:RouteTableAssociation": [
    { routeTableId: "rtb-0123456789abcdef0", gatewayId: "igw-0123456789abcdef0" },
    { routeTableId: "rtb-0123456789abcdef0", subnetId: SUBNET },
  ],
  "ec2/securityGroup:SecurityGroup": [
    {
      name: `${NAME}-allow-access`,
      description: "Allow inbound traffic",
      vpcId: VPC,
      revokeRulesOnDelete: true,
      ingress: [{ fromPort: 0, toPort: 0, protocol: "-1", cidrBlocks: ["10.1.0.0/16"] }],
      egress: [{ fromPort: 0, toPort: 0, protocol: "-1", cidrBlocks: ["0.0.0.0/0"] }],
    },
    {
      name: NAME,
      vpcId: VPC,
      ingress: [
        { protocol: "tcp", fromPort: 80, toPort: 9000, cidrBlocks: ["10.0.0.0/8"] },
        { protocol: "tcp", fromPort: 80, toPort: 8000, cidrBlocks: ["0.0.0.0/0", "10.0.0.0/8"] },
      ],
      egress: [{ protocol: "tcp", fromPort: 80, toPort: 8000, cidrBlocks: ["10.0.0.0/8"] }],
    },
  ],
  "ec2/subnet:Subnet": [
    {
      cidrBlock: "10.10.0.0/24",
      vpcId: VPC,
      ipv6CidrBlock: "2001:db8:1234:1a01::/64",
      assignIpv6AddressOnCreation: true,
      enableResourceNameDnsAaaaRecordOnLaunch: true,
      enableResourceNameDnsARecordOnLaunch: false,
      privateDnsHostnameTypeOnLaunch: "resource-name",
    },
    { cidrBlock: "10.1.1.0/24", vpcId: VPC, mapPublicIpOnLaunch: true },
  ],
  "ec2/vpc:Vpc": [
    { cidrBlock: "10.1.0.0/16", instanceTenancy: "dedicated" },
    { cidrBlock: "10.1.0.0/16", assignGeneratedIpv6CidrBlock: true },
    { cidrBlock: "10.2.0.0/16", enableDnsHostnames: true, enableDnsSupport: true },
  ],
  "ec2/vpcEndpoint:VpcEndpoint": [
    {
      vpcId: VPC,
      serviceName: "com.amazonaws.us-west-2.s3",
      privateDnsEnabled: true,
      vpcEndpointType: "Interface",
      ipAddressType: "ipv4",
      dnsOptions: { privateDnsOnlyForInboundResolverEndpoint: true },
    },
    {
      vpcId: VPC,
      serviceName: "com.amazonaws.us-west-2.s3",
      routeTableIds: ["rtb-0123456789abcdef0"],
      policy: document({
        Sid: "AllowAll",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: "*",
        Resource: "*",
      }),
    },
  ],
  "emr/securityConfiguration:SecurityConfiguration": [
    { name: NAME, configuration: atRest(arn("kms", "alias/tf_emr_test_key")) },
    { namePrefix: "tf-acc-test-", configuration: atRest(KEY) },
  ],
  "glue/catalogDatabase:CatalogDatabase": [
    {
      name: NAME,
      createTableDefaultPermissions: [
        {
          permissions: ["ALTER"],
          principal: { dataLakePrincipalIdentifier: "IAM_ALLOWED_PRINCIPALS" },
        },
      ],
    },
    {
      name: NAME,
      description: "A test catalog from terraform",
      locationUri: "my-location",
      parameters: { param1: "value1", param2: "1" },
    },
  ],
  "glue/crawler:Crawler": [
    {
      databaseName: NAME,
      name: NAME,
      role: NAME,
      schemaChangePolicy: { deleteBehavior: "LOG" },
      catalogTargets: [{ databaseName: NAME, tables: ["one", "two"] }],
      configuration:
        '{"Version":1.0,"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas"}}',
    },
    {
      databaseName: NAME,
      name: NAME,
      role: NAME,
      s3Targets: [
        {
          path: `s3://${BUCKET}`,
          eventQueueArn: arn("sqs", "one"),
          dlqEventQueueArn: arn("sqs", "two"),
        },
      ],
      recrawlPolicy: { recrawlBehavior: "CRAWL_EVENT_MODE" },
    },
  ],
  "glue/job:Job": [
    {
      glueVersion: "4.0",
      name: NAME,
      roleArn: ROLE,
      workerType: "Z.2X",
      numberOfWorkers: 10,
      command: {
        name: "glueray",
        pythonVersion: "3.9",
        runtime: "Ray2.4",
        scriptLocation: "testscriptlocation",
      },
    },
    {
      maxCapacity: 10,
      name: NAME,
      roleArn: ROLE,
      command: { scriptLocation: "testscriptlocation" },
      defaultArguments: {
        "--job-bookmark-option": "job-bookmark-disable",
        "--job-language": "python",
      },
    },
  ],
  "glue/securityConfiguration:SecurityConfiguration": [
    {
      name: NAME,
      encryptionConfiguration: {
        cloudwatchEncryption: { cloudwatchEncryptionMode: "SSE-KMS", kmsKeyArn: KEY },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: "DISABLED" },
        s3Encryption: { s3EncryptionMode: "DISABLED" },
      },
    },
    {
      name: NAME,
      encryptionConfiguration: {
        cloudwatchEncryption: { cloudwatchEncryptionMode: "DISABLED" },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: "CSE-KMS", kmsKeyArn: KEY },
        s3Encryption: { s3EncryptionMode: "SSE-S3" },
      },
    },
  ],
  "iam/instanceProfile:InstanceProfile": [
    { namePrefix: "test-", role: NAME },
    { name: NAME, role: NAME },
  ],
  "iam/policy:Policy": [
    { name: NAME, description: "my description", policy: DESCRIBE },
    { name: NAME, path: "/path1/", policy: DESCRIBE },
  ],
  "iam/role:Role": [
    {
      name: NAME,
      assumeRolePolicy: TRUST,
      inlinePolicies: [{ name: NAME, policy: DESCRIBE }],
    },
    {
      name: NAME,
      path: "/",
      description: "This 1s a D3scr!pti0n with weird content: &@90ë\"'{«¡Çø}",
      assumeRolePolicy: TRUST,
      maxSessionDuration: 3700,
    },
  ],
  "iam/rolePolicy:RolePolicy": [
    {
      name: NAME,
      role: NAME,
      policy: document({
        Sid: "",
        Effect: "Allow",
        Action: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
        Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
      }),
    },
    {
      namePrefix: "tf-acc-test-prefix-",
      role: NAME,
      policy: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    },
  ],
  "kms/alias:Alias": [
    { name: `alias/${NAME}`, targetKeyId: "12345678-1234-1234-1234-123456789012" },
    { namePrefix: "alias/tf-acc-test-prefix-", targetKeyId: KEY },
  ],
  "kms/key:Key": [
    {
      description: NAME,
      deletionWindowInDays: 7,
      policy: document({
        Sid: "Enable IAM User Permissions",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: "kms:*",
        Resource: "*",
      }),
    },
    {
      description: NAME,
      deletionWindowInDays: 7,
      keyUsage: "SIGN_VERIFY",
      customerMasterKeySpec: "ECC_NIST_P384",
    },
  ],
  "mwaa/environment:Environment": [
    {
      ...ENVIRONMENT,
      pluginsS3Path: "plugins.zip",
      pluginsS3ObjectVersion: "3HL4kqtJvjVBH40Nrjfkd",
    },
    {
      ...ENVIRONMENT,
      airflowConfigurationOptions: { "core.default_task_retries": "1", "core.parallelism": "16" },
    },
    {
      ...ENVIRONMENT,
      airflowVersion: "2.4.3",
      environmentClass: "mw1.medium",
      kmsKey: KEY,
      maxWorkers: 20,
      minWorkers: 15,
      weeklyMaintenanceWindowStart: "SAT:03:00",
      webserverAccessMode: "PUBLIC_ONLY",
      loggingConfiguration: {
        dagProcessingLogs: log("INFO"),
        schedulerLogs: log("WARNING"),
        taskLogs: log("ERROR"),
        webserverLogs: log("CRITICAL"),
        workerLogs: log("DEBUG"),
      },
    },
  ],
  "redshift/cluster:Cluster": [
    {
      ...{ clusterIdentifier: BUCKET, databaseName: "mydb", encrypted: "true" },
      ...{ masterUsername: "foo_test", manageMasterPassword: true, nodeType: "dc2.large" },
      ...{ automatedSnapshotRetentionPeriod: 0, allowVersionUpgrade: false },
      skipFinalSnapshot: true,
    },
    {
      ...{ clusterIdentifier: BUCKET, databaseName: "mydb", encrypted: "true" },
      ...{ masterUsername: "foo_test", masterPassword: "Mustbe8characters" },
      ...{ nodeType: "ra3.xlplus", numberOfNodes: 2, clusterType: "multi-node" },
      ...{ automatedSnapshotRetentionPeriod: 1, publiclyAccessible: false },
      availabilityZoneRelocationEnabled: true,
    },
    {
      ...{ clusterIdentifier: BUCKET, databaseName: "mydb", encrypted: "true", kmsKeyId: KEY },
      ...{ masterUsername: "foo_test", masterPassword: "Mustbe8characters" },
      ...{ nodeType: "dc2.large", iamRoles: [ROLE, `${ROLE}1`], enhancedVpcRouting: true },
      ...{ skipFinalSnapshot: false, finalSnapshotIdentifier: BUCKET },
    },
  ],
  "redshift/logging:Logging": [
    {
      clusterIdentifier: BUCKET,
      logDestinationType: "cloudwatch",
      logExports: ["connectionlog", "useractivitylog", "userlog"],
    },
    {
      ...{ clusterIdentifier: BUCKET, logDestinationType: "s3" },
      ...{ bucketName: BUCKET, s3KeyPrefix: "testprefix/" },
    },
  ],
  "redshift/parameterGroup:ParameterGroup": [
    {
      name: BUCKET,
      family: "redshift-1.0",
      parameters: [
        { name: "require_ssl", value: "true" },
        { name: "query_group", value: "example" },
        { name: "enable_user_activity_logging", value: "true" },
      ],
    },
    {
      name: BUCKET,
      family: "redshift-1.0",
      description: "Test parameter group for terraform",
    },
  ],
  "redshift/subnetGroup:SubnetGroup": [
    { name: BUCKET, subnetIds: [SUBNET, SUBNET.replace("0123", "1234")] },
    { name: BUCKET, description: "test", subnetIds: [SUBNET] },
  ],
  "redshiftserverless/namespace:Namespace": [
    { namespaceName: NAME, defaultIamRoleArn: ROLE, iamRoles: [ROLE, `${ROLE}1`] },
    { namespaceName: NAME, adminUsername: "admin", manageAdminPassword: true },
  ],
  "redshiftserverless/workgroup:Workgroup": [
    {
      namespaceName: NAME,
      workgroupName: NAME,
      baseCapacity: 128,
      maxCapacity: 512,
      publiclyAccessible: false,
    },
    { namespaceName: NAME, workgroupName: NAME, port: 8191 },
    {
      namespaceName: NAME,
      workgroupName: NAME,
      configParameters: [
        { parameterKey: "datestyle", parameterValue: "ISO, MDY" },
        { parameterKey: "search_path", parameterValue: "$user, public" },
        { parameterKey: "max_query_execution_time", parameterValue: "14400" },
      ],
    },
  ],
  "s3/bucket:Bucket": [
    { bucket: `${BUCKET}-source`, versioning: { enabled: true }, forceDestroy: true },
    { bucketPrefix: "tf-test-" },
  ],
  "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": [
    {
      bucket: BUCKET,
      rules: [
        {
          id: "log",
          status: "Enabled",
          expiration: { days: 90 },
          filter: { and: { prefix: "log/", tags: { key1: "tag1" } } },
          transitions: [
            { days: 30, storageClass: "STANDARD_IA" },
            { days: 60, storageClass: "GLACIER" },
          ],
        },
        {
          id: "tmp",
          status: "Enabled",
          filter: { prefix: "tmp/" },
          expiration: { date: "2027-06-01T00:00:00Z" },
        },
      ],
    },
    {
      bucket: BUCKET,
      rules: [
        {
          id: NAME,
          status: "Enabled",
          filter: { prefix: "config/" },
          noncurrentVersionTransitions: [
            { noncurrentDays: 30, storageClass: "STANDARD_IA" },
            { noncurrentDays: 60, storageClass: "GLACIER" },
          ],
        },
      ],
    },
  ],
  "s3/bucketOwnershipControls:BucketOwnershipControls": [
    { bucket: BUCKET, rule: { objectOwnership: "BucketOwnerPreferred" } },
    { bucket: BUCKET, rule: { objectOwnership: "BucketOwnerEnforced" } },
  ],
  "s3/bucketPolicy:BucketPolicy": [
    {
      bucket: BUCKET,
      policy: document({
        Action: ["s3:DeleteBucket", "s3:ListBucket", "s3:ListBucketVersions"],
        Effect: "Allow",
        Principal: { AWS: [ROLE, `${ROLE}1`] },
        Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
      }),
    },
    {
      bucket: BUCKET,
      policy: document({
        Effect: "Allow",
        Action: "s3:*",
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Resource: [`arn:aws:s3:::${BUCKET}/*`],
      }),
    },
  ],
  "s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [
    {
      bucket: BUCKET,
      blockPublicAcls: true,
      blockPublicPolicy: false,
      ignorePublicAcls: false,
      restrictPublicBuckets: true,
    },
    { bucket: BUCKET },
  ],
  "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
    {
      bucket: BUCKET,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
          bucketKeyEnabled: true,
        },
      ],
    },
    {
      bucket: BUCKET,
      rules: [
        {
          applyServerSideEncryptionByDefault: {
            kmsMasterKeyId: "12345678-1234-1234-1234-123456789012",
            sseAlgorithm: "aws:kms",
          },
        },
      ],
    },
  ],
  "s3/bucketVersioning:BucketVersioning": [
    { bucket: BUCKET, versioningConfiguration: { mfaDelete: "Disabled", status: "Enabled" } },
    { bucket: BUCKET, versioningConfiguration: { status: "Suspended" } },
    { bucket: BUCKET, versioningConfiguration: { status: "Disabled" } },
  ],
  "sfn/stateMachine:StateMachine": [
    { name: NAME, roleArn: ROLE, tracingConfiguration: { enabled: true }, definition: HELLO },
    { name: NAME, roleArn: ROLE, type: "STANDARD", publish: true, definition: HELLO },
    {
      name: NAME,
      roleArn: ROLE,
      type: "EXPRESS",
      definition: HELLO,
      loggingConfiguration: {
        logDestination: arn("logs", `log-group:${NAME}:*`),
        includeExecutionData: false,
        level: "ERROR",
      },
    },
  ],
  "sns/topic:Topic": [
    {
      name: NAME,
      policy: document({
        Sid: "Stmt1445931846145",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: "sns:Publish",
        Resource: TOPIC,
      }),
    },
    { name: `${NAME}.fifo`, fifoTopic: true, contentBasedDeduplication: true },
    { name: NAME, kmsMasterKeyId: "alias/aws/sns", tracingConfig: "Active", signatureVersion: 2 },
  ],
  "sns/topicPolicy:TopicPolicy": [
    {
      arn: TOPIC,
      policy: document({
        Sid: NAME,
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:DeleteTopic"],
        Resource: TOPIC,
      }),
    },
    {
      arn: TOPIC,
      policy: document({
        Sid: NAME,
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["SNS:AddPermission", "SNS:RemovePermission"],
        Resource: TOPIC,
      }),
    },
  ],
  "sns/topicSubscription:TopicSubscription": [
    {
      topic: TOPIC,
      protocol: "https",
      endpoint: "https://user:password@api.execute-api.us-west-2.amazonaws.com/test",
      endpointAutoConfirms: true,
      confirmationTimeoutInMinutes: 3,
    },
    {
      topic: TOPIC,
      protocol: "firehose",
      endpoint: arn("firehose", "deliverystream/tf-acc-test"),
      subscriptionRoleArn: ROLE,
    },
  ],
  "ssm/parameter:Parameter": [
    {
      name: "test_secure_parameter-1",
      description: "description for parameter 1",
      type: "SecureString",
      value: "secret",
      keyId: "alias/tf-acc-test",
    },
    {
      name: "test_parameter-1",
      description: "description for parameter 1",
      type: "String",
      value: "test",
      overwrite: true,
    },
    { name: NAME, dataType: "aws:ec2:image", type: "String", value: "ami-0123456789abcdef0" },
  ],
  "vpc/securityGroupEgressRule:SecurityGroupEgressRule": [
    {
      securityGroupId: GROUP,
      cidrIpv4: "10.0.0.0/8",
      fromPort: 80,
      ipProtocol: "tcp",
      toPort: 8080,
    },
    { securityGroupId: GROUP, cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" },
  ],
  "vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
    {
      securityGroupId: GROUP,
      referencedSecurityGroupId: `${ACCOUNT}/sg-0123456789abcdef1`,
      fromPort: 80,
      ipProtocol: "tcp",
      toPort: 8080,
    },
    {
      securityGroupId: GROUP,
      cidrIpv4: "10.0.0.0/8",
      fromPort: 80,
      ipProtocol: "tcp",
      toPort: 8080,
    },
    {
      securityGroupId: GROUP,
      prefixListId: "pl-0123456789abcdef0",
      fromPort: -1,
      ipProtocol: "icmp",
      toPort: -1,
    },
  ],
};

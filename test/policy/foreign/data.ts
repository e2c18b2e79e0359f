import { Part, ref } from "../networks/build";
import { json, trust } from "./airflow";

/** A lake of three zones with a catalog: buckets, a crawler, a job, queries. */
export const dataLake: readonly Part[] = [
  ...["raw", "clean", "curated"].flatMap((zone): Part[] => [
    ["s3/bucket", zone, { bucket: `acme-lake-${zone}`, forceDestroy: true }],
    [
      "s3/bucketServerSideEncryptionConfiguration",
      `${zone}-encryption`,
      {
        bucket: ref(zone),
        rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
      },
    ],
  ]),
  [
    "iam/role",
    "glue",
    {
      name: "lake-glue",
      assumeRolePolicy: trust("glue.amazonaws.com"),
      description: "Runs the lake's jobs",
    },
  ],
  [
    "iam/rolePolicyAttachment",
    "glue-service",
    {
      role: ref("glue"),
      policyArn: "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole",
    },
  ],
  [
    "iam/rolePolicyAttachment",
    "glue-s3",
    { role: ref("glue"), policyArn: "arn:aws:iam::aws:policy/AmazonS3FullAccess" },
  ],
  ["glue/catalogDatabase", "catalog", { name: "acme-lake", description: "Tables of the lake" }],
  [
    "glue/crawler",
    "crawler",
    {
      name: "lake-crawler",
      databaseName: ref("catalog", "name"),
      role: ref("glue", "arn"),
      s3Targets: [{ path: "s3://acme-lake-raw/orders/" }],
      schedule: "cron(0 3 * * ? *)",
      tablePrefix: "raw_",
    },
  ],
  [
    "s3/bucketObjectv2",
    "script",
    { bucket: ref("raw"), key: "scripts/clean.py", content: "print(1)" },
  ],
  [
    "glue/job",
    "clean-job",
    {
      name: "lake-clean",
      roleArn: ref("glue", "arn"),
      command: {
        name: "glueetl",
        scriptLocation: "s3://acme-lake-raw/scripts/clean.py",
        pythonVersion: "3",
      },
      glueVersion: "4.0",
      numberOfWorkers: 10,
      workerType: "G.1X",
    },
  ],
  [
    "athena/workgroup",
    "analysts",
    {
      name: "analysts",
      configuration: { resultConfiguration: { outputLocation: "s3://acme-lake-curated/results/" } },
    },
  ],
  [
    "athena/namedQuery",
    "daily",
    { name: "daily", database: "acme-lake", query: "SELECT 1", workgroup: ref("analysts") },
  ],
];

/** A transient cluster with the account's default roles, in a subnet that is there, as the getting-started page has it. */
export const emrDemo: readonly Part[] = [
  ["s3/bucket", "logs", { bucket: "acme-emr-logs" }],
  ["ec2/vpc", "emr-vpc", { cidrBlock: "172.31.0.0/16", enableDnsHostnames: true }],
  [
    "ec2/subnet",
    "emr-subnet",
    { vpcId: ref("emr-vpc"), cidrBlock: "172.31.0.0/20", mapPublicIpOnLaunch: true },
  ],
  ["ec2/internetGateway", "emr-internet", { vpcId: ref("emr-vpc") }],
  [
    "ec2/routeTable",
    "emr-table",
    {
      vpcId: ref("emr-vpc"),
      routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: ref("emr-internet") }],
    },
  ],
  [
    "ec2/routeTableAssociation",
    "emr-association",
    { subnetId: ref("emr-subnet"), routeTableId: ref("emr-table") },
  ],
  [
    "emr/cluster",
    "demo",
    {
      name: "demo",
      releaseLabel: "emr-6.15.0",
      applications: ["Spark", "Hadoop"],
      serviceRole: "EMR_DefaultRole",
      ec2Attributes: { subnetId: ref("emr-subnet"), instanceProfile: "EMR_EC2_DefaultRole" },
      masterInstanceGroup: { instanceType: "m5.xlarge" },
      coreInstanceGroup: {
        instanceType: "m5.xlarge",
        instanceCount: 2,
        ebsConfigs: [{ size: 64, type: "gp3", volumesPerInstance: 1 }],
      },
      logUri: "s3://acme-emr-logs/",
      steps: [
        {
          name: "count",
          actionOnFailure: "TERMINATE_CLUSTER",
          hadoopJarStep: {
            jar: "command-runner.jar",
            args: ["spark-submit", "s3://acme-code/count.py"],
          },
        },
      ],
      keepJobFlowAliveWhenNoSteps: false,
    },
  ],
];

/** A provisioned warehouse in a network of somebody else's, reachable from the office. */
export const warehouse: readonly Part[] = [
  [
    "ec2/securityGroup",
    "office",
    {
      vpcId: "vpc-0123456789abcdef0",
      description: "Redshift from the office",
      ingress: [{ protocol: "tcp", fromPort: 5439, toPort: 5439, cidrBlocks: ["203.0.113.0/24"] }],
      egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
    },
  ],
  [
    "redshift/subnetGroup",
    "warehouse-subnets",
    {
      name: "warehouse",
      subnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    },
  ],
  [
    "redshift/cluster",
    "warehouse",
    {
      clusterIdentifier: "warehouse",
      databaseName: "dev",
      masterUsername: "awsuser",
      masterPassword: "Mustbe8characters",
      nodeType: "ra3.large",
      clusterType: "multi-node",
      numberOfNodes: 2,
      clusterSubnetGroupName: ref("warehouse-subnets", "name"),
      vpcSecurityGroupIds: [ref("office")],
      publiclyAccessible: true,
      skipFinalSnapshot: true,
    },
  ],
];

/** Serverless analytics: a namespace, a workgroup in the default VPC, a role for COPY. */
export const serverlessAnalytics: readonly Part[] = [
  ["iam/role", "copy", { name: "copy", assumeRolePolicy: trust("redshift.amazonaws.com") }],
  [
    "iam/rolePolicy",
    "copy-policy",
    {
      role: ref("copy"),
      policy: json({ Effect: "Allow", Action: ["s3:Get*", "s3:List*"], Resource: "*" }),
    },
  ],
  [
    "redshiftserverless/namespace",
    "analytics",
    {
      namespaceName: "analytics",
      dbName: "dev",
      adminUsername: "admin",
      manageAdminPassword: true,
      iamRoles: [ref("copy", "arn")],
      defaultIamRoleArn: ref("copy", "arn"),
    },
  ],
  [
    "redshiftserverless/workgroup",
    "analysts",
    { workgroupName: "analysts", namespaceName: "analytics", baseCapacity: 8 },
  ],
];

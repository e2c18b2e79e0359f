import * as path from "node:path";

import { SECRETS_MANAGER } from "../../checks/secretsBackend";
import { NETWORK, existingVpc } from "../existingVpc";
import { ACCOUNT, REGION } from "../mocks";
import { stackConfig } from "../stackFiles";
import type { Stack } from "./judge";

const PROD = stackConfig("prod");
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/00001111-2222-3333-4444-555566667777`;
const FILES = path.join(__dirname, "../fixtures/airflow");

/** The longest name that a setting or Pulumi itself takes: of an environment, a stack, a path of IAM's. */
const LONGEST = {
  environmentName: `E${"n".repeat(79)}`,
  stack: "s".repeat(100),
  iamPath: `/${"p".repeat(153)}/`,
  bucket: (first: string) => `airflow-${first.padEnd(55, "b")}`,
  athenaDatabase: "d".repeat(255),
  athenaWorkgroup: "w".repeat(128),
  identifier: "i".repeat(127),
};

/** Settings in which every name is as long as it may be. */
export const LONGEST_NAMES: Readonly<Record<string, unknown>> = {
  ...PROD,
  environmentName: LONGEST.environmentName,
  airflowBucketName: LONGEST.bucket("one"),
  dataBucketName: LONGEST.bucket("two"),
  athenaWorkgroupName: LONGEST.athenaWorkgroup,
  athenaDatabaseName: LONGEST.athenaDatabase,
  redshift: {
    kind: "serverless",
    database: LONGEST.identifier,
    tableName: LONGEST.identifier,
  },
  movielensSource: `s3://${"z".repeat(63)}/${"k".repeat(200)}.zip`,
  iam: {
    path: LONGEST.iamPath,
    permissionsBoundary: `arn:aws:iam::${ACCOUNT}:policy/${"b".repeat(128)}`,
  },
  emr: { certificateObject: `s3://${"c".repeat(63)}/certificates.zip`, coreMarket: "SPOT" },
  notebook: { inputLocation: `s3://${"r".repeat(63)}/${"k".repeat(100)}/` },
  notices: ["email:data@example.com"],
  airflowUserRoles: ["Admin", "Op", "User", "Viewer"],
};

/** The stack of the longest names, whose own name is as long as Pulumi takes it. */
export const LONGEST_STACK = LONGEST.stack;

/** A stack in another partition. */
function elsewhere(
  name: string,
  partition: string,
  region: string,
  dnsSuffix: string,
  config: Record<string, unknown> = {},
): Stack {
  const zones = ["a", "b", "c"].map((letter) => `${region}${letter}`);
  return {
    name,
    stack: "prod",
    config: { ...PROD, "aws:region": region, ...config },
    region,
    functions: {
      "aws:index/getRegion:getRegion": () => ({ region }),
      "aws:index/getPartition:getPartition": () => ({ partition, dnsSuffix }),
      "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({ names: zones }),
      "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": ({ filters }) => {
        const [{ values }] = filters as { values: string[] }[];
        const offered = zones.flatMap((zone) => values.map((type) => [zone, type]));
        return {
          locations: offered.map(([zone]) => zone),
          instanceTypes: offered.map(([, type]) => type),
        };
      },
      "aws:ec2/getVpcEndpointService:getVpcEndpointService": ({ serviceName }) => ({
        serviceName,
        availabilityZones: zones,
      }),
    },
  };
}

const variant = (name: string, config: Record<string, unknown>): Stack => ({
  name,
  stack: "prod",
  config: { ...PROD, ...config },
});

/** Stacks that reach every option of the components. */
export const VARIANTS: readonly Stack[] = [
  variant("provisioned Redshift", {
    redshift: { kind: "provisioned", nodeType: "ra3.xlplus", numberOfNodes: 2 },
  }),
  variant("provisioned Redshift with AWS's key", {
    redshift: { kind: "provisioned" },
    encryptionKey: "aws",
    forceDestroy: true,
  }),
  variant("existing workgroup", { redshift: { kind: "existing", workgroupName: "theirs" } }),
  variant("existing cluster", {
    redshift: { kind: "existing", clusterIdentifier: "theirs", dbUser: "loader" },
  }),
  variant("a key that is there", { encryptionKey: KEY }),
  variant("AWS's keys", { encryptionKey: "aws" }),
  variant("permissions boundary and path", {
    iam: {
      permissionsBoundary: `arn:aws:iam::${ACCOUNT}:policy/data-bounds`,
      path: "/data/teams/",
    },
    airflowUserRoles: ["Admin", "Op", "User", "Viewer"],
  }),
  variant("every kind of notice", {
    notices: [
      "email:data@example.com",
      "https://hooks.example.com/airflow",
      `sqs:arn:aws:sqs:${REGION}:${ACCOUNT}:notices`,
      `lambda:arn:aws:lambda:${REGION}:${ACCOUNT}:function:notices`,
    ],
  }),
  variant("mw1.micro", {
    environmentClass: "mw1.micro",
    minWorkers: 1,
    maxWorkers: 1,
    webserverAccessMode: "PUBLIC_ONLY",
  }),
  variant("web server in both places", {
    webserverAccessMode: "PUBLIC_AND_PRIVATE",
    webserverIngress: {
      cidrBlocks: ["10.8.0.0/22"],
      securityGroupIds: ["sg-0123456789abcdef0"],
    },
  }),
  {
    ...variant("security groups of its VPC", { securityGroupIds: ["sg-01234567", "sg-89abcdef"] }),
    functions: {
      "aws:ec2/getSubnets:getSubnets": () => ({ ids: ["subnet-own"] }),
      "aws:ec2/getSubnet:getSubnet": () => ({
        vpcId: "vpc-own",
        availabilityZone: `${REGION}a`,
        cidrBlock: "10.192.20.0/24",
        tags: { Name: "network-private-1", SubnetType: "Private" },
      }),
    },
  },
  {
    ...variant("a VPC that is there", {
      network: { ...NETWORK, securityGroupIds: ["sg-0000000a"], routeTableIds: ["rtb-0000000f"] },
      vpcEndpoints: ["s3", "ssm", "elasticmapreduce"],
    }),
    functions: existingVpc(),
  },
  variant("no NAT gateway", { natGateways: "None", movielensSource: "s3://films/ml.zip" }),
  variant("no logs at all", {
    airflowLogLevels: {
      dagProcessing: "OFF",
      scheduler: "OFF",
      task: "OFF",
      webserver: "OFF",
      worker: "OFF",
    },
  }),
  variant("a bucket and a role that are there", {
    createAirflowBucket: false,
    airflowBucketName: "airflow-theirs",
    executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/theirs`,
  }),
  variant("Variables, statements and policies of a team's own", {
    variables: { orders_queue: "orders", limits: { most: 7 } },
    executionRoleStatements: [
      {
        Sid: "SendOrders",
        Action: ["sqs:SendMessage"],
        Resource: "arn:aws:sqs:us-east-1:123456789012:orders",
        Condition: { Bool: { "aws:SecureTransport": "true" } },
      },
    ],
    executionRolePolicyArns: ["arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"],
  }),
  variant("connections in Secrets Manager, with a key", {
    connections: { films: "http://films.example.com" },
    airflowConfigurationOptions: {
      "secrets.backend": SECRETS_MANAGER,
      "secrets.backend_kwargs": { connections_prefix: "airflow/connections" },
    },
    connectionsKeyArns: [KEY],
  }),
  variant("connections in Parameter Store, with keys", {
    connections: { films: { conn_type: "http", host: "films.example.com", port: 443 } },
    airflowConfigurationOptions: {
      "secrets.backend_kwargs": { connections_prefix: "/team/connections" },
    },
    connectionsKeyArns: [KEY, KEY.replace("0000", "9999")],
  }),
  variant("every file", {
    dagsFolder: path.join(FILES, "dags"),
    pluginsFolder: path.join(FILES, "dags/helpers"),
    startupScript: path.join(FILES, "dags/requirements.txt"),
  }),
  variant("one NAT gateway, own options", {
    natGateways: "Single",
    airflowConfigurationOptions: {
      "core.parallelism": 64,
      "webserver.warn_deployment_exposure": false,
    },
    tags: { Team: "data platform", "cost-center": "42" },
  }),
  variant("certificates, spot nodes, a workspace", {
    emr: { certificateObject: "s3://certificates/emr.zip", coreMarket: "SPOT" },
    notebook: {
      editorId: "e-ABCDEFGHIJ0123456789",
      editorLocation: "s3://workspaces/one/",
      fileName: "find_best_sellers.ipynb",
    },
  }),
  elsewhere("GovCloud", "aws-us-gov", "us-gov-west-1", "amazonaws.com"),
  elsewhere("China", "aws-cn", "cn-north-1", "amazonaws.com.cn", { emr: { coreMarket: "SPOT" } }),
  { name: "longest names", stack: LONGEST_STACK, config: LONGEST_NAMES },
];

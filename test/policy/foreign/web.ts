import { Part, ref } from "../networks/build";
import { json, trust } from "./airflow";

/** A website out of a bucket that everybody reads, the way the S3 guide begins. */
export const staticSite: readonly Part[] = [
  ["s3/bucket", "site", { bucket: "www.acme-example.com" }],
  [
    "s3/bucketWebsiteConfiguration",
    "site-website",
    {
      bucket: ref("site"),
      indexDocument: { suffix: "index.html" },
      errorDocument: { key: "404.html" },
    },
  ],
  [
    "s3/bucketPublicAccessBlock",
    "site-block",
    {
      bucket: ref("site"),
      blockPublicAcls: true,
      ignorePublicAcls: true,
      blockPublicPolicy: false,
      restrictPublicBuckets: false,
    },
  ],
  [
    "s3/bucketPolicy",
    "site-policy",
    {
      bucket: ref("site"),
      policy: json({
        Sid: "PublicRead",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::www.acme-example.com/*",
      }),
    },
  ],
  [
    "s3/bucketObjectv2",
    "index",
    { bucket: ref("site"), key: "index.html", content: "<h1>hello</h1>", contentType: "text/html" },
  ],
];

/** A VPC whose rules and routes are written within the group and the table, with a balancer and a bastion. */
export const inlineVpc: readonly Part[] = [
  ["ec2/vpc", "web-vpc", { cidrBlock: "10.20.0.0/16" }],
  ["ec2/internetGateway", "web-internet", { vpcId: ref("web-vpc") }],
  [
    "ec2/routeTable",
    "web-table",
    {
      vpcId: ref("web-vpc"),
      routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: ref("web-internet") }],
    },
  ],
  ...["a", "b"].flatMap((zone, n): Part[] => [
    [
      "ec2/subnet",
      `web-${zone}`,
      {
        vpcId: ref("web-vpc"),
        cidrBlock: `10.20.${n}.0/24`,
        availabilityZone: `us-east-1${zone}`,
        mapPublicIpOnLaunch: true,
      },
    ],
    [
      "ec2/routeTableAssociation",
      `web-association-${zone}`,
      { subnetId: ref(`web-${zone}`), routeTableId: ref("web-table") },
    ],
  ]),
  [
    "ec2/securityGroup",
    "balancer",
    {
      vpcId: ref("web-vpc"),
      ingress: [
        { protocol: "tcp", fromPort: 80, toPort: 80, cidrBlocks: ["0.0.0.0/0"] },
        { protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] },
        { protocol: "icmp", fromPort: 3, toPort: 4, cidrBlocks: ["0.0.0.0/0"] },
      ],
      egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
    },
  ],
  [
    "ec2/securityGroup",
    "bastion",
    {
      vpcId: ref("web-vpc"),
      ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] }],
    },
  ],
  [
    "lb/loadBalancer",
    "web",
    {
      name: "web",
      loadBalancerType: "application",
      securityGroups: [ref("balancer")],
      subnets: [ref("web-a"), ref("web-b")],
    },
  ],
  [
    "lb/targetGroup",
    "web-targets",
    { name: "web", port: 80, protocol: "HTTP", targetType: "ip", vpcId: ref("web-vpc") },
  ],
  [
    "lb/listener",
    "web-listener",
    {
      loadBalancerArn: ref("web", "arn"),
      port: 80,
      protocol: "HTTP",
      defaultActions: [{ type: "forward", targetGroupArn: ref("web-targets", "arn") }],
    },
  ],
];

/** Orders over a queue: a function, a table, a topic, a state machine. */
export const serverlessOrders: readonly Part[] = [
  ["iam/role", "orders-role", { assumeRolePolicy: trust("lambda.amazonaws.com") }],
  [
    "iam/rolePolicyAttachment",
    "orders-basic",
    {
      role: ref("orders-role", "name"),
      policyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    },
  ],
  ["sqs/queue", "orders", { name: "orders", visibilityTimeoutSeconds: 180 }],
  ["sns/topic", "alarms", { name: "alarms" }],
  [
    "dynamodb/table",
    "orders-table",
    {
      name: "orders",
      billingMode: "PAY_PER_REQUEST",
      hashKey: "id",
      attributes: [{ name: "id", type: "S" }],
    },
  ],
  [
    "lambda/function",
    "handler",
    {
      name: "orders",
      role: ref("orders-role", "arn"),
      runtime: "nodejs22.x",
      handler: "index.handler",
      timeout: 30,
      environment: { variables: { TABLE: "orders" } },
    },
  ],
  [
    "lambda/eventSourceMapping",
    "orders-mapping",
    { eventSourceArn: ref("orders", "arn"), functionName: ref("handler", "arn"), batchSize: 10 },
  ],
  ["iam/role", "flow-role", { assumeRolePolicy: trust("states.amazonaws.com") }],
  [
    "sfn/stateMachine",
    "flow",
    {
      name: "orders",
      roleArn: ref("flow-role", "arn"),
      definition: JSON.stringify({
        StartAt: "Wait",
        States: { Wait: { Type: "Wait", Seconds: 5, End: true } },
      }),
    },
  ],
];

/** A service in containers, with its images and its logs. */
export const containers: readonly Part[] = [
  ["ecr/repository", "images", { name: "acme/api", imageTagMutability: "MUTABLE" }],
  ["ecs/cluster", "cluster", { name: "api" }],
  ["cloudwatch/logGroup", "api-logs", { name: "/ecs/api" }],
  ["iam/role", "task-role", { assumeRolePolicy: trust("ecs-tasks.amazonaws.com") }],
  [
    "ecs/taskDefinition",
    "api-task",
    {
      family: "api",
      cpu: "256",
      memory: "512",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      executionRoleArn: ref("task-role", "arn"),
      containerDefinitions: JSON.stringify([
        { name: "api", image: "nginx:latest", essential: true },
      ]),
    },
  ],
  [
    "ecs/service",
    "api",
    {
      name: "api",
      cluster: ref("cluster", "arn"),
      taskDefinition: ref("api-task", "arn"),
      desiredCount: 2,
      launchType: "FARGATE",
      networkConfiguration: {
        subnets: ["subnet-0123456789abcdef0"],
        securityGroups: ["sg-0123456789abcdef0"],
        assignPublicIp: true,
      },
    },
  ],
];

/** Roles that a repository's workflows deploy with. */
export const deployRoles: readonly Part[] = [
  [
    "iam/openIdConnectProvider",
    "github",
    {
      url: "https://token.actions.githubusercontent.com",
      clientIdLists: ["sts.amazonaws.com"],
      thumbprintLists: ["6938fd4d98bab03faadb97b34396831e3780aea1"],
    },
  ],
  [
    "iam/role",
    "deploy",
    {
      name: "deploy",
      maxSessionDuration: 3600,
      assumeRolePolicy: json({
        Effect: "Allow",
        Action: "sts:AssumeRoleWithWebIdentity",
        Principal: {
          Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        },
        Condition: {
          StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
          StringLike: { "token.actions.githubusercontent.com:sub": "repo:acme/site:*" },
        },
      }),
    },
  ],
  [
    "iam/rolePolicyAttachment",
    "deploy-admin",
    { role: ref("deploy"), policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
  ],
  ["iam/user", "legacy", { name: "legacy-ci", path: "/ci/" }],
];

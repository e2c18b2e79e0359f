import { PolicyResource } from "@pulumi/policy";

import { networkDefaultGroupClosed } from "../../../policy/rules/network/network-default-group-closed";
import { networkEndpointPrivateDns } from "../../../policy/rules/network/network-endpoint-private-dns";
import { networkFlowLogs } from "../../../policy/rules/network/network-flow-logs";
import { networkNoPublicAddresses } from "../../../policy/rules/network/network-no-public-addresses";
import { Case, UNKNOWN, resource, table } from "../graph";
import { ENVIRONMENT, SUBNET, VPC, VPC_ENDPOINT, awsxNetwork } from "../stack/network";

const DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const FLOW_LOG = "aws:ec2/flowLog:FlowLog";
const WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup";
const CLUSTER = "aws:redshift/cluster:Cluster";
const SUBNET_GROUP = "aws:redshift/subnetGroup:SubnetGroup";

const planned = resource(VPC, "vpc", { id: UNKNOWN });
const deployed = resource(VPC, "vpc", { id: "vpc-1" });
const other = resource(VPC, "other", { id: "vpc-2" });

const of = (vpc: PolicyResource, type: string, name: string, props: object) =>
  vpc === planned
    ? resource(type, name, { id: UNKNOWN, vpcId: UNKNOWN, ...props }, { vpcId: [vpc] })
    : resource(type, name, { id: `${name}-id`, vpcId: vpc.props.id as string, ...props });

const closed = { ingress: [], egress: [] };
const rule = { protocol: "-1", fromPort: 0, toPort: 0, self: true };

const defaultGroup: readonly Case[] = [planned, deployed].flatMap((vpc): Case[] => {
  const mode = vpc === planned ? "first preview" : "ids known";
  const group = of(vpc, DEFAULT_GROUP, "default", closed);
  return [
    { when: `the group has no rules (${mode})`, resources: [vpc, group] },
    {
      when: `the group is left alone (${mode})`,
      resources: [vpc],
      violations: [["vpc", /no aws\.ec2\.DefaultSecurityGroup/]],
    },
    {
      when: `the group admits its members (${mode})`,
      resources: [vpc, of(vpc, DEFAULT_GROUP, "default", { ...closed, ingress: [rule] })],
      violations: [["default", /1 ingress rules/]],
    },
    {
      when: `the group lets everything out (${mode})`,
      resources: [vpc, of(vpc, DEFAULT_GROUP, "default", { ...closed, egress: [rule] })],
      violations: [["default", /1 egress rules/]],
    },
    {
      when: `a rule of its own opens the group (${mode})`,
      resources: [
        vpc,
        group,
        vpc === planned
          ? resource(INGRESS, "in", { securityGroupId: UNKNOWN }, { securityGroupId: [group] })
          : resource(INGRESS, "in", { securityGroupId: "default-id" }),
      ],
      violations: [["in", /rule of default/]],
    },
    {
      when: `the group's rules are not known yet (${mode})`,
      resources: [vpc, of(vpc, DEFAULT_GROUP, "default", { ...closed, ingress: UNKNOWN })],
      notChecked: /of vpc: .*ingress/,
    },
  ];
});

const flowLogs: readonly Case[] = [planned, deployed].flatMap((vpc): Case[] => {
  const mode = vpc === planned ? "first preview" : "ids known";
  const log = (trafficType: unknown, name = "log") => of(vpc, FLOW_LOG, name, { trafficType });
  return [
    { when: `all is logged (${mode})`, resources: [vpc, log("ALL")] },
    { when: `what is rejected is logged (${mode})`, resources: [vpc, log("REJECT")] },
    {
      when: `one of two logs is enough (${mode})`,
      resources: [vpc, log("ACCEPT"), log("REJECT", "second")],
    },
    {
      when: `there is no flow log (${mode})`,
      resources: [vpc],
      violations: [["vpc", /no aws\.ec2\.FlowLog/]],
    },
    {
      when: `only what is accepted is logged (${mode})`,
      resources: [vpc, log("ACCEPT")],
      violations: [["log", /"ACCEPT".*ALL, REJECT/]],
    },
    {
      when: `the type is missing (${mode})`,
      resources: [vpc, log(undefined)],
      violations: [["log", /"missing"/]],
    },
    {
      when: `the type is not known yet (${mode})`,
      resources: [vpc, log(UNKNOWN)],
      notChecked: /of vpc: .*trafficType/,
    },
  ];
});

const endpoint = (props: object) =>
  resource(VPC_ENDPOINT, "endpoint", {
    serviceName: "com.amazonaws.us-east-1.sqs",
    vpcEndpointType: "Interface",
    ...props,
  });

const privateDns: readonly Case[] = [
  { when: "it is enabled", resources: [endpoint({ privateDnsEnabled: true })] },
  {
    when: "the endpoint is a gateway",
    resources: [
      endpoint({ vpcEndpointType: "Gateway" }),
      endpoint({ vpcEndpointType: undefined, serviceName: "com.amazonaws.us-east-1.s3" }),
    ],
  },
  {
    when: "the service is somebody's own",
    resources: [endpoint({ serviceName: "com.amazonaws.vpce.us-east-1.vpce-svc-0123" })],
  },
  {
    when: "the service offers none",
    resources: [endpoint({ serviceName: "com.amazonaws.us-east-1.dynamodb-streams" })],
  },
  {
    when: "it is disabled",
    resources: [endpoint({ privateDnsEnabled: false })],
    violations: [["endpoint", /of sqs and its privateDnsEnabled is false; true/]],
  },
  {
    when: "it is left out",
    resources: [endpoint({ serviceName: "com.amazonaws.eu-west-1.ecr.api" })],
    violations: [["endpoint", /of ecr\.api/]],
  },
  {
    when: "the service is in China",
    resources: [endpoint({ serviceName: "cn.com.amazonaws.cn-north-1.athena" })],
    violations: [["endpoint", /of athena/]],
  },
  {
    when: "it is not known yet",
    resources: [endpoint({ privateDnsEnabled: UNKNOWN })],
    notChecked: /endpoint: .*privateDnsEnabled/,
  },
  {
    when: "a resource has another type",
    resources: [resource("aws:ec2/vpcEndpointService:VpcEndpointService", "service", {})],
  },
];

const open = { mapPublicIpOnLaunch: true };
const subnet = (name: string, props: object = {}) =>
  resource(SUBNET, name, { id: UNKNOWN, mapPublicIpOnLaunch: false, ...props });
const workgroup = (...subnets: PolicyResource[]) =>
  resource(
    WORKGROUP,
    "workgroup",
    { subnetIds: subnets.map(() => UNKNOWN) },
    { subnetIds: subnets },
  );
const groupOf = (...subnets: PolicyResource[]) =>
  resource(
    SUBNET_GROUP,
    "group",
    { name: "group", subnetIds: subnets.map(() => UNKNOWN) },
    { subnetIds: subnets },
  );
const cluster = resource(CLUSTER, "cluster", { clusterSubnetGroupName: "group" });

const publicAddresses: readonly Case[] = [
  ...(["planned", "deployed"] as const).flatMap((mode): Case[] => [
    {
      when: `an environment is in private subnets (${mode})`,
      resources: awsxNetwork({ mode }),
    },
    {
      when: `a private subnet of an environment gives addresses (${mode})`,
      resources: awsxNetwork({ mode, change: { "net-private-2": open } }),
      violations: [["net-private-2", /mapPublicIpOnLaunch true; false/]],
    },
    {
      when: `both private subnets of an environment give addresses (${mode})`,
      resources: awsxNetwork({ mode, change: { "net-private-1": open, "net-private-2": open } }),
      violations: [
        ["net-private-1", /mapPublic/],
        ["net-private-2", /mapPublic/],
      ],
    },
    {
      when: `it is not known yet (${mode})`,
      resources: awsxNetwork({
        mode,
        change: { "net-private-1": { mapPublicIpOnLaunch: UNKNOWN } },
      }),
      notChecked: /mapPublicIpOnLaunch/,
    },
  ]),
  {
    when: "an environment is in public subnets (ids known)",
    resources: awsxNetwork({ mode: "deployed", in: ["net-public-1", "net-public-2"] }),
    violations: [
      ["net-public-1", /mapPublic/],
      ["net-public-2", /mapPublic/],
    ],
  },
  {
    when: "an environment's subnets are not of the stack",
    resources: [
      resource(ENVIRONMENT, "env", { networkConfiguration: { subnetIds: ["subnet-9"] } }),
    ],
    notSeen: /no subnet that env names/,
  },
  {
    when: "a workgroup's subnets give none",
    resources: [subnet("a"), subnet("b"), workgroup(subnet("a"), subnet("b"))],
  },
  {
    when: "a workgroup's subnet leaves it to the default",
    resources: [
      subnet("a", { mapPublicIpOnLaunch: undefined }),
      workgroup(subnet("a", { mapPublicIpOnLaunch: undefined })),
    ],
  },
  {
    when: "a workgroup's subnet gives addresses",
    resources: [subnet("a"), subnet("b", open), workgroup(subnet("a"), subnet("b", open))],
    violations: [["b", /The subnet b of workgroup/]],
  },
  {
    when: "a workgroup takes the default subnets",
    resources: [resource(WORKGROUP, "workgroup", {})],
    notSeen: /no subnet that workgroup names/,
  },
  {
    when: "a cluster's subnet gives addresses",
    resources: [subnet("a"), subnet("b", open), groupOf(subnet("a"), subnet("b", open)), cluster],
    violations: [["b", /The subnet b of cluster/]],
  },
  {
    when: "a cluster's subnets give none",
    resources: [subnet("a"), subnet("b"), groupOf(subnet("a"), subnet("b")), cluster],
  },
  {
    when: "a cluster's subnet group is not of the stack",
    resources: [cluster],
    notSeen: /subnet group of cluster/,
  },
  {
    when: "another subnet gives addresses",
    resources: [subnet("public", open), resource("aws:kms/key:Key", "key", {})],
  },
];

describe("rules on a VPC", () => {
  table(networkDefaultGroupClosed, [
    ...defaultGroup,
    {
      when: "only one of two VPCs has a closed group",
      resources: [deployed, other, of(deployed, DEFAULT_GROUP, "default", closed)],
      violations: [["other", /no aws\.ec2\.DefaultSecurityGroup/]],
    },
    { when: "there is no VPC", resources: [resource("aws:kms/key:Key", "key", {})] },
  ]);
  table(networkFlowLogs, [
    ...flowLogs,
    {
      when: "the flow log is for another VPC",
      resources: [deployed, other, of(other, FLOW_LOG, "log", { trafficType: "ALL" })],
      violations: [["vpc", /no aws\.ec2\.FlowLog/]],
    },
    { when: "there is no VPC", resources: [resource("aws:kms/key:Key", "key", {})] },
  ]);
  table(networkEndpointPrivateDns, privateDns);
  table(networkNoPublicAddresses, publicAddresses);
});

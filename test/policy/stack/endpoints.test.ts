import { PolicyResource } from "@pulumi/policy";

import { stackEndpointAdmitsEnvironment } from "../../../policy/rules/stack/stack-endpoint-admits-environment";
import { stackEndpointDnsUnique } from "../../../policy/rules/stack/stack-endpoint-dns-unique";
import { Case, UNKNOWN, resource, table } from "../graph";
import {
  ENVIRONMENT,
  INGRESS_RULE,
  Mode,
  NetworkOptions,
  SECURITY_GROUP,
  VPC,
  VPC_ENDPOINT,
  awsxNetwork,
} from "./network";

const RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";
const DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";

const MODES: readonly Mode[] = ["planned", "deployed"];
const inBoth = (cases: (mode: Mode) => readonly Case[]): Case[] =>
  MODES.flatMap((mode) => cases(mode).map((one) => ({ ...one, when: `${one.when} (${mode})` })));

/** An endpoint for SQS with a group of its own, and the inbound rules of that group. */
function guarded(
  mode: Mode,
  rules: (
    id: (name: string) => unknown,
    group: PolicyResource,
    env: PolicyResource,
  ) => PolicyResource[],
  groupProps: object = {},
  groupDependencies: (env: PolicyResource) => Record<string, PolicyResource[]> = () => ({}),
  options: Partial<NetworkOptions> = {},
): PolicyResource[] {
  const id = (name: string) => (mode === "planned" ? UNKNOWN : name);
  const [env] = awsxNetwork({ mode }).filter(({ type }) => type === SECURITY_GROUP);
  const group = resource(
    SECURITY_GROUP,
    "doors",
    { id: id("sg-doors"), ...groupProps },
    groupDependencies(env),
  );
  return awsxNetwork({
    mode,
    interfaces: ["sqs"],
    endpointGroups: [group],
    more: rules(id, group, env),
    ...options,
  });
}

const tcp = (port: number) => ({ ipProtocol: "tcp", fromPort: port, toPort: port });
const classic = (port: number) => ({ protocol: "tcp", fromPort: port, toPort: port });

const refused = [["sqs", /No security group of the endpoint sqs admits env on port 443/]] as const;

const admits: readonly Case[] = [
  ...inBoth((mode): readonly Case[] => [
    {
      when: "the endpoint has the environment's group, which admits its members",
      resources: awsxNetwork({ mode, interfaces: ["sqs"] }),
    },
    {
      when: "the environment's group does not admit its members",
      resources: awsxNetwork({ mode, interfaces: ["sqs"] }).filter(
        ({ name }) => name !== "members",
      ),
      violations: refused,
    },
    {
      when: "the environment's group admits its members on another port",
      resources: awsxNetwork({
        mode,
        interfaces: ["sqs"],
        change: { members: { ...tcp(5432) } },
      }),
      violations: refused,
    },
    {
      when: "the endpoint's group admits the environment's",
      resources: guarded(mode, (id, group, env) => [
        resource(
          INGRESS_RULE,
          "from-environment",
          {
            ...tcp(443),
            securityGroupId: id("sg-doors"),
            referencedSecurityGroupId: id("sg-environment"),
          },
          { securityGroupId: [group], referencedSecurityGroupId: [env] },
        ),
      ]),
    },
    {
      when: "the endpoint's group admits another group",
      resources: guarded(mode, (id, group) => [
        resource(
          INGRESS_RULE,
          "from-itself",
          {
            ...tcp(443),
            securityGroupId: id("sg-doors"),
            referencedSecurityGroupId: id("sg-doors"),
          },
          { securityGroupId: [group], referencedSecurityGroupId: [group] },
        ),
      ]),
      violations: refused,
    },
    {
      when: "the endpoint's group admits the environment's by aws.ec2.SecurityGroupRule",
      resources: guarded(mode, (id, group, env) => [
        resource(
          RULE,
          "from-environment",
          {
            type: "ingress",
            ...classic(443),
            securityGroupId: id("sg-doors"),
            sourceSecurityGroupId: id("sg-environment"),
          },
          { securityGroupId: [group], sourceSecurityGroupId: [env] },
        ),
      ]),
    },
    {
      when: "the rule is an outbound one",
      resources: guarded(mode, (id, group, env) => [
        resource(
          RULE,
          "to-environment",
          {
            type: "egress",
            ...classic(443),
            securityGroupId: id("sg-doors"),
            sourceSecurityGroupId: id("sg-environment"),
          },
          { securityGroupId: [group], sourceSecurityGroupId: [env] },
        ),
      ]),
      violations: refused,
    },
    {
      when: "the endpoint's group admits the VPC's block",
      resources: guarded(mode, (id, group) => [
        resource(
          INGRESS_RULE,
          "from-vpc",
          { ...tcp(443), securityGroupId: id("sg-doors"), cidrIpv4: "10.192.0.0/16" },
          { securityGroupId: [group] },
        ),
      ]),
    },
    {
      when: "the endpoint's group admits a block without the subnets",
      resources: guarded(mode, (id, group) => [
        resource(
          INGRESS_RULE,
          "from-elsewhere",
          { ...tcp(443), securityGroupId: id("sg-doors"), cidrIpv4: "10.193.0.0/16" },
          { securityGroupId: [group] },
        ),
      ]),
      violations: refused,
    },
    {
      when: "the endpoint's group admits a block with only one of the subnets",
      resources: guarded(mode, (id, group) => [
        resource(
          INGRESS_RULE,
          "from-one",
          { ...tcp(443), securityGroupId: id("sg-doors"), cidrIpv4: "10.192.20.0/24" },
          { securityGroupId: [group] },
        ),
      ]),
      violations: refused,
    },
    {
      when: "the rule within the endpoint's group admits the environment's",
      resources: guarded(
        mode,
        () => [],
        {
          ingress: [
            {
              ...classic(443),
              securityGroups: [mode === "planned" ? UNKNOWN : "sg-environment"],
            },
          ],
        },
        (env) => ({ ingress: [env] }),
      ),
    },
    {
      when: "the rule within the endpoint's group is a copy of one that the program has dropped",
      resources: guarded(
        mode,
        (id, group, env) => [
          resource(
            INGRESS_RULE,
            "database",
            {
              ...tcp(5432),
              securityGroupId: id("sg-doors"),
              referencedSecurityGroupId: id("sg-environment"),
            },
            { securityGroupId: [group], referencedSecurityGroupId: [env] },
          ),
        ],
        { id: "sg-doors", ingress: [{ ...classic(443), cidrBlocks: ["10.192.0.0/16"] }] },
      ),
      violations: refused,
    },
    {
      when: "the endpoint's group has no rules",
      resources: guarded(
        mode,
        () => [],
        { ingress: [] },
        () => ({ ingress: [] }),
      ),
      violations: refused,
    },
    {
      when: "the endpoint names no group",
      resources: awsxNetwork({
        mode,
        interfaces: ["sqs"],
        endpointGroups: [],
        change: { sqs: { securityGroupIds: [] } },
      }),
      violations: refused,
    },
    {
      when: "the endpoint is for somebody's own service",
      resources: guarded(
        mode,
        () => [],
        {},
        () => ({}),
        {
          change: { sqs: { serviceName: "com.amazonaws.vpce.us-east-1.vpce-svc-1" } },
        },
      ),
    },
    {
      when: "the endpoint is a gateway",
      resources: guarded(
        mode,
        () => [],
        {},
        () => ({}),
        {
          change: { sqs: { vpcEndpointType: "Gateway" } },
        },
      ),
    },
    {
      when: "the rule's port is not known yet",
      resources: guarded(mode, (id, group, env) => [
        resource(
          INGRESS_RULE,
          "from-environment",
          {
            ipProtocol: "tcp",
            fromPort: UNKNOWN,
            toPort: 443,
            securityGroupId: id("sg-doors"),
            referencedSecurityGroupId: id("sg-environment"),
          },
          { securityGroupId: [group], referencedSecurityGroupId: [env] },
        ),
      ]),
      notChecked: /groups of sqs admit env on port 443 is not known yet/,
    },
  ]),
  {
    when: "a rule of blocks within the endpoint's group admits the environment (planned)",
    resources: guarded("planned", () => [], {
      ingress: [{ ...classic(443), cidrBlocks: ["10.192.0.0/16"] }],
    }),
  },
  {
    when: "a rule within the endpoint's group admits the environment (deployed)",
    resources: guarded("deployed", () => [], {
      ingress: [{ ...classic(443), cidrBlocks: ["10.192.0.0/16"] }],
    }),
  },
  {
    when: "one of several rules within the group admits the environment, and which one is not known",
    resources: guarded(
      "planned",
      () => [],
      {
        ingress: [
          { ...classic(443), securityGroups: [UNKNOWN] },
          { ...classic(80), securityGroups: [UNKNOWN] },
        ],
      },
      (env) => ({ ingress: [env] }),
    ),
    notChecked: /is not known yet/,
  },
  {
    when: "the endpoint takes the default group, which the stack closes",
    resources: awsxNetwork({
      mode: "deployed",
      interfaces: ["sqs"],
      change: { sqs: { securityGroupIds: ["sg-default"] } },
      more: [
        resource(
          DEFAULT_GROUP,
          "default",
          { id: "sg-default", vpcId: "net-Vpc", ingress: [], egress: [] },
          { ingress: [], egress: [] },
        ),
      ],
    }),
    violations: refused,
  },
  {
    when: "the endpoint's group is not of the stack",
    resources: awsxNetwork({
      mode: "deployed",
      interfaces: ["sqs"],
      change: { sqs: { securityGroupIds: ["sg-shared"] } },
    }),
    notSeen: /groups of sqs admit env/,
  },
  {
    when: "the endpoint is in another VPC",
    resources: awsxNetwork({
      mode: "deployed",
      interfaces: ["sqs"],
      change: { sqs: { securityGroupIds: ["sg-shared"], vpcId: "vpc-other" } },
      more: [resource(VPC, "other", { id: "vpc-other" })],
    }),
  },
  {
    when: "there is no environment",
    resources: [
      resource(VPC_ENDPOINT, "sqs", {
        serviceName: "com.amazonaws.us-east-1.sqs",
        vpcEndpointType: "Interface",
      }),
    ],
  },
  {
    when: "there is no endpoint",
    resources: [resource(ENVIRONMENT, "env", { networkConfiguration: {} })],
  },
];

const plannedVpc = resource(VPC, "vpc", { id: UNKNOWN });
const otherVpc = resource(VPC, "other", { id: UNKNOWN });
const endpoint = (name: string, service: unknown, vpc: PolicyResource, props: object = {}) =>
  resource(
    VPC_ENDPOINT,
    name,
    {
      serviceName: service,
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      vpcId: UNKNOWN,
      ...props,
    },
    { vpcId: [vpc] },
  );
const SQS = "com.amazonaws.us-east-1.sqs";
const both = [plannedVpc, otherVpc];

const dnsUnique: readonly Case[] = [
  {
    when: "the services are different",
    resources: [
      ...both,
      endpoint("one", SQS, plannedVpc),
      endpoint("two", "com.amazonaws.us-east-1.logs", plannedVpc),
    ],
  },
  {
    when: "the VPCs are different",
    resources: [...both, endpoint("one", SQS, plannedVpc), endpoint("two", SQS, otherVpc)],
  },
  {
    when: "one of the two has no private DNS",
    resources: [
      ...both,
      endpoint("one", SQS, plannedVpc),
      endpoint("two", SQS, plannedVpc, { privateDnsEnabled: false }),
    ],
  },
  {
    when: "one of the two is a gateway",
    resources: [
      ...both,
      endpoint("one", "com.amazonaws.us-east-1.s3", plannedVpc),
      endpoint("two", "com.amazonaws.us-east-1.s3", plannedVpc, { vpcEndpointType: "Gateway" }),
    ],
  },
  {
    when: "both are for somebody's own service",
    resources: [
      ...both,
      endpoint("one", "com.amazonaws.vpce.us-east-1.vpce-svc-1", plannedVpc),
      endpoint("two", "com.amazonaws.vpce.us-east-1.vpce-svc-1", plannedVpc),
    ],
  },
  {
    when: "both want the same name (first preview)",
    resources: [...both, endpoint("one", SQS, plannedVpc), endpoint("two", SQS, plannedVpc)],
    violations: [["two", /two and one are both interface endpoints of sqs/]],
  },
  {
    when: "both want the same name (ids known, VPC not of the stack)",
    resources: [
      endpoint("one", SQS, plannedVpc, { vpcId: "vpc-1" }),
      endpoint("two", SQS, plannedVpc, { vpcId: "vpc-1" }),
      endpoint("three", SQS, plannedVpc, { vpcId: "vpc-2" }),
    ],
    violations: [["two", /both interface endpoints of sqs/]],
  },
  {
    when: "one service is not known yet",
    resources: [...both, endpoint("one", SQS, plannedVpc), endpoint("two", UNKNOWN, plannedVpc)],
    notChecked: /whether two is for the same service and VPC as one/,
  },
  {
    when: "one VPC is not known yet",
    resources: [
      endpoint("one", SQS, plannedVpc),
      resource(VPC_ENDPOINT, "two", {
        serviceName: SQS,
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        vpcId: UNKNOWN,
      }),
    ],
    notChecked: /whether two is for the same service and VPC as one/,
  },
  { when: "there is no endpoint", resources: both },
];

describe("rules on endpoints", () => {
  table(stackEndpointAdmitsEnvironment, admits);
  table(stackEndpointDnsUnique, dnsUnique);
});

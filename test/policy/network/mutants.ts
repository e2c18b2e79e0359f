import { Mutant, RecordedResource, find, without } from "../mutant";

const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const FLOW_LOG = "aws:ec2/flowLog:FlowLog";
const SUBNET = "aws:ec2/subnet:Subnet";
const VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";

/** A further inbound rule of the environment's group. */
function inbound(resources: RecordedResource[], props: Record<string, unknown>): void {
  const members = find(resources, INGRESS_RULE, "network-environment-inbound");
  const { referencedSecurityGroupId: _, ...common } = members.props;
  resources.push({
    ...members,
    name: "network-mutant",
    props: { ...common, description: "A mutant", ...props },
    propertyDependencies: { securityGroupId: members.propertyDependencies.securityGroupId },
  });
}

const port = (number: number) => ({ ipProtocol: "tcp", fromPort: number, toPort: number });

/** Breaking changes to the network of a shipped stack. */
export const mutants: readonly Mutant[] = [
  {
    rule: "network-no-open-ingress",
    what: "an inbound rule is open to the internet",
    mutate: (resources) => inbound(resources, { ...port(443), cidrIpv4: "0.0.0.0/0" }),
    resource: "network-mutant",
  },
  {
    rule: "network-no-open-ingress",
    what: "an inbound rule is open to the internet by IPv6",
    mutate: (resources) => inbound(resources, { ...port(8080), cidrIpv6: "::/0" }),
    resource: "network-mutant",
  },
  {
    rule: "network-no-open-ingress",
    what: "an inbound rule is open to half of the internet",
    mutate: (resources) => inbound(resources, { ...port(8443), cidrIpv4: "128.0.0.0/1" }),
    resource: "network-mutant",
  },
  {
    rule: "network-no-open-ingress",
    what: "everybody may ping",
    mutate: (resources) =>
      inbound(resources, { ipProtocol: "icmp", fromPort: -1, toPort: -1, cidrIpv4: "0.0.0.0/0" }),
    resource: "network-mutant",
  },
  {
    rule: "network-no-open-ingress",
    what: "a rule within a group is open to the internet",
    stack: "dev",
    mutate: (resources) => {
      const group = find(resources, GROUP, "network-environment");
      group.props.ingress = [
        {
          protocol: "tcp",
          fromPort: 443,
          toPort: 443,
          cidrBlocks: ["0.0.0.0/0"],
          description: "A mutant",
        },
      ];
    },
    resource: "network-environment",
  },
  {
    rule: "network-no-admin-ports",
    what: "SSH is open to all private addresses",
    mutate: (resources) => inbound(resources, { ...port(22), cidrIpv4: "10.0.0.0/8" }),
    resource: "network-mutant",
  },
  {
    rule: "network-no-admin-ports",
    what: "RDP is within a range that is open to half the internet",
    mutate: (resources) =>
      inbound(resources, {
        ipProtocol: "tcp",
        fromPort: 3000,
        toPort: 4000,
        cidrIpv4: "0.0.0.0/1",
      }),
    resource: "network-mutant",
    // Half of the internet is open on any port.
    alsoBreaks: ["network-no-open-ingress"],
  },
  {
    rule: "network-rule-descriptions",
    what: "an inbound rule has lost its description",
    mutate: (resources) => {
      delete find(resources, INGRESS_RULE, "network-environment-inbound").props.description;
    },
    resource: "network-environment-inbound",
  },
  {
    rule: "network-rule-descriptions",
    what: "a group has the provider's own description",
    mutate: (resources) => {
      find(resources, GROUP, "redshift-closed").props.description = "Managed by Pulumi";
    },
    resource: "redshift-closed",
  },
  {
    rule: "network-default-group-closed",
    what: "the default group is left alone",
    mutate: (resources) => without(resources, DEFAULT_GROUP),
    resource: "network",
  },
  {
    rule: "network-default-group-closed",
    what: "the default group admits its members",
    mutate: (resources) => {
      find(resources, DEFAULT_GROUP).props.ingress = [
        { protocol: "-1", fromPort: 0, toPort: 0, self: true },
      ];
    },
    resource: "network-default",
  },
  {
    rule: "network-default-group-closed",
    what: "the default group lets everything out",
    mutate: (resources) => {
      find(resources, DEFAULT_GROUP).props.egress = [
        { protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] },
      ];
    },
    resource: "network-default",
    // What a default group lets out, it lets out everywhere.
    alsoBreaks: ["network-no-open-egress"],
  },
  {
    rule: "network-flow-logs",
    what: "there is no flow log",
    mutate: (resources) => without(resources, FLOW_LOG),
    resource: "network",
  },
  {
    rule: "network-flow-logs",
    what: "only accepted traffic is logged",
    mutate: (resources) => {
      find(resources, FLOW_LOG).props.trafficType = "ACCEPT";
    },
    resource: "network-flow-logs",
  },
  {
    rule: "network-no-public-addresses",
    what: "a subnet of the environment gives public addresses",
    mutate: (resources) => {
      find(resources, SUBNET, "network-private-2").props.mapPublicIpOnLaunch = true;
    },
    resource: "network-private-2",
  },
  {
    rule: "network-no-public-addresses",
    what: "a subnet of Redshift gives public addresses",
    mutate: (resources) => {
      find(resources, SUBNET, "redshift-isolated-3").props.mapPublicIpOnLaunch = true;
    },
    resource: "redshift-isolated-3",
  },
  {
    rule: "network-endpoint-private-dns",
    what: "the endpoint of EMR has no private DNS",
    mutate: (resources) => {
      find(resources, VPC_ENDPOINT, "network-emr").props.privateDnsEnabled = false;
    },
    resource: "network-emr",
  },
  {
    rule: "network-endpoint-vpc-dns",
    what: "the VPC of an endpoint with private DNS gives no host names",
    mutate: (resources) => {
      find(resources, "aws:ec2/vpc:Vpc").props.enableDnsHostnames = false;
    },
    resource: "network-emr",
  },
  {
    rule: "network-endpoint-vpc-dns",
    what: "the VPC of an endpoint with private DNS has no resolver",
    mutate: (resources) => {
      find(resources, "aws:ec2/vpc:Vpc").props.enableDnsSupport = false;
    },
    resource: "network-emr",
  },
  {
    rule: "network-no-open-egress",
    what: "an outbound rule is open to everywhere",
    mutate: (resources) => {
      const rule = find(resources, EGRESS_RULE, "notebooks-editor-outbound");
      Object.assign(rule.props, { ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" });
    },
    resource: "notebooks-editor-outbound",
  },
  {
    rule: "network-rule-ports",
    what: "the ports of an inbound rule are the wrong way round",
    mutate: (resources) => {
      find(resources, INGRESS_RULE, "notebooks-engine-inbound").props.fromPort = 20_000;
    },
    resource: "notebooks-engine-inbound",
  },
  {
    rule: "network-rule-ports",
    what: "an inbound rule for TCP has no ports",
    mutate: (resources) => {
      const { props } = find(resources, INGRESS_RULE, "notebooks-engine-inbound");
      delete props.fromPort;
      delete props.toPort;
    },
    resource: "notebooks-engine-inbound",
  },
  {
    rule: "network-subnet-ranges",
    what: "a subnet is outside its VPC",
    mutate: (resources) => {
      find(resources, SUBNET, "redshift-isolated-3").props.cidrBlock = "10.193.0.0/24";
    },
    resource: "redshift-isolated-3",
  },
  {
    rule: "network-subnet-ranges",
    what: "a subnet overlaps another",
    mutate: (resources) => {
      find(resources, SUBNET, "redshift-isolated-3").props.cidrBlock = "10.192.31.128/25";
    },
    resource: "redshift-isolated-3",
  },
];

import { Part, ref } from "./build";

/** What AWS's documentation says of a network: it works, or the rule that says why not; `unseen` where it is elsewhere. */
export type Verdict = "works" | "unseen" | readonly string[];

/** One network. */
export interface Network {
  readonly what: string;
  readonly parts: readonly Part[];
  readonly verdict: Verdict;
}

const SELF = "mwaa-security-group-self";
const EGRESS = "mwaa-security-group-egress";
const ROUTE = "stack-route-to-aws";
const ACL = "mwaa-network-acl";
const DNS = "network-endpoint-vpc-dns";
const ADMITS = "stack-endpoint-admits-environment";

const SERVICES = [
  ...["airflow.api", "airflow.env", "ecr.api", "ecr.dkr", "kms", "logs", "monitoring", "s3", "sqs"],
];

const vpc: Part = [
  "ec2/vpc",
  "vpc",
  { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true, enableDnsSupport: true },
];
const subnet = (name: string, n: number, more: object = {}): Part => [
  "ec2/subnet",
  name,
  {
    vpcId: ref("vpc"),
    cidrBlock: `10.0.${n}.0/24`,
    availabilityZone: `us-east-1${n % 2 ? "a" : "b"}`,
    ...more,
  },
];
const subnets: Part[] = [subnet("one", 1), subnet("two", 2)];
const environment = (groups: readonly unknown[] = [ref("group")]): Part => [
  "mwaa/environment",
  "env",
  { networkConfiguration: { subnetIds: [ref("one"), ref("two")], securityGroupIds: groups } },
];
const table = (more: object = {}): Part => [
  "ec2/routeTable",
  "table",
  { vpcId: ref("vpc"), ...more },
];
const associations: Part[] = ["one", "two"].map((name) => [
  "ec2/routeTableAssociation",
  `${name}-table`,
  { subnetId: ref(name), routeTableId: ref("table") },
]);
const route = (
  name: string,
  destinationCidrBlock: string,
  target: object,
  of = ref("table"),
): Part => ["ec2/route", name, { routeTableId: of, destinationCidrBlock, ...target }];
/** A public subnet with a NAT gateway. */
const nat: Part[] = [
  ["ec2/internetGateway", "igw", { vpcId: ref("vpc") }],
  subnet("outer", 9),
  ["ec2/routeTable", "outer-table", { vpcId: ref("vpc") }],
  [
    "ec2/routeTableAssociation",
    "outer-association",
    { subnetId: ref("outer"), routeTableId: ref("outer-table") },
  ],
  [
    "ec2/route",
    "outer-route",
    { routeTableId: ref("outer-table"), destinationCidrBlock: "0.0.0.0/0", gatewayId: ref("igw") },
  ],
  ["ec2/natGateway", "nat", { subnetId: ref("outer") }],
];
const byNat: Part[] = [
  ...nat,
  table(),
  ...associations,
  route("out", "0.0.0.0/0", { natGatewayId: ref("nat") }),
];

const ALL = { protocol: "-1", fromPort: 0, toPort: 0 };
const group = (more: object = {}): Part => [
  "ec2/securityGroup",
  "group",
  { vpcId: ref("vpc"), ...more },
];
const ingress = (name: string, props: object): Part => [
  "vpc/securityGroupIngressRule",
  name,
  { securityGroupId: ref("group"), ...props },
];
const egress = (name: string, props: object): Part => [
  "vpc/securityGroupEgressRule",
  name,
  { securityGroupId: ref("group"), ...props },
];
const older = (name: string, type: string, props: object): Part => [
  "ec2/securityGroupRule",
  name,
  { type, securityGroupId: ref("group"), ...props },
];
const OWN = { referencedSecurityGroupId: ref("group") };
const selfRule = ingress("self", { ipProtocol: "-1", ...OWN });
const outRule = egress("out-all", { ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" });
const modern: Part[] = [group(), selfRule, outRule];
const inlineGroup = group({
  ingress: [{ ...ALL, self: true }],
  egress: [{ ...ALL, cidrBlocks: ["0.0.0.0/0"] }],
});

/** A network with NAT, of which the groups differ. */
const withGroups = (
  what: string,
  parts: readonly Part[],
  verdict: Verdict,
  groups?: readonly unknown[],
): Network => ({
  what,
  parts: [vpc, ...subnets, ...byNat, ...parts, environment(groups)],
  verdict,
});
/** A network whose groups are right, of which the routes differ. */
const withRoutes = (what: string, parts: readonly Part[], verdict: Verdict): Network => ({
  what,
  parts: [vpc, ...subnets, ...parts, ...modern, environment()],
  verdict,
});

const groupNetworks: readonly Network[] = [
  withGroups("rules within the group", [inlineGroup], "works"),
  withGroups("rules as aws.vpc resources", modern, "works"),
  withGroups(
    "rules as aws.ec2.SecurityGroupRule with self",
    [
      group(),
      older("s", "ingress", { ...ALL, self: true }),
      older("o", "egress", { ...ALL, cidrBlocks: ["0.0.0.0/0"] }),
    ],
    "works",
  ),
  withGroups(
    "aws.ec2.SecurityGroupRule with its own id as source",
    [
      group(),
      older("s", "ingress", { ...ALL, sourceSecurityGroupId: ref("group") }),
      older("o", "egress", { ...ALL, cidrBlocks: ["0.0.0.0/0"] }),
    ],
    "works",
  ),
  withGroups(
    "inbound from itself within, outbound as a resource",
    [group({ ingress: [{ ...ALL, self: true }] }), outRule],
    "works",
  ),
  withGroups(
    "self rules for 443 and 5432",
    [
      group(),
      ingress("a", { ipProtocol: "tcp", fromPort: 443, toPort: 443, ...OWN }),
      ingress("b", { ipProtocol: "tcp", fromPort: 5432, toPort: 5432, ...OWN }),
      outRule,
    ],
    "works",
  ),
  withGroups(
    "a self rule for every port of TCP",
    [group(), ingress("a", { ipProtocol: "tcp", fromPort: 0, toPort: 65535, ...OWN }), outRule],
    "works",
  ),
  withGroups(
    "a self rule for 5432 only",
    [group(), ingress("b", { ipProtocol: "tcp", fromPort: 5432, toPort: 5432, ...OWN }), outRule],
    [SELF],
  ),
  withGroups(
    "a self rule for UDP",
    [group(), ingress("b", { ipProtocol: "udp", fromPort: 0, toPort: 65535, ...OWN }), outRule],
    [SELF],
  ),
  withGroups("no inbound rule", [group(), outRule], [SELF]),
  withGroups(
    "inbound from another group",
    [
      group(),
      ["ec2/securityGroup", "other", { vpcId: ref("vpc") }],
      ingress("o", { ipProtocol: "-1", referencedSecurityGroupId: ref("other") }),
      outRule,
    ],
    [SELF],
  ),
  withGroups(
    "an outbound rule written as inbound",
    [group(), older("s", "egress", { ...ALL, self: true })],
    [SELF],
  ),
  withGroups("no outbound rule", [group(), selfRule], [EGRESS]),
  withGroups(
    "within the group, no outbound rule",
    [group({ ingress: [{ ...ALL, self: true }], egress: [] })],
    [EGRESS],
  ),
  withGroups(
    "outbound for DNS only",
    [
      group(),
      selfRule,
      egress("dns", { ipProtocol: "udp", fromPort: 53, toPort: 53, cidrIpv4: "0.0.0.0/0" }),
    ],
    [EGRESS],
  ),
  withGroups(
    "outbound for HTTPS only, and not to the database",
    [
      group(),
      selfRule,
      egress("https", { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "0.0.0.0/0" }),
    ],
    [EGRESS],
  ),
  withGroups(
    "outbound for HTTPS and, to itself, for the database",
    [
      group(),
      selfRule,
      egress("https", { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "0.0.0.0/0" }),
      egress("db", { ipProtocol: "tcp", fromPort: 5432, toPort: 5432, ...OWN }),
    ],
    "works",
  ),
  withGroups(
    "outbound by the two halves of the internet",
    [
      group(),
      selfRule,
      egress("low", { ipProtocol: "-1", cidrIpv4: "0.0.0.0/1" }),
      egress("high", { ipProtocol: "-1", cidrIpv4: "128.0.0.0/1" }),
    ],
    "works",
  ),
  withGroups(
    "outbound to a prefix list",
    [group(), selfRule, egress("list", { ipProtocol: "-1", prefixListId: "pl-63a5400a" })],
    "works",
  ),
  withGroups(
    "the VPC's default group, taken over with both rules",
    [
      [
        "ec2/defaultSecurityGroup",
        "group",
        {
          vpcId: ref("vpc"),
          ingress: [{ ...ALL, self: true }],
          egress: [{ ...ALL, cidrBlocks: ["0.0.0.0/0"] }],
        },
      ],
    ],
    "works",
  ),
  withGroups(
    "the VPC's default group, taken over and closed",
    [["ec2/defaultSecurityGroup", "group", { vpcId: ref("vpc"), ingress: [], egress: [] }]],
    [EGRESS, SELF],
  ),
  withGroups(
    "two groups, of which one has both rules",
    [...modern, ["ec2/securityGroup", "other", { vpcId: ref("vpc") }]],
    "works",
    [ref("group"), ref("other")],
  ),
  withGroups("groups from outside", [], "unseen", ["sg-0123456789abcdef0"]),
];

const default4 = "0.0.0.0/0";
const routeNetworks: readonly Network[] = [
  withRoutes("a NAT gateway", byNat, "works"),
  withRoutes(
    "routes within the table",
    [
      ...nat,
      table({ routes: [{ cidrBlock: default4, natGatewayId: ref("nat") }] }),
      ...associations,
    ],
    "works",
  ),
  withRoutes(
    "two halves to a NAT gateway",
    [
      ...nat,
      table(),
      ...associations,
      route("low", "0.0.0.0/1", { natGatewayId: ref("nat") }),
      route("high", "128.0.0.0/1", { natGatewayId: ref("nat") }),
    ],
    "works",
  ),
  withRoutes(
    "two halves within the table",
    [
      ...nat,
      table({
        routes: [
          { cidrBlock: "0.0.0.0/1", natGatewayId: ref("nat") },
          { cidrBlock: "128.0.0.0/1", natGatewayId: ref("nat") },
        ],
      }),
      ...associations,
    ],
    "works",
  ),
  withRoutes(
    "only the lower half",
    [...nat, table(), ...associations, route("low", "0.0.0.0/1", { natGatewayId: ref("nat") })],
    [ROUTE],
  ),
  withRoutes("no route", [table(), ...associations], [ROUTE]),
  withRoutes(
    "a route to the internet gateway",
    [...nat, table(), ...associations, route("out", default4, { gatewayId: ref("igw") })],
    [ROUTE],
  ),
  withRoutes(
    "a private NAT gateway",
    [
      ...nat.slice(0, -1),
      ["ec2/natGateway", "nat", { subnetId: ref("outer"), connectivityType: "private" }],
      table(),
      ...associations,
      route("out", default4, { natGatewayId: ref("nat") }),
    ],
    [ROUTE],
  ),
  withRoutes(
    "a NAT gateway in a private subnet",
    [
      ["ec2/natGateway", "nat", { subnetId: ref("one") }],
      table(),
      ...associations,
      route("out", default4, { natGatewayId: ref("nat") }),
    ],
    [ROUTE],
  ),
  withRoutes(
    "a transit gateway",
    [table(), ...associations, route("out", default4, { transitGatewayId: "tgw-1" })],
    "unseen",
  ),
  withRoutes(
    "a network firewall's endpoint",
    [table(), ...associations, route("out", default4, { vpcEndpointId: "vpce-1" })],
    "unseen",
  ),
  withRoutes(
    "tables from outside",
    ["one", "two"].map((name): Part => [
      "ec2/routeTableAssociation",
      `${name}-table`,
      { subnetId: ref(name), routeTableId: "rtb-0123456789abcdef0" },
    ]),
    "unseen",
  ),
  withRoutes("no association and a VPC of the stack without a main route", [], [ROUTE]),
  withRoutes(
    "the main table, taken over, with a NAT gateway",
    [
      ...nat,
      [
        "ec2/defaultRouteTable",
        "main",
        {
          vpcId: ref("vpc"),
          defaultRouteTableId: ref("vpc", "mainRouteTableId"),
          routes: [{ cidrBlock: default4, natGatewayId: ref("nat") }],
        },
      ],
    ],
    "works",
  ),
  withRoutes(
    "a route in the VPC's main table",
    [...nat, route("out", default4, { natGatewayId: ref("nat") }, ref("vpc", "mainRouteTableId"))],
    "works",
  ),
  withRoutes(
    "a regional NAT gateway",
    [
      ["ec2/natGateway", "nat", { vpcId: ref("vpc"), availabilityMode: "regional" }],
      table(),
      ...associations,
      route("out", default4, { natGatewayId: ref("nat") }),
    ],
    "works",
  ),
  {
    what: "a VPC, subnets and groups from outside",
    parts: [
      [
        "mwaa/environment",
        "env",
        {
          networkConfiguration: { subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["sg-1"] },
        },
      ],
    ],
    verdict: "unseen",
  },
  {
    what: "subnets of the stack in a VPC from outside, on its main table",
    parts: [
      ...[1, 2].map((n): Part => [
        "ec2/subnet",
        n === 1 ? "one" : "two",
        { vpcId: "vpc-1", cidrBlock: `10.0.${n}.0/24`, availabilityZone: n === 1 ? "a" : "b" },
      ]),
      group({ vpcId: "vpc-1" }),
      selfRule,
      outRule,
      environment(),
    ],
    verdict: "unseen",
  },
];

const acl = (more: object = {}): Part => [
  "ec2/networkAcl",
  "acl",
  { vpcId: ref("vpc"), subnetIds: [ref("one"), ref("two")], ...more },
];
const OPEN = {
  protocol: "-1",
  ruleNo: 100,
  action: "allow",
  cidrBlock: default4,
  fromPort: 0,
  toPort: 0,
};
const aclRule = (name: string, outbound: boolean, more: object = {}): Part => [
  "ec2/networkAclRule",
  name,
  {
    networkAclId: ref("acl"),
    egress: outbound,
    ruleNumber: 100,
    ruleAction: "allow",
    protocol: "-1",
    cidrBlock: default4,
    ...more,
  },
];
const withAcl = (what: string, parts: readonly Part[], verdict: Verdict): Network =>
  withRoutes(what, [...byNat, ...parts], verdict);
const aclNetworks: readonly Network[] = [
  withAcl(
    "a network ACL that allows all, within",
    [acl({ ingress: [OPEN], egress: [OPEN] })],
    "works",
  ),
  withAcl(
    "a network ACL that allows all, by resources",
    [acl(), aclRule("in", false), aclRule("out-acl", true)],
    "works",
  ),
  withAcl(
    "a network ACL for HTTPS and ephemeral ports",
    [
      acl(),
      aclRule("in", false, { protocol: "tcp", fromPort: 1024, toPort: 65535 }),
      aclRule("out-acl", true, { protocol: "6", fromPort: 443, toPort: 443 }),
    ],
    "works",
  ),
  withAcl("a network ACL without rules", [acl()], [ACL]),
  withAcl("a network ACL without inbound rules", [acl({ ingress: [], egress: [OPEN] })], [ACL]),
  withAcl(
    "a network ACL that lets in HTTPS only",
    [acl({ ingress: [{ ...OPEN, protocol: "tcp", fromPort: 443, toPort: 443 }], egress: [OPEN] })],
    [ACL],
  ),
  withAcl(
    "a network ACL that denies all before it allows",
    [acl({ ingress: [{ ...OPEN, ruleNo: 50, action: "deny" }, OPEN], egress: [OPEN] })],
    [ACL],
  ),
  withAcl(
    "a network ACL that denies one block before it allows all",
    [
      acl({
        ingress: [{ ...OPEN, ruleNo: 50, action: "deny", cidrBlock: "192.0.2.0/24" }, OPEN],
        egress: [OPEN],
      }),
    ],
    "works",
  ),
  withAcl(
    "a network ACL without rules, of another subnet",
    [["ec2/networkAcl", "acl", { vpcId: ref("vpc"), subnetIds: [ref("outer")] }]],
    "works",
  ),
  withAcl(
    "a network ACL without rules, by an association",
    [
      ["ec2/networkAcl", "acl", { vpcId: ref("vpc") }],
      ["ec2/networkAclAssociation", "one-acl", { subnetId: ref("one"), networkAclId: ref("acl") }],
    ],
    [ACL],
  ),
  withAcl(
    "the VPC's default ACL, taken over and closed",
    [["ec2/defaultNetworkAcl", "acl", { defaultNetworkAclId: ref("vpc", "defaultNetworkAclId") }]],
    [ACL],
  ),
];

const endpoint = (service: string, more: object = {}): Part => [
  "ec2/vpcEndpoint",
  service,
  {
    vpcId: ref("vpc"),
    serviceName: `com.amazonaws.us-east-1.${service}`,
    vpcEndpointType: "Interface",
    privateDnsEnabled: true,
    subnetIds: [ref("one"), ref("two")],
    securityGroupIds: [ref("doors")],
    ...more,
  },
];
const doors: Part = ["ec2/securityGroup", "doors", { vpcId: ref("vpc") }];
const admits = (name: string, props: object): Part => [
  "vpc/securityGroupIngressRule",
  name,
  { securityGroupId: ref("doors"), ipProtocol: "tcp", fromPort: 443, toPort: 443, ...props },
];
const all = (more: object = {}): Part[] => SERVICES.map((service) => endpoint(service, more));
const isolated = (
  what: string,
  parts: readonly Part[],
  verdict: Verdict,
  network: Part = vpc,
): Network => ({
  what,
  parts: [network, ...subnets, table(), ...associations, ...modern, doors, ...parts, environment()],
  verdict,
});
const list = (...cidrs: string[]): Part => [
  "ec2/managedPrefixList",
  "list",
  { entries: cidrs.map((cidr) => ({ cidr })) },
];
const endpointNetworks: readonly Network[] = [
  isolated("endpoints that admit the environment's group", [...all(), admits("d", OWN)], "works"),
  isolated(
    "endpoints that admit the VPC",
    [...all(), admits("d", { cidrIpv4: "10.0.0.0/16" })],
    "works",
  ),
  isolated(
    "endpoints that admit each subnet by a rule of its own",
    [
      ...all(),
      admits("d1", { cidrIpv4: "10.0.1.0/24" }),
      admits("d2", { cidrIpv4: "10.0.2.0/24" }),
    ],
    "works",
  ),
  isolated(
    "endpoints that admit one subnet only",
    [...all(), admits("d1", { cidrIpv4: "10.0.1.0/24" })],
    [ADMITS],
  ),
  isolated(
    "endpoints that admit a prefix list with both subnets",
    [...all(), list("10.0.1.0/24", "10.0.2.0/24"), admits("d", { prefixListId: ref("list") })],
    "works",
  ),
  isolated(
    "endpoints that admit a prefix list with other blocks",
    [...all(), list("10.1.0.0/16"), admits("d", { prefixListId: ref("list") })],
    [ADMITS],
  ),
  isolated("endpoints that admit nobody", all(), [ADMITS]),
  isolated(
    "endpoints that admit HTTP only",
    [...all(), admits("d", { ...OWN, fromPort: 80, toPort: 80 })],
    [ADMITS],
  ),
  isolated(
    "endpoints with the environment's own group",
    all({ securityGroupIds: [ref("group")] }),
    "works",
  ),
  isolated(
    "endpoints in a VPC that gives no host names",
    [...all(), admits("d", OWN)],
    [DNS],
    ["ec2/vpc", "vpc", { cidrBlock: "10.0.0.0/16" }],
  ),
  isolated(
    "endpoints in a VPC without a resolver",
    [...all(), admits("d", OWN)],
    [DNS],
    [
      "ec2/vpc",
      "vpc",
      { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true, enableDnsSupport: false },
    ],
  ),
  isolated("one endpoint is missing", [...all().slice(1), admits("d", OWN)], [ROUTE]),
  isolated(
    "endpoints for what pipelines call are not needed for MWAA",
    [...all(), admits("d", OWN)],
    "works",
  ),
  {
    what: "endpoints of another region",
    parts: [
      vpc,
      subnet("one", 1, { region: "us-east-1" }),
      subnet("two", 2, { region: "us-east-1" }),
      table(),
      ...associations,
      ...modern,
      doors,
      ...all({ region: "eu-west-1" }),
      admits("d", OWN),
      environment(),
    ],
    verdict: [ROUTE],
  },
];

export const networks: readonly Network[] = [
  ...groupNetworks,
  ...routeNetworks,
  ...aclNetworks,
  ...endpointNetworks,
];
export const RULES = [SELF, EGRESS, ROUTE, ACL, DNS, ADMITS];

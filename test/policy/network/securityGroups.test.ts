import { networkNoAdminPorts } from "../../../policy/rules/network/network-no-admin-ports";
import { networkNoOpenIngress } from "../../../policy/rules/network/network-no-open-ingress";
import { networkRuleDescriptions } from "../../../policy/rules/network/network-rule-descriptions";
import { Case, UNKNOWN, resource, table } from "../graph";

const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

type Properties = Record<string, unknown>;

/** The three ways to write one inbound rule. */
const ways = (name: string, block: string, port: number | undefined, protocol = "tcp") => {
  const v6 = block.includes(":");
  const ports = port === undefined ? {} : { fromPort: port, toPort: port };
  const blocks = v6 ? { ipv6CidrBlocks: [block] } : { cidrBlocks: [block] };
  return [
    resource(GROUP, `${name}-inline`, { ingress: [{ ...blocks, ...ports, protocol }] }),
    resource(RULE, `${name}-rule`, { type: "ingress", ...blocks, ...ports, protocol }),
    resource(INGRESS, `${name}-ingress`, {
      ...(v6 ? { cidrIpv6: block } : { cidrIpv4: block }),
      ...ports,
      ipProtocol: protocol,
    }),
  ];
};

const three = (name: string, message: RegExp): readonly (readonly [string, RegExp])[] =>
  ["inline", "rule", "ingress"].map((way) => [`${name}-${way}`, message] as const);

const own = (props: Properties) => resource(INGRESS, "own", { ipProtocol: "tcp", ...props });

const openIngress: readonly Case[] = [
  {
    when: "a group admits itself and a network",
    resources: [
      resource(GROUP, "group", {
        ingress: [{ self: true, protocol: "-1", fromPort: 0, toPort: 0 }],
      }),
      ...ways("office", "203.0.113.0/24", 443),
      own({ referencedSecurityGroupId: UNKNOWN }),
    ],
  },
  { when: "a group has no rules", resources: [resource(GROUP, "group", {})] },
  {
    when: "everybody comes in by IPv4",
    resources: ways("open", "0.0.0.0/0", 5439),
    violations: three("open", /0\.0\.0\.0\/0 on port 5439; no port may be open/),
  },
  {
    when: "everybody comes in by IPv6",
    resources: ways("open", "::/0", 5439),
    violations: three("open", /::\/0 on port 5439/),
  },
  {
    when: "everybody comes in by every protocol",
    resources: ways("open", "0.0.0.0/0", undefined, "-1"),
    violations: three("open", /on all ports/),
  },
  {
    when: "everybody may ping",
    resources: [own({ cidrIpv4: "0.0.0.0/0", ipProtocol: "icmp", fromPort: -1, toPort: -1 })],
    violations: [["own", /every type of its protocol/]],
  },
  {
    when: "everybody may ping, as configured",
    resources: [
      ...ways("ping", "0.0.0.0/0", -1, "icmp"),
      ...ways("number", "0.0.0.0/0", -1, "1"),
      ...ways("ping6", "::/0", -1, "icmpv6"),
    ],
    configuration: { protocols: ["icmp", "58"] },
  },
  {
    when: "another protocol is configured",
    resources: ways("ping", "::/0", -1, "icmpv6"),
    configuration: { protocols: ["icmp"] },
    violations: three(
      "ping",
      /every type of its protocol; the parameter protocols does not name it/,
    ),
  },
  {
    when: "a configured protocol comes with all others",
    resources: ways("all", "0.0.0.0/0", undefined, "-1"),
    configuration: { protocols: ["icmp", "-1", "all"] },
    violations: three("all", /all ports; no port may be open/),
  },
  {
    when: "a protocol with ports is configured as one without",
    resources: ways("web", "0.0.0.0/0", 443),
    configuration: { protocols: ["tcp"] },
    violations: three("web", /port 443; no port may be open/),
  },
  ...["0.0.0.0/1", "128.0.0.0/1", "64.0.0.0/2", "2000::/3", "8000::/1"].map((block): Case => ({
    when: `a part of the internet comes in that others make whole: ${block}`,
    resources: ways("part", block, 5439),
    violations: three("part", new RegExp(`${block} on port 5439`)),
  })),
  ...["10.0.0.0/8", "203.0.113.7/32", "203.0.113.7", "fc00::/7", "fd00::/8", "2001:db8::/32"].map(
    (block): Case => ({
      when: `a block that is not the internet comes in: ${block}`,
      resources: ways("office", block, 5439),
    }),
  ),
  {
    when: "both halves of the internet come in by one rule",
    resources: [
      resource(RULE, "halves", {
        type: "ingress",
        cidrBlocks: ["0.0.0.0/1", "128.0.0.0/1"],
        protocol: "tcp",
        fromPort: 5439,
        toPort: 5439,
      }),
    ],
    violations: [["halves", /0\.0\.0\.0\/1 and 128\.0\.0\.0\/1 on port 5439/]],
  },
  {
    when: "the protocol is not known yet",
    resources: [own({ cidrIpv4: "0.0.0.0/0", ipProtocol: UNKNOWN })],
    notChecked: /own: .*ipProtocol/,
  },
  {
    when: "the port is allowed",
    resources: ways("web", "0.0.0.0/0", 443),
    configuration: { allowed: [443] },
  },
  {
    when: "only a part of the ports is allowed",
    resources: [own({ cidrIpv4: "0.0.0.0/0", fromPort: 443, toPort: 444 })],
    configuration: { allowed: [443, 80] },
    violations: [["own", /ports 443-444; only 443, 80 may/]],
  },
  {
    when: "all ports are open and one is allowed",
    resources: [own({ cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" })],
    configuration: { allowed: [443] },
    violations: [["own", /all ports/]],
  },
  {
    when: "an outbound rule is open",
    resources: [
      resource(EGRESS, "out", { cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" }),
      resource(RULE, "out", { type: "egress", cidrBlocks: ["0.0.0.0/0"], protocol: "-1" }),
      resource(GROUP, "group", { egress: [{ cidrBlocks: ["0.0.0.0/0"], protocol: "-1" }] }),
    ],
  },
  {
    when: "the block is not known yet",
    resources: [own({ cidrIpv4: UNKNOWN, fromPort: 443, toPort: 443 })],
    notChecked: /own: .*cidrIpv4/,
  },
  {
    when: "one block of a group is not known yet and another rule is open",
    resources: [
      resource(GROUP, "group", {
        ingress: [
          { cidrBlocks: [UNKNOWN], protocol: "tcp", fromPort: 443, toPort: 443 },
          { cidrBlocks: ["0.0.0.0/0"], protocol: "tcp", fromPort: 80, toPort: 80 },
        ],
      }),
    ],
    violations: [["group", /port 80/]],
    notChecked: /group: .*cidrBlocks/,
  },
  {
    when: "a resource has another type",
    resources: [
      resource("aws:ec2/networkAclRule:NetworkAclRule", "acl", { cidrIpv4: "0.0.0.0/0" }),
    ],
  },
];

const adminPorts: readonly Case[] = [
  { when: "SSH comes from one network", resources: ways("office", "203.0.113.0/24", 22) },
  { when: "SSH comes from as much as a VPC", resources: ways("vpc", "10.0.0.0/16", 22) },
  { when: "another port comes from everywhere", resources: ways("web", "0.0.0.0/0", 443) },
  {
    when: "port 22 of UDP comes from everywhere",
    resources: ways("udp", "0.0.0.0/0", 22, "udp"),
  },
  {
    when: "SSH comes from everywhere",
    resources: ways("ssh", "0.0.0.0/0", 22),
    violations: three("ssh", /port 22, which takes in SSH \(22\)/),
  },
  {
    when: "RDP comes from everywhere by IPv6",
    resources: ways("rdp", "::/0", 3389),
    violations: three("rdp", /RDP \(3389\)/),
  },
  {
    when: "SSH comes from a wide private block",
    resources: ways("wide", "10.0.0.0/8", 22),
    violations: three("wide", /10\.0\.0\.0\/8 .*\/16/),
  },
  {
    when: "both are within a range",
    resources: [own({ cidrIpv4: "0.0.0.0/1", fromPort: 20, toPort: 4000 })],
    violations: [["own", /SSH \(22\) and RDP \(3389\)/]],
  },
  {
    when: "all protocols come from everywhere",
    resources: [own({ cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" })],
    violations: [["own", /all ports, which takes in SSH \(22\) and RDP/]],
  },
  {
    when: "a wider block is allowed",
    resources: ways("wide", "10.0.0.0/8", 22),
    configuration: { widestIpv4: 8 },
  },
  {
    when: "the port is not known yet",
    resources: [own({ cidrIpv4: "0.0.0.0/0", fromPort: UNKNOWN, toPort: 22 })],
    notChecked: /own: .*fromPort/,
  },
  {
    when: "a resource has another type",
    resources: [resource("aws:ec2/instance:Instance", "machine", { cidrBlocks: ["0.0.0.0/0"] })],
  },
];

const text = { description: "Members of this group" };

const descriptions: readonly Case[] = [
  {
    when: "all have one",
    resources: [
      resource(GROUP, "group", { ...text, ingress: [{ ...text }], egress: [{ ...text }] }),
      resource(RULE, "rule", text),
      resource(INGRESS, "in", text),
      resource(EGRESS, "out", text),
    ],
  },
  {
    when: "they are missing",
    resources: [
      resource(GROUP, "group", {}),
      resource(RULE, "rule", { description: " " }),
      resource(INGRESS, "in", { description: null }),
      resource(EGRESS, "out", {}),
    ],
    violations: [
      ["group", /group has the description ""/],
      ["rule", /rule/],
      ["in", /in/],
      ["out", /out/],
    ],
  },
  {
    when: "it is the provider's own",
    resources: [resource(GROUP, "group", { description: "Managed by Pulumi" })],
    violations: [["group", /Managed by Pulumi/]],
  },
  {
    when: "a rule within a group has none",
    resources: [resource(GROUP, "group", { ...text, ingress: [text, {}], egress: [{}] })],
    violations: [
      ["group", /ingress\[1\] of group/],
      ["group", /egress\[0\] of group/],
    ],
  },
  {
    when: "it is not known yet",
    resources: [resource(INGRESS, "in", { description: UNKNOWN })],
    notChecked: /in: .*description/,
  },
  { when: "a resource has another type", resources: [resource("aws:kms/key:Key", "key", {})] },
];

describe("rules on security groups", () => {
  table(networkNoOpenIngress, openIngress);
  table(networkNoAdminPorts, adminPorts);
  table(networkRuleDescriptions, descriptions);
});

import { networkNoOpenEgress } from "../../../policy/rules/network/network-no-open-egress";
import { networkRulePorts } from "../../../policy/rules/network/network-rule-ports";
import { Case, UNKNOWN, resource, table } from "../graph";

const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

type Properties = Record<string, unknown>;

const ALL = { protocol: "-1", fromPort: 0, toPort: 0 };
const tcp = (fromPort: unknown, toPort: unknown) => ({ protocol: "tcp", fromPort, toPort });

/** The ports of a rule, what is said of them, and of a rule of the newer types where that differs. */
const ports: readonly (readonly [string, Properties, RegExp?, (RegExp | null)?])[] = [
  ["one port", tcp(443, 443)],
  ["all ports", tcp(0, 65_535)],
  ["ports as texts", tcp("443", "8443")],
  ["no protocol in particular", ALL],
  ["ping", { protocol: "icmp", fromPort: 8, toPort: 0 }],
  ["all of ICMPv6", { protocol: "58", fromPort: -1, toPort: -1 }],
  ["a protocol without ports", { protocol: "50" }],
  ["ports the wrong way round", tcp(443, 80), /has the ports 443 to 80/],
  ["a port that there is not", tcp(0, 70_000), /has the ports 0 to 70000/],
  ["a negative port", tcp(-1, -1), /has the ports -1 to -1/],
  ["UDP without ports", { protocol: "udp" }, /is for UDP and has the ports missing to missing/],
  ["TCP by its number without an end", { protocol: "6", fromPort: 1 }, /TCP and .* 1 to missing/],
  ["a type of ICMP that there is not", { protocol: "1", fromPort: 256, toPort: 0 }, /256 to 0/],
  [
    "all protocols and a port",
    { protocol: "-1", fromPort: 443, toPort: 443 },
    /is for all protocols and for the ports 443 to 443/,
    // Read and put aside by EC2, and by the provider.
    null,
  ],
];

const renamed = ({ protocol, ...rest }: Properties) => ({ ...rest, ipProtocol: protocol });

table(networkRulePorts, [
  ...ports.flatMap(([when, props, said, modern = said]): Case[] => [
    {
      when: `a rule within a group has ${when}`,
      resources: [resource(GROUP, "group", { ingress: [props] })],
      ...(said ? { violations: [["group", said]] } : {}),
    },
    {
      when: `an outbound rule has ${when}`,
      resources: [resource(RULE, "rule", { type: "egress", ...props })],
      ...(said ? { violations: [["rule", said]] } : {}),
    },
    ...[INGRESS, EGRESS].map((type): Case => ({
      when: `${type} has ${when}`,
      resources: [resource(type, "rule", renamed(props))],
      ...(modern ? { violations: [["rule", modern]] } : {}),
    })),
  ]),
  { when: "a group has no rules", resources: [resource(GROUP, "group", {})] },
  {
    when: "the second of two rules is wrong and the list of the others is not known yet",
    resources: [resource(GROUP, "group", { ingress: UNKNOWN, egress: [ALL, tcp(2, 1)] })],
    violations: [["group", /2 to 1/]],
    notChecked: /ingress/,
  },
  {
    when: "a port is not known yet",
    resources: [resource(RULE, "rule", { type: "ingress", ...tcp(UNKNOWN, 1) })],
    notChecked: /fromPort/,
  },
  {
    when: "another type has such ports",
    resources: [resource("aws:lb/listener:Listener", "x", tcp(2, 1))],
  },
]);

const out = (props: Properties) => [resource(EGRESS, "rule", props)];

table(networkNoOpenEgress, [
  {
    when: "one port is open",
    resources: out({ ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "0.0.0.0/0" }),
  },
  { when: "a block is named", resources: out({ ipProtocol: "-1", cidrIpv4: "10.0.0.0/8" }) },
  {
    when: "a group is named",
    resources: out({ ipProtocol: "-1", referencedSecurityGroupId: "sg-1" }),
  },
  {
    when: "all is open to the internet",
    resources: out({ ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" }),
    violations: [["rule", /lets all protocols out to 0\.0\.0\.0\/0/]],
  },
  {
    when: "all is open to the internet of IPv6",
    resources: out({ ipProtocol: "all", cidrIpv6: "::/0" }),
    violations: [["rule", /::\/0/]],
  },
  {
    when: "all is open to half of it within a group",
    resources: [resource(GROUP, "group", { egress: [{ ...ALL, cidrBlocks: ["128.0.0.0/1"] }] })],
    violations: [["group", /128\.0\.0\.0\/1/]],
  },
  {
    when: "an older rule is open",
    resources: [resource(RULE, "rule", { type: "egress", ...ALL, cidrBlocks: ["0.0.0.0/0"] })],
    violations: [["rule", /0\.0\.0\.0\/0/]],
  },
  {
    when: "an older rule is inbound",
    resources: [resource(RULE, "rule", { type: "ingress", ...ALL, cidrBlocks: ["0.0.0.0/0"] })],
  },
  { when: "a group has no rules", resources: [resource(GROUP, "group", {})] },
  {
    when: "a block is not known yet",
    resources: out({ ipProtocol: "-1", cidrIpv4: UNKNOWN }),
    notChecked: /cidrIpv4/,
  },
  {
    when: "another type has such a rule",
    resources: [resource(INGRESS, "rule", { ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" })],
  },
]);

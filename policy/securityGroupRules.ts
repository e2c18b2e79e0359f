import { listOf, objectsOf } from "./lists";
import { UnknownValueError } from "./unknown";

export const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
export const DEFAULT_SECURITY_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
/** A rule of either direction, as its `type` says. */
export const SECURITY_GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";
export const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
export const EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

/** The types that a rule on inbound traffic looks at. */
export const INBOUND_TYPES: readonly string[] = [SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE];

/** Ports of a rule, both ends included. */
export interface Ports {
  readonly from: number;
  readonly to: number;
}

/** One inbound rule, however it was written. Its members throw where they are read and not known yet. */
export interface InboundRule {
  /** The rule as it was written. */
  readonly props: Record<string, unknown>;
  /** CIDR blocks that it admits. */
  readonly blocks: () => string[];
  /** Ports that it admits; undefined where it is for a protocol that has none, such as ICMP. */
  readonly ports: () => Ports | undefined;
  /** Its protocol as it was written, by name or number. */
  readonly protocol: () => string;
}

type Properties = Record<string, unknown>;

/** The inbound rules that a resource holds: a group those written within it, a rule itself. */
export function inboundRules(type: string, props: Properties): InboundRule[] {
  switch (type) {
    case SECURITY_GROUP:
    case DEFAULT_SECURITY_GROUP:
      return objectsOf(props.ingress).map(classic);
    case SECURITY_GROUP_RULE:
      return props.type === "ingress" ? [classic(props)] : [];
    case INGRESS_RULE:
      return [
        {
          props,
          blocks: () => strings([props.cidrIpv4, props.cidrIpv6]),
          ports: () => portsOf(props.ipProtocol, props),
          protocol: () => String(props.ipProtocol),
        },
      ];
    default:
      return [];
  }
}

/** A rule within a group, or one of `aws.ec2.SecurityGroupRule`. */
function classic(props: Properties): InboundRule {
  return {
    props,
    blocks: () => strings([...listOf(props.cidrBlocks), ...listOf(props.ipv6CidrBlocks)]),
    ports: () => portsOf(props.protocol, props),
    protocol: () => String(props.protocol),
  };
}

function strings(values: readonly unknown[]): string[] {
  return values.filter((value): value is string => typeof value === "string");
}

const ALL_PORTS: Ports = { from: 0, to: 65_535 };

/** Protocols with ports, TCP and UDP: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html */
const WITH_PORTS = ["6", "17"];

/** Numbers of protocols that EC2 also knows by name. */
const NUMBERS: Readonly<Record<string, string | undefined>> = {
  icmp: "1",
  tcp: "6",
  udp: "17",
  icmpv6: "58",
};

/** A protocol's number, be it given by number or by name; a name that EC2 does not know as it is. */
export function protocolNumber(protocol: string): string {
  const name = protocol.toLowerCase();
  return NUMBERS[name] ?? name;
}

function portsOf(protocol: unknown, { fromPort, toPort }: Properties): Ports | undefined {
  const name = protocolNumber(String(protocol));
  if (name === "-1" || name === "all") {
    return ALL_PORTS;
  }
  if (!WITH_PORTS.includes(name)) {
    return undefined;
  }
  const from = Number(fromPort ?? ALL_PORTS.from);
  // A missing or negative end leaves the range open.
  return from < 0 ? ALL_PORTS : { from, to: Number(toPort ?? ALL_PORTS.to) };
}

/** Whether a rule lets TCP in on a port. */
export function admitsTcp(rule: InboundRule, port: number): boolean {
  return tcpPorts(rule.props, port) === "yes";
}

/** Whether a rule, however it was written, lets TCP through on a port. */
export function tcpPorts(props: Properties, port: number): "yes" | "no" {
  const protocol = String(props.protocol ?? props.ipProtocol).toLowerCase();
  const ports = portsOf(protocol, props);
  return !["udp", "17"].includes(protocol) &&
    ports !== undefined &&
    ports.from <= port &&
    port <= ports.to
    ? "yes"
    : "no";
}

/** Ports in words. */
export function portsText(ports: Ports | undefined): string {
  if (ports === undefined) {
    return "every type of its protocol";
  }
  if (ports.from === ALL_PORTS.from && ports.to === ALL_PORTS.to) {
    return "all ports";
  }
  return ports.from === ports.to ? `port ${ports.from}` : `ports ${ports.from}-${ports.to}`;
}

/** Looks at each thing, also after one of them that is not known yet; what is not known is thrown last. */
export function each<T>(things: readonly T[], look: (thing: T) => void): void {
  let unknown: Error | undefined;
  for (const thing of things) {
    try {
      look(thing);
    } catch (error) {
      if (!(error instanceof UnknownValueError)) {
        throw error;
      }
      unknown ??= error;
    }
  }
  if (unknown !== undefined) {
    throw unknown;
  }
}

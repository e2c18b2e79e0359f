import { isInternet } from "../../blocks";
import { ResourceRule } from "../../rule";
import {
  INBOUND_TYPES,
  each,
  inboundRules,
  portsText,
  protocolNumber,
} from "../../securityGroupRules";

/**
 * No inbound rule of a security group admits the whole internet, but on ports that the stack allows. MWAA,
 * its endpoints and Redshift need none: they admit members of groups.
 */
export const networkNoOpenIngress: ResourceRule = {
  name: "network-no-open-ingress",
  description:
    "No inbound rule of a security group is open to 0.0.0.0/0 or ::/0, or to a block so wide that a few make all " +
    "of the internet (wider than /8, IPv6: /16), but for ports in `allowed` and protocols in `protocols`.",
  severity: "high",
  reason:
    "What a group is attached to can be probed and attacked from everywhere as soon as it has a public address.",
  remediationSteps:
    "Name the group (referencedSecurityGroupId) or the address block that needs to come in, in place of " +
    "0.0.0.0/0 or ::/0.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-best-practices.html",
  also: ["CKV_AWS_260", "CKV_AWS_277", "EC23", "EC2.18", "EC2.19", "AVD-AWS-0107"],
  parameters: {
    allowed: {
      type: "array",
      items: { type: "integer", minimum: 0, maximum: 65_535 },
      description: "Ports that may be open to everybody, such as 443 of a load balancer.",
      default: [],
    },
    protocols: {
      type: "array",
      items: { type: "string" },
      description:
        "Protocols without ports that may be open to everybody, by name or number, such as icmp and icmpv6 for " +
        "finding the packet size of a path.",
      default: [],
    },
  },
  types: INBOUND_TYPES,
  check: ({ type, props, name }, report, { allowed, protocols }) => {
    const admitted = (protocols as readonly string[]).map(protocolNumber);
    each(inboundRules(type, props), (rule) => {
      const open = rule.blocks().filter(isInternet);
      const ports = rule.ports();
      const isAllowed =
        ports === undefined
          ? admitted.includes(protocolNumber(rule.protocol()))
          : coveredBy(allowed as readonly number[], ports.from, ports.to);
      if (open.length > 0 && !isAllowed) {
        report(
          `${name} admits ${open.join(" and ")} on ${portsText(ports)}; ` +
            `${ports === undefined ? "the parameter protocols does not name it" : allowedText(allowed as readonly number[])}. ` +
            "Name a group or a narrower block.",
        );
      }
    });
  },
};

function coveredBy(allowed: readonly number[], from: number, to: number): boolean {
  // The list is short and the range may be long.
  const inside = new Set(allowed.filter((port) => from <= port && port <= to));
  return inside.size === to - from + 1;
}

function allowedText(allowed: readonly number[]): string {
  return allowed.length === 0
    ? "no port may be open to everybody"
    : `only ${allowed.join(", ")} may be open to everybody`;
}

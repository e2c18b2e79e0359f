import { objectsOf } from "../../lists";
import { ResourceRule } from "../../rule";
import {
  EGRESS_RULE,
  INGRESS_RULE,
  DEFAULT_SECURITY_GROUP,
  SECURITY_GROUP,
  SECURITY_GROUP_RULE,
  each,
  protocolNumber,
} from "../../securityGroupRules";

type Properties = Readonly<Record<string, unknown>>;

const GROUPS: readonly string[] = [SECURITY_GROUP, DEFAULT_SECURITY_GROUP];
const HIGHEST_PORT = 65_535;
/** ICMP and ICMPv6: their type and code stand in the place of ports, and -1 means all. */
const ICMP = ["1", "58"];
const HIGHEST_TYPE = 255;

/** Ports of a rule are what its protocol has. */
export const networkRulePorts: ResourceRule = {
  name: "network-rule-ports",
  description:
    "The ports of a security group's rule go with its protocol: a range from low to high for TCP and UDP, a type and " +
    "a code for ICMP, none for all protocols.",
  severity: "high",
  reason: "EC2 or the provider refuses any other rule, in the middle of the update.",
  remediationSteps:
    'Give a rule for tcp or udp fromPort and toPort, the lower one first; leave both out for ipProtocol "-1", or ' +
    "set them to 0 where the rule is within an aws.ec2.SecurityGroup or an aws.ec2.SecurityGroupRule.",
  url: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html",
  types: [...GROUPS, SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE],
  check: ({ type, name, props }, report) => {
    const rules = GROUPS.includes(type)
      ? ["ingress", "egress"].flatMap((property) => reading(() => objectsOf(props[property])))
      : [() => props as Properties];
    each(rules, (read) => {
      const fault = faultOf(read(), type === INGRESS_RULE || type === EGRESS_RULE);
      if (fault !== undefined) {
        report(`A rule of ${name} ${fault}.`);
      }
    });
  },
};

/** Each of a list, to be read later; a list that is not known yet throws then. */
function reading(read: () => readonly Properties[]): (() => Properties)[] {
  try {
    return read().map((one) => () => one);
  } catch (error) {
    return [
      () => {
        throw error;
      },
    ];
  }
}

/** What is wrong with the ports of a rule; undefined where nothing is. */
function faultOf(props: Properties, isModern: boolean): string | undefined {
  const protocol = protocolNumber(String(props.protocol ?? props.ipProtocol));
  const [from, to] = [portOf(props.fromPort), portOf(props.toPort)];
  const range = `${from ?? "missing"} to ${to ?? "missing"}`;
  if (protocol === "-1" || protocol === "all") {
    const isSet = (port: number | undefined) => port !== undefined && port !== 0 && port !== -1;
    return !isModern && (isSet(from) || isSet(to))
      ? `is for all protocols and for the ports ${range}; all protocols take 0 to 0`
      : undefined;
  }
  if (ICMP.includes(protocol)) {
    const isWrong = [from, to].some((one) => one !== undefined && (one < -1 || one > HIGHEST_TYPE));
    return isWrong
      ? `is for ICMP and has the type and code ${range}; -1 to 255 are allowed`
      : undefined;
  }
  if (protocol !== "6" && protocol !== "17") {
    return undefined;
  }
  if (from === undefined || to === undefined) {
    return `is for ${protocol === "6" ? "TCP" : "UDP"} and has the ports ${range}; both are needed`;
  }
  if (from > to || from < 0 || to > HIGHEST_PORT) {
    return `has the ports ${range}; 0 to ${HIGHEST_PORT} are allowed, the lower one first`;
  }
  return undefined;
}

function portOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && !isNaN(number) ? number : undefined;
}

import { isInternet } from "../../blocks";
import { listOf, objectsOf } from "../../lists";
import { ResourceRule } from "../../rule";
import {
  DEFAULT_SECURITY_GROUP,
  EGRESS_RULE,
  SECURITY_GROUP,
  SECURITY_GROUP_RULE,
  each,
  protocolNumber,
} from "../../securityGroupRules";

type Properties = Readonly<Record<string, unknown>>;

/** What a group lets out is named. */
export const networkNoOpenEgress: ResourceRule = {
  name: "network-no-open-egress",
  description: "No outbound rule of a security group lets all protocols out to everywhere.",
  severity: "low",
  reason:
    "Whoever gets into what the group is attached to can send the data anywhere, by any protocol.",
  remediationSteps:
    "Name the ports that are needed, such as 443, and where they are known the group, the prefix list or the block " +
    "that they are needed to.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-best-practices.html",
  also: ["CKV_AWS_382"],
  types: [SECURITY_GROUP, DEFAULT_SECURITY_GROUP, SECURITY_GROUP_RULE, EGRESS_RULE],
  check: ({ type, name, props }, report) =>
    each(outbound(type, props), (rule) => {
      const protocol = protocolNumber(String(rule.protocol ?? rule.ipProtocol));
      const open = blocksOf(rule).filter(isInternet);
      if ((protocol === "-1" || protocol === "all") && open.length > 0) {
        report(`${name} lets all protocols out to ${open.join(" and ")}; name the ports.`);
      }
    }),
};

function outbound(type: string, props: Properties): readonly Properties[] {
  switch (type) {
    case SECURITY_GROUP:
    case DEFAULT_SECURITY_GROUP:
      return objectsOf(props.egress);
    case SECURITY_GROUP_RULE:
      return props.type === "egress" ? [props] : [];
    default:
      return type === EGRESS_RULE ? [props] : [];
  }
}

function blocksOf(rule: Properties): string[] {
  return [
    ...listOf(rule.cidrBlocks),
    ...listOf(rule.ipv6CidrBlocks),
    ...listOf(rule.cidrIpv4),
    ...listOf(rule.cidrIpv6),
  ].filter((block): block is string => typeof block === "string");
}

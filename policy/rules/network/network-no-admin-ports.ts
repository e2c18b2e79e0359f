import { ResourceRule } from "../../rule";
import { INBOUND_TYPES, admitsTcp, each, inboundRules, portsText } from "../../securityGroupRules";

const ADMIN_PORTS: Readonly<Record<number, string>> = { 22: "SSH", 3389: "RDP" };

/**
 * No inbound rule admits SSH or RDP from a block wider than a VPC can be. Nothing of a stack is logged in to:
 * MWAA, Redshift Serverless and Glue offer no shell, and EMR has Session Manager.
 */
export const networkNoAdminPorts: ResourceRule = {
  name: "network-no-admin-ports",
  description:
    "No inbound rule of a security group admits SSH (22) or RDP (3389) from a wide address block.",
  severity: "high",
  reason:
    "These ports are scanned for all the time; one weak password or key gives the machine away.",
  remediationSteps:
    "Drop the rule and use Session Manager, or narrow it to a single group or a block of one network.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
  also: ["CKV_AWS_24", "CKV_AWS_25", "EC2.13", "EC2.14", "EC2.53", "EC2.54"],
  parameters: {
    widestIpv4: {
      type: "integer",
      description: "Shortest IPv4 prefix that is not wide; the default is the largest VPC's.",
      default: 16,
    },
    widestIpv6: {
      type: "integer",
      description: "Shortest IPv6 prefix that is not wide; the default is the largest VPC's.",
      default: 44,
    },
  },
  types: INBOUND_TYPES,
  check: ({ type, props, name }, report, { widestIpv4, widestIpv6 }) => {
    each(inboundRules(type, props), (rule) => {
      const wide = rule.blocks().filter((block) => {
        const prefix = Number(block.split("/")[1] ?? "128");
        return prefix < Number(block.includes(":") ? widestIpv6 : widestIpv4);
      });
      const open = Object.entries(ADMIN_PORTS).filter(([port]) => admitsTcp(rule, Number(port)));
      if (wide.length > 0 && open.length > 0) {
        report(
          `${name} admits ${wide.join(" and ")} on ${portsText(rule.ports())}, which takes in ` +
            `${open.map(([port, what]) => `${what} (${port})`).join(" and ")}; blocks of /${String(widestIpv4)} ` +
            `(IPv4), /${String(widestIpv6)} (IPv6) or narrower may. Narrow or drop the rule.`,
        );
      }
    });
  },
};

import { PolicyResource } from "@pulumi/policy";

import { isInternet } from "../../blocks";
import { EMR_CLUSTER, Ec2Attributes, ec2Attributes } from "../../emr";
import { isGiven } from "../../environments";
import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import {
  INBOUND_TYPES,
  SECURITY_GROUP,
  each,
  inboundRules,
  portsText,
} from "../../securityGroupRules";
import { known } from "../../unknown";
import { textOf } from "../../text";

const MANAGED = ["emrManagedMasterSecurityGroup", "emrManagedSlaveSecurityGroup"] as const;
const GROUPS: readonly (keyof Ec2Attributes)[] = [
  ...MANAGED,
  "serviceAccessSecurityGroup",
  "additionalMasterSecurityGroups",
  "additionalSlaveSecurityGroups",
];
const RULES = INBOUND_TYPES.filter((type) => type !== SECURITY_GROUP);

/** Nobody from the internet reaches a cluster. */
export const emrNoOpenGroups: StackRule = {
  name: "emr-no-open-groups",
  description:
    "The security groups of an EMR cluster are of the stack, and none of them is open to the internet.",
  severity: "high",
  reason:
    "EMR's own groups are shared by the account's clusters, anybody may open them, and they outlive the " +
    "stack; EMR refuses to start a cluster whose groups admit everybody.",
  remediationSteps:
    "Set emrManagedMasterSecurityGroup and emrManagedSlaveSecurityGroup in ec2Attributes of the " +
    "aws.emr.Cluster to groups of the stack, and remove rules for 0.0.0.0/0 and ::/0 from all its groups.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-security-groups.html",
  also: ["CKV2_AWS_7", "emr_cluster_publicly_accesible"],
  subjects: (graph) => graph.ofType(EMR_CLUSTER),
  checkInStack: (cluster, graph, report) => {
    const attributes = ec2Attributes(cluster);
    for (const property of MANAGED) {
      if (!isGiven(() => attributes[property])) {
        report(
          `ec2Attributes.${property} of the cluster ${cluster.name} is missing, so that EMR takes a group that ` +
            "the account's clusters share; one of the stack's own is needed.",
        );
      }
    }
    each(groupsOf(cluster, graph), (group) => {
      const holders = [group, ...graph.referring(group, "securityGroupId", ...RULES)];
      each(holders, (holder) =>
        each(inboundRules(holder.type, holder.props), (rule) => {
          const open = rule.blocks().filter(isInternet);
          if (open.length > 0) {
            report(
              `The group ${group.name} of the cluster ${cluster.name} admits ${open.join(" and ")} on ` +
                `${portsText(rule.ports())}; name a group or a narrower block.`,
              holder,
            );
          }
        }),
      );
    });
  },
};

/** The groups of the stack that a cluster has, or is computed from. */
function groupsOf(cluster: PolicyResource, graph: Graph): PolicyResource[] {
  const byName = GROUPS.flatMap((property) =>
    graph.referenced(cluster, `ec2Attributes.${property}`, SECURITY_GROUP),
  );
  // Additional groups are one text with commas between, which no id equals.
  const listed = GROUPS.flatMap((property) =>
    (known(() => textOf(ec2Attributes(cluster)[property])) ?? "").split(","),
  ).map((id) => id.trim());
  const byList = graph.named(listed, cluster).filter(({ type }) => type === SECURITY_GROUP);
  return [...new Set([...byName, ...byList])];
}

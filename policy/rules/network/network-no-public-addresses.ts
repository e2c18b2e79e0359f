import { PolicyResource } from "@pulumi/policy";

import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import { checkEnvironmentSubnets, checkSubnets, subnetsOf } from "../../subnets";
import { ENVIRONMENT } from "../../types";
import { outsideStack } from "../../unknown";

const REDSHIFT_WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup";
const REDSHIFT_CLUSTER = "aws:redshift/cluster:Cluster";
const REDSHIFT_SUBNET_GROUP = "aws:redshift/subnetGroup:SubnetGroup";

/** Nothing in a subnet of an environment or of Redshift gets a public address by itself. */
export const networkNoPublicAddresses: StackRule = {
  name: "network-no-public-addresses",
  description:
    "Subnets of MWAA environments and of Redshift do not give public addresses to what is started in them.",
  severity: "medium",
  reason:
    "MWAA refuses an environment in public subnets, and a warehouse with a public address is one group's rule " +
    "away from the internet.",
  remediationSteps: "Set mapPublicIpOnLaunch: false on the subnet, or use another subnet.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/networking-about.html",
  also: ["CKV_AWS_130", "EC2.15", "AVD-AWS-0164"],
  subjects: (graph) => graph.ofType(ENVIRONMENT, REDSHIFT_WORKGROUP, REDSHIFT_CLUSTER),
  checkInStack: (user, graph, report) => {
    const check = (subnet: PolicyResource) =>
      ((subnet.props.mapPublicIpOnLaunch as boolean | undefined) ?? false)
        ? [
            {
              message: `The subnet ${subnet.name} of ${user.name} has mapPublicIpOnLaunch true; false is needed.`,
            },
          ]
        : [];
    if (user.type === ENVIRONMENT) {
      checkEnvironmentSubnets(graph, user, check, report);
      return;
    }
    checkSubnets(subnetsOf(graph, subnetHolder(graph, user), "subnetIds"), 1, check, report);
  },
};

/** What names the subnets of a warehouse: a workgroup itself, or the subnet group of a cluster. */
function subnetHolder(graph: Graph, user: PolicyResource): PolicyResource {
  if (user.type !== REDSHIFT_CLUSTER) {
    return user;
  }
  const [group] = graph.referenced(user, "clusterSubnetGroupName", REDSHIFT_SUBNET_GROUP);
  if (group === undefined) {
    throw outsideStack(
      () => user.props.clusterSubnetGroupName,
      `the subnet group of ${user.name} is no resource of this stack`,
    );
  }
  return group;
}

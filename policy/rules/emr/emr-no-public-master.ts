import { EMR_CLUSTER, ec2Attributes } from "../../emr";
import { StackRule } from "../../rule";
import { isPublic } from "../../routes";
import { checkSubnets, subnetsOf } from "../../subnets";
import { Undecided, known } from "../../unknown";

/** No node of a cluster has a public address. */
export const emrNoPublicMaster: StackRule = {
  name: "emr-no-public-master",
  description: "An EMR cluster is in private subnets.",
  severity: "high",
  reason:
    "In a public subnet EMR's nodes get public addresses, and YARN, Spark and Livy on them ask nobody " +
    "for a password.",
  remediationSteps:
    "Set ec2Attributes.subnetId or subnetIds of the aws.emr.Cluster to private subnets, whose routes " +
    "lead to NAT gateways or endpoints.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-clusters-in-a-vpc.html",
  also: ["EMR.1", "emr_cluster_master_nodes_no_public_ip", "emr_cluster_publicly_accesible"],
  subjects: (graph) => graph.ofType(EMR_CLUSTER),
  checkInStack: (cluster, graph, report) => {
    const attributes = ec2Attributes(cluster);
    const isMissing = known(
      () => (attributes.subnetId ?? "") === "" && (attributes.subnetIds?.length ?? 0) === 0,
    );
    if (isMissing === true) {
      report(
        `The cluster ${cluster.name} has neither ec2Attributes.subnetId nor subnetIds, so that EMR takes the ` +
          "default VPC, whose subnets are public; private subnets are needed.",
      );
      return;
    }
    const many = known(() => attributes.subnetIds?.length ?? 0) ?? 0;
    const property = `ec2Attributes.${many > 0 ? "subnetIds" : "subnetId"}`;
    checkSubnets(
      subnetsOf(graph, cluster, property),
      Math.max(many, 1),
      (subnet) => {
        const verdict = isPublic(graph, subnet);
        if (verdict === "maybe") {
          throw new Undecided(`whether the subnet ${subnet.name} is private is not known yet`);
        }
        return verdict === "no"
          ? []
          : [
              {
                message:
                  `The cluster ${cluster.name} is in the subnet ${subnet.name}, whose route table leads to an ` +
                  "internet gateway; a private subnet is needed.",
                resource: cluster,
              },
            ];
      },
      report,
    );
  },
};

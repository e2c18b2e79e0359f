import { PolicyResource } from "@pulumi/policy";

import { cover, overlap } from "../../blocks";
import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import { SUBNET_TYPES, inVpcOf, sameVpc, vpcOf } from "../../vpcs";
import { Undecided, known } from "../../unknown";

const SUBNET = SUBNET_TYPES[0];
const MORE_BLOCKS = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation";

/** Subnets lie in their VPC, and beside one another. */
export const networkSubnetRanges: StackRule = {
  name: "network-subnet-ranges",
  description:
    "The CIDR block of every subnet is within those of its VPC, and overlaps no other subnet's of that VPC.",
  severity: "high",
  reason:
    "AWS refuses such a subnet (InvalidSubnet.Range, InvalidSubnet.Conflict), after the VPC was created.",
  remediationSteps:
    "Give cidrBlock of the aws.ec2.Subnet a part of the VPC's cidrBlock that no other subnet has.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
  subjects: (graph) => graph.ofType(SUBNET),
  checkInStack: (subnet, graph, report) => {
    const block = blockOf(subnet);
    if (block === undefined) {
      return;
    }
    const range = rangesOf(graph, subnet);
    if (range !== undefined && !cover(range, block)) {
      report(`${subnet.name} is ${block}, which is not within its VPC's ${range.join(", ")}.`);
    }
    const subnets = inVpcOf(graph, subnet, SUBNET);
    const earlier = subnets.slice(
      0,
      subnets.findIndex(({ urn }) => urn === subnet.urn),
    );
    const undecided: string[] = [];
    for (const other of earlier) {
      const another = known(() => blockOf(other));
      if (another === undefined || !overlap(block, another)) {
        continue;
      }
      const together = sameVpc(graph, subnet, other);
      if (together === "yes") {
        report(`${subnet.name} is ${block} and overlaps ${other.name}, which is ${another}.`);
      } else if (together === "maybe") {
        undecided.push(other.name);
      }
    }
    if (undecided.length > 0) {
      throw new Undecided(
        `whether ${subnet.name} is in the VPC of ${undecided.join(", ")} is not known yet`,
      );
    }
  },
};

function blockOf({ props }: PolicyResource): string | undefined {
  const block = props.cidrBlock as unknown;
  return typeof block === "string" && block !== "" ? block : undefined;
}

/** The blocks of a subnet's VPC; undefined where they are not seen, or come from an address manager. */
function rangesOf(graph: Graph, subnet: PolicyResource): string[] | undefined {
  const { resources, exact } = vpcOf(graph, subnet);
  const [vpc] = resources;
  if (!exact || vpc === undefined) {
    return undefined;
  }
  const more = graph.referring(vpc, "vpcId", MORE_BLOCKS);
  const blocks = known(() => [vpc, ...more].flatMap((one) => blockOf(one) ?? []));
  return blocks?.length === more.length + 1 ? blocks : undefined;
}

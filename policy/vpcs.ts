import { PolicyResource } from "@pulumi/policy";

import { Graph } from "./graph";
import { Meant, meant } from "./meant";
import { Verdict } from "./topology";
import { mayShareRegion } from "./region";
import { known } from "./unknown";
import { textOf } from "./text";

export const VPC_TYPES: readonly string[] = ["aws:ec2/vpc:Vpc", "aws:ec2/defaultVpc:DefaultVpc"];

export const SUBNET_TYPES: readonly string[] = [
  "aws:ec2/subnet:Subnet",
  "aws:ec2/defaultSubnet:DefaultSubnet",
];

/** Whether two resources are in one VPC: by `vpcId`, of the stack or not. Two regions have no VPC in common. */
export function sameVpc(graph: Graph, a: PolicyResource, b: PolicyResource): Verdict {
  if (!mayShareRegion(a, b)) {
    return "no";
  }
  const [ofA, ofB] = [a, b].map((one) => vpcOf(graph, one));
  if (ofA.resources.length === 0 || ofB.resources.length === 0) {
    const [idA, idB] = [a, b].map((one) => known(() => textOf(one.props.vpcId)));
    return idA === undefined || idB === undefined ? "maybe" : idA === idB ? "yes" : "no";
  }
  const shared = ofA.resources.some(({ urn }) => ofB.resources.some((one) => one.urn === urn));
  return !shared ? "no" : ofA.exact && ofB.exact ? "yes" : "maybe";
}

/** The VPC that a resource names as its `vpcId`. */
export function vpcOf(graph: Graph, resource: PolicyResource): Meant {
  return graph.once("VPC", resource, () => meant(graph, resource, "vpcId", ...VPC_TYPES));
}

/** What a resource's VPC is called in an index; undefined where nothing of it is known. */
function vpcKeys(graph: Graph, resource: PolicyResource): readonly string[] | undefined {
  const { resources } = vpcOf(graph, resource);
  if (resources.length > 0) {
    return resources.map(({ urn }) => urn);
  }
  const id = known(() => textOf(resource.props.vpcId));
  return typeof id === "string" ? [id] : undefined;
}

/** The resources of a type that are, or may be, in the VPC of a resource. */
export function inVpcOf(graph: Graph, resource: PolicyResource, type: string): PolicyResource[] {
  const { byVpc, anywhere } = graph.once(`${type} by VPC`, undefined, () => {
    const index = new Map<string, PolicyResource[]>();
    const open: PolicyResource[] = [];
    for (const one of graph.ofType(type)) {
      const keys = vpcKeys(graph, one);
      if (keys === undefined) {
        open.push(one);
      }
      for (const key of keys ?? []) {
        index.set(key, [...(index.get(key) ?? []), one]);
      }
    }
    return { byVpc: index, anywhere: open };
  });
  const keys = vpcKeys(graph, resource);
  const found =
    keys === undefined
      ? graph.ofType(type)
      : [...anywhere, ...keys.flatMap((key) => byVpc.get(key) ?? [])];
  return found.filter((one) => sameVpc(graph, one, resource) !== "no");
}

/** Name or id of a subnet's zone; undefined where it is not known. */
export function zoneOf(subnet: PolicyResource): string | undefined {
  return (
    known(() => textOf(subnet.props.availabilityZone)) ??
    known(() => textOf(subnet.props.availabilityZoneId))
  );
}

import { PolicyResource } from "@pulumi/policy";

import { cover } from "./blocks";
import { Graph } from "./graph";
import { listOf, objectsOf } from "./lists";
import { Direction } from "./securityGroups";
import { isDeclared, meant } from "./meant";
import { Verdict, best } from "./topology";
import { SUBNET_TYPES, VPC_TYPES } from "./vpcs";
import { textsOf } from "./text";
import { known } from "./unknown";

const NETWORK_ACL = "aws:ec2/networkAcl:NetworkAcl";
const DEFAULT_NETWORK_ACL = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl";
const ACL_TYPES = [NETWORK_ACL, DEFAULT_NETWORK_ACL] as const;
const ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule";
const ACL_ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation";

type Properties = Record<string, unknown>;

/** A network ACL that is, or may be, a subnet's. */
export interface SubnetAcl {
  readonly acl: PolicyResource;
  readonly certain: boolean;
}

/** The ACLs of the stack that a subnet has, or may have; none where it has its VPC's own, which allows all. */
export function aclsOf(graph: Graph, subnet: PolicyResource): SubnetAcl[] {
  const named = ACL_TYPES.flatMap((type) => graph.referring(subnet, "subnetIds", type)).map(
    (acl) => ({ acl, certain: meant(graph, acl, "subnetIds", ...SUBNET_TYPES).exact }),
  );
  const associated = graph.referring(subnet, "subnetId", ACL_ASSOCIATION).flatMap((association) => {
    const acls = meant(graph, association, "networkAclId", ...ACL_TYPES);
    const isSubnets = meant(graph, association, "subnetId", ...SUBNET_TYPES).exact;
    return acls.resources.map((acl) => ({ acl, certain: acls.exact && isSubnets }));
  });
  const own = [...named, ...associated];
  return own.length > 0 ? own : defaultAcls(graph, subnet);
}

function defaultAcls(graph: Graph, subnet: PolicyResource): SubnetAcl[] {
  const vpc = meant(graph, subnet, "vpcId", ...VPC_TYPES);
  return vpc.resources.flatMap((one) =>
    graph
      .referring(one, "defaultNetworkAclId", DEFAULT_NETWORK_ACL)
      .map((acl) => ({ acl, certain: vpc.exact })),
  );
}

interface AclRule {
  readonly number: number;
  readonly allows: boolean;
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly block: string | undefined;
}

/** Whether an ACL lets TCP through on a port, for any address at all. */
export function allows(
  graph: Graph,
  acl: PolicyResource,
  direction: Direction,
  port: number,
): Verdict {
  const own = graph
    .referring(acl, "networkAclId", ACL_RULE)
    .filter(({ props }) => known(() => props.egress === true) === (direction === "egress"));
  const written = known(() => objectsOf(acl.props[direction]));
  const inline = isDeclared(acl, direction, own.length > 0) === "no" ? [] : written;
  const rules = known(() =>
    [...own.map(({ props }) => props as Properties), ...(inline ?? [])].map(ruleOf),
  );
  if (inline === undefined || rules === undefined) {
    return "maybe";
  }
  const forPort = rules
    .filter(({ protocol }) => ["-1", "all", "6", "tcp"].includes(protocol))
    .filter(
      (rule) => ["-1", "all"].includes(rule.protocol) || (rule.from <= port && port <= rule.to),
    )
    .sort((a, b) => a.number - b.number);
  const denied: string[] = [];
  return best(
    forPort.map((rule): Verdict => {
      if (!rule.allows) {
        denied.push(...listOf(rule.block));
        return "no";
      }
      return cover(denied, rule.block ?? "") ? "no" : "yes";
    }),
  );
}

function ruleOf(props: Properties): AclRule {
  return {
    number: Number(props.ruleNo ?? props.ruleNumber),
    allows: String(props.action ?? props.ruleAction).toLowerCase() === "allow",
    protocol: String(props.protocol).toLowerCase(),
    from: Number(props.fromPort ?? 0),
    to: Number(props.toPort ?? 0),
    block: textsOf([props.cidrBlock, props.ipv6CidrBlock]).find((one) => one !== ""),
  };
}

import { BlockList } from "node:net";

import { PolicyResource } from "@pulumi/policy";

import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import {
  DEFAULT_SECURITY_GROUP,
  INGRESS_RULE,
  InboundRule,
  SECURITY_GROUP,
  SECURITY_GROUP_RULE,
  admitsTcp,
  inboundRules,
} from "../../securityGroupRules";
import {
  Meant,
  SUBNET_TYPES,
  VPC_ENDPOINT,
  Verdict,
  awsService,
  best,
  environmentSubnets,
  inVpcOf,
  isComputed,
  isDeclared,
  isInterface,
  meant,
  sameVpc,
} from "../../topology";
import { ENVIRONMENT } from "../../types";
import { Undecided, known } from "../../unknown";

const HTTPS = 443;
const GROUPS = [SECURITY_GROUP, DEFAULT_SECURITY_GROUP] as const;
const ENDPOINT_GROUP = "aws:ec2/securityGroupAssociation:SecurityGroupAssociation";

/** The groups of each interface endpoint let the environment of its VPC in. */
export const stackEndpointAdmitsEnvironment: StackRule = {
  name: "stack-endpoint-admits-environment",
  description:
    "A security group of each interface endpoint admits the MWAA environment of its VPC on port 443.",
  severity: "high",
  reason:
    "The endpoint's private name replaces the public one in the whole VPC, so calls to the service time out " +
    "even where a NAT gateway is there.",
  remediationSteps:
    "Give the endpoint the environment's own group, or a group with an inbound rule for port 443 whose " +
    "referencedSecurityGroupId is the environment's group.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-vpe-create-access.html",
  subjects: (graph) =>
    graph.ofType(VPC_ENDPOINT).filter((endpoint) => known(() => isInterface(endpoint)) ?? true),
  checkInStack: (endpoint, graph, report) => {
    if (!isInterface(endpoint) || awsService(endpoint) === undefined) {
      return;
    }
    for (const environment of environmentsBeside(graph, endpoint)) {
      const { resources: subnets } = environmentSubnets(graph, environment);
      const shared = best(subnets.map((subnet) => sameVpc(graph, endpoint, subnet)));
      const admitted = shared === "no" ? "yes" : admits(graph, endpoint, environment, subnets);
      if (admitted === "no" && shared === "yes") {
        report(
          `No security group of the endpoint ${endpoint.name} admits ${environment.name} on port ${HTTPS}; ` +
            "add an inbound rule for the environment's group.",
        );
      } else if (admitted !== "yes") {
        throw new Undecided(
          `whether the groups of ${endpoint.name} admit ${environment.name} on port ${HTTPS} is not known yet`,
        );
      }
    }
  },
};

/** The environments that are, or may be, in the VPC of an endpoint. */
function environmentsBeside(graph: Graph, endpoint: PolicyResource): PolicyResource[] {
  const beside = new Set(
    SUBNET_TYPES.flatMap((type) => inVpcOf(graph, endpoint, type)).map(({ urn }) => urn),
  );
  const users = graph.once("environments by subnet", undefined, () =>
    graph.ofType(ENVIRONMENT).map((environment) => ({
      environment,
      subnets: graph.referenced(environment, "networkConfiguration.subnetIds", ...SUBNET_TYPES),
    })),
  );
  return users
    .filter(({ subnets }) => subnets.length === 0 || subnets.some(({ urn }) => beside.has(urn)))
    .map(({ environment }) => environment);
}

function admits(
  graph: Graph,
  endpoint: PolicyResource,
  environment: PolicyResource,
  subnets: readonly PolicyResource[],
): Verdict {
  const clients = meant(graph, environment, "networkConfiguration.securityGroupIds", ...GROUPS);
  const groups = endpointGroups(graph, endpoint);
  const verdict = best(
    groups.flatMap(({ resources, exact }) =>
      resources
        .flatMap((group) => rulesOf(graph, group).map((rule) => rule(clients, subnets)))
        .map((one) => (one === "yes" && !exact ? "maybe" : one)),
    ),
  );
  const isComplete = clients.exact && groups.every(({ exact }) => exact);
  return verdict === "no" && !isComplete ? "maybe" : verdict;
}

/** The groups of an endpoint; where it names none, AWS gives it the VPC's default one. */
function endpointGroups(graph: Graph, endpoint: PolicyResource): Meant[] {
  const more = graph
    .referring(endpoint, "vpcEndpointId", ENDPOINT_GROUP)
    .map((association) => meant(graph, association, "securityGroupId", ...GROUPS));
  const isNamed =
    isComputed(endpoint, "securityGroupIds") ||
    known(() => (endpoint.props.securityGroupIds as unknown[] | undefined) ?? []) !== undefined;
  if (isNamed) {
    const own = meant(graph, endpoint, "securityGroupIds", ...GROUPS);
    if (own.resources.length > 0 || !own.exact) {
      return [own, ...more];
    }
  }
  const resources = inVpcOf(graph, endpoint, DEFAULT_SECURITY_GROUP);
  return [...more, { resources, exact: true }];
}

/** Says of an inbound rule whether it admits any of these groups, or all of these subnets. */
type Rule = (clients: Meant, subnets: readonly PolicyResource[]) => Verdict;

function rulesOf(graph: Graph, group: PolicyResource): Rule[] {
  const own = [SECURITY_GROUP_RULE, INGRESS_RULE].flatMap((type) =>
    graph
      .referring(group, "securityGroupId", type)
      .flatMap((holder) =>
        inboundRules(type, holder.props).map((rule) =>
          guarded(rule, (clients) =>
            isTrue(rule, "self")
              ? includes(clients, [group])
              : type === INGRESS_RULE
                ? meets(clients, meant(graph, holder, "referencedSecurityGroupId", ...GROUPS))
                : meets(clients, meant(graph, holder, "sourceSecurityGroupId", ...GROUPS)),
          ),
        ),
      ),
  );
  const declared = isDeclared(group, "ingress", own.length > 0);
  const within = declared === "no" ? [] : inlineRules(graph, group);
  return [
    ...own,
    ...within.map((rule): Rule => (...of) => {
      const verdict = rule(...of);
      return verdict === "yes" && declared === "maybe" ? "maybe" : verdict;
    }),
  ];
}

function inlineRules(graph: Graph, group: PolicyResource): Rule[] {
  const rules = known(() => inboundRules(group.type, group.props));
  if (rules === undefined) {
    return [() => "maybe"];
  }
  return rules.map((rule) =>
    guarded(rule, (clients) => {
      if (isTrue(rule, "self")) {
        return includes(clients, [group]);
      }
      const ids = known(() => [...((rule.props.securityGroups as string[] | undefined) ?? [])]);
      if (ids !== undefined) {
        return includes(clients, graph.named(ids, group));
      }
      // What the whole list was computed from; which of its rules names which group is not told.
      const verdict = includes(clients, group.propertyDependencies.ingress ?? []);
      return verdict === "yes" && rules.length > 1 ? "maybe" : verdict;
    }),
  );
}

/** A rule for port 443, by groups or by address blocks; "maybe" where something of it is not known yet. */
function guarded(rule: InboundRule, byGroup: (clients: Meant) => Verdict): Rule {
  return (clients, subnets) =>
    known(() => {
      if (!admitsTcp(rule, HTTPS)) {
        return "no";
      }
      const byBlock = known(() => covers(rule.blocks(), subnets)) ?? "maybe";
      return best([byGroup(clients), byBlock]);
    }) ?? "maybe";
}

function isTrue(rule: InboundRule, property: string): boolean {
  return rule.props[property] === true;
}

function meets(clients: Meant, sources: Meant): Verdict {
  const verdict = includes(clients, sources.resources);
  return verdict === "yes" && !sources.exact ? "maybe" : verdict;
}

function includes(clients: Meant, sources: readonly PolicyResource[]): Verdict {
  const isIn = clients.resources.some(({ urn }) => sources.some((source) => source.urn === urn));
  return isIn ? (clients.exact ? "yes" : "maybe") : "no";
}

/** Whether the blocks take all of the subnets in. */
function covers(blocks: readonly string[], subnets: readonly PolicyResource[]): Verdict {
  const all = subnets.every((subnet) =>
    blocks.some((block) => contains(block, subnet.props.cidrBlock as string)),
  );
  return all && blocks.length > 0 ? "yes" : "no";
}

function contains(outer: string, inner: string): boolean {
  const [[outerAddress, outerBits], [innerAddress, innerBits]] = [outer, inner].map((block) =>
    block.split("/"),
  );
  if (outer.includes(":") || inner.includes(":") || Number(outerBits) > Number(innerBits)) {
    return false;
  }
  const list = new BlockList();
  list.addSubnet(outerAddress, Number(outerBits), "ipv4");
  return list.check(innerAddress, "ipv4");
}

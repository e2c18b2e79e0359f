import { PolicyResource } from "@pulumi/policy";

import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import { DEFAULT_SECURITY_GROUP } from "../../securityGroupRules";
import { GROUP_TYPES, GroupRule, rulesOf } from "../../securityGroups";
import { VPC_ENDPOINT, awsService, isInterface } from "../../endpoints";
import { Meant, isComputed, meant } from "../../meant";
import { HTTPS, Verdict, admits, best } from "../../topology";
import { environmentSubnets } from "../../subnets";
import { SUBNET_TYPES, inVpcOf, sameVpc } from "../../vpcs";
import { ENVIRONMENT } from "../../types";
import { Undecided, Unseen, known } from "../../unknown";
import { textOf, textsOf } from "../../text";

const GROUPS = GROUP_TYPES;
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
      const admitted =
        shared === "no" ? "yes" : admitsEnvironment(graph, endpoint, environment, subnets);
      if (admitted === "no" && shared === "yes") {
        report(
          `No security group of the endpoint ${endpoint.name} admits ${environment.name} on port ${HTTPS}; ` +
            "add an inbound rule for the environment's group.",
        );
      } else if (admitted !== "yes") {
        throw new (hasOutsideGroups(graph, endpoint) ? Unseen : Undecided)(
          `whether the groups of ${endpoint.name} admit ${environment.name} on port ${HTTPS} is not known yet`,
        );
      }
    }
  },
};

/** Whether an endpoint names groups that are no resources of the stack. */
function hasOutsideGroups(graph: Graph, endpoint: PolicyResource): boolean {
  const ids = known(() => textsOf(endpoint.props.securityGroupIds));
  return ids !== undefined && !meant(graph, endpoint, "securityGroupIds", ...GROUPS).exact;
}

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

function admitsEnvironment(
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
        .map((group) => admitsBy(rulesOf(graph, group, "ingress"), clients, subnets))
        .map((one) => (one === "yes" && !exact && resources.length > 1 ? "maybe" : one)),
    ),
  );
  const isComplete = clients.exact && groups.every(({ exact }) => exact);
  return verdict === "no" && !isComplete ? "maybe" : verdict;
}

/** By rules for groups, or by all rules for address blocks together. */
function admitsBy(
  rules: readonly GroupRule[],
  clients: Meant,
  subnets: readonly PolicyResource[],
): Verdict {
  return admits(
    rules.map((rule) => {
      const member = best(clients.resources.map((client) => rule.peer(client)));
      return {
        tcp: rule.tcp(HTTPS),
        member: member === "yes" && !clients.exact ? "maybe" : member,
        blocks: rule.blocks,
      };
    }),
    subnets.map(({ props }) => known(() => textOf(props.cidrBlock))),
  );
}

/** The groups of an endpoint; where it names none, AWS gives it the VPC's default one. */
function endpointGroups(graph: Graph, endpoint: PolicyResource): Meant[] {
  const more = graph
    .referring(endpoint, "vpcEndpointId", ENDPOINT_GROUP)
    .map((association) => meant(graph, association, "securityGroupId", ...GROUPS));
  const isNamed =
    isComputed(endpoint, "securityGroupIds") ||
    known(() => ({ are: endpoint.props.securityGroupIds as unknown })) !== undefined;
  if (isNamed) {
    const own = meant(graph, endpoint, "securityGroupIds", ...GROUPS);
    if (own.resources.length > 0 || !own.exact) {
      return [own, ...more];
    }
  }
  const resources = inVpcOf(graph, endpoint, DEFAULT_SECURITY_GROUP);
  return [...more, { resources, exact: true }];
}

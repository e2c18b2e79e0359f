import { PolicyResource } from "@pulumi/policy";

import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import { VPC_ENDPOINT, awsService, serves } from "../../endpoints";
import { MWAA_SERVICES, Verdict, best, reachesAws } from "../../topology";
import { WayOut, reachesInternet, routeTablesOf, waysOut } from "../../routes";
import { SubnetFault, checkEnvironmentSubnets } from "../../subnets";
import { inVpcOf } from "../../vpcs";
import { ENVIRONMENT } from "../../types";
import { Undecided, Unseen, known } from "../../unknown";

/** From each subnet of an environment there is a way to every AWS API that it calls. */
export const stackRouteToAws: StackRule = {
  name: "stack-route-to-aws",
  description:
    "From each subnet of an MWAA environment a NAT gateway or an endpoint leads to every AWS API that it calls.",
  severity: "critical",
  reason:
    "Without a way to its queue, its image or its logs the environment stays in CREATING for up to hours, then " +
    "fails and can only be deleted.",
  remediationSteps:
    "Route 0.0.0.0/0 of the subnet's table to a NAT gateway in a public subnet, or add an interface endpoint " +
    "with private DNS (a gateway endpoint for S3) for each service that is named.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-vpe-create-access.html",
  parameters: {
    services: {
      type: "array",
      items: { type: "string" },
      description: "AWS services that MWAA itself calls, as endpoints are named: sqs, ecr.api.",
      default: [...MWAA_SERVICES],
    },
    pipelineServices: {
      type: "array",
      items: { type: "string" },
      description: "Further AWS services that DAGs call, as endpoints are named: athena, glue.",
      default: [],
    },
  },
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report, { services, pipelineServices }) =>
    checkEnvironmentSubnets(
      graph,
      environment,
      (subnet) =>
        faults(graph, subnet, [...(services as string[]), ...(pipelineServices as string[])]),
      report,
    ),
};

function faults(
  graph: Graph,
  subnet: PolicyResource,
  services: readonly string[],
): readonly SubnetFault[] {
  const { certain, possible, outside } = routeTablesOf(graph, subnet);
  const ways = [
    ...certain.flatMap((table) => waysOut(graph, table)),
    ...possible.flatMap((table) =>
      waysOut(graph, table).map((way) => ({ ...way, certain: false })),
    ),
  ];
  const out = reachesAws(
    ways.map(({ kind, isPart, gateways, certain: isOfTable }) => ({
      kind,
      isPart,
      natReaches: gateways.map((nat) => reachesInternet(graph, nat)),
      certain: isOfTable,
    })),
  );
  if (out === "yes") {
    return [];
  }
  const reached = new Map(services.map((service) => [service, byEndpoint(graph, subnet, service)]));
  const missing = services.filter((service) => reached.get(service) === "no");
  const isOpen = [...reached.values()].includes("maybe");
  if (missing.length === 0 && !isOpen) {
    return [];
  }
  if (outside) {
    throw new Unseen(
      `the route table of the subnet ${subnet.name} is no resource of this stack, so that it cannot be seen ` +
        `whether it reaches ${services.join(", ")}`,
    );
  }
  if (out === "maybe" || missing.length === 0) {
    const isElsewhere = ways.length > 0 && ways.every(({ kind }) => kind === "elsewhere");
    throw new (isElsewhere && !isOpen ? Unseen : Undecided)(
      `it cannot be seen whether the subnet ${subnet.name} reaches ${services.join(", ")}: ${whereTo(ways)}`,
    );
  }
  return [
    {
      message:
        `From the subnet ${subnet.name} there is no way to ${missing.join(", ")}: ${whereTo(ways)}, and no ` +
        "endpoint is there for them. Route 0.0.0.0/0 to a NAT gateway in a public subnet, or add endpoints.",
    },
  ];
}

/** What the routes to everywhere lead to, in words. */
function whereTo(ways: readonly WayOut[]): string {
  const words = ways.map(({ kind, gateways, target, route }) => {
    const names = gateways.map(({ name }) => name).join(" or ");
    switch (kind) {
      case "internet":
        return `its route ${route} leads to an internet gateway, of no use without public addresses`;
      case "nat":
        return `its route ${route} leads to the NAT gateway ${names}, which is not known to reach the internet`;
      case "elsewhere":
        return `its route ${route} leads by ${target} out of what the stack shows`;
    }
  });
  return words.length > 0 ? words.join("; ") : "its table has no route to 0.0.0.0/0";
}

function byEndpoint(graph: Graph, subnet: PolicyResource, service: string): Verdict {
  return best(
    inVpcOf(graph, subnet, VPC_ENDPOINT).map((endpoint): Verdict => {
      const named = known(() => ({ service: awsService(endpoint) }));
      if (named !== undefined && named.service !== service) {
        return "no";
      }
      const verdict = known(() => serves(graph, endpoint, subnet)) ?? "maybe";
      return named === undefined && verdict === "yes" ? "maybe" : verdict;
    }),
  );
}

import { StackRule } from "../../rule";
import { routeTablesOf } from "../../routes";
import { checkEnvironmentSubnets } from "../../subnets";
import { ENVIRONMENT } from "../../types";
import { Undecided } from "../../unknown";

/** Each subnet of an environment has a route table of its own choice. */
export const stackSubnetsHaveRoutes: StackRule = {
  name: "stack-subnets-have-routes",
  description: "Every subnet of an MWAA environment is associated with a route table.",
  severity: "high",
  reason:
    "A subnet without an association uses the VPC's main table, which leads nowhere but to the VPC itself and " +
    "changes for all such subnets at once.",
  remediationSteps:
    "Add an aws.ec2.RouteTableAssociation with the subnet's id and its route table's id.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html",
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report) =>
    checkEnvironmentSubnets(
      graph,
      environment,
      (subnet) => {
        const { associated } = routeTablesOf(graph, subnet);
        if (associated === "maybe") {
          throw new Undecided(
            `which subnet an association names that may be for ${subnet.name} is not known yet`,
          );
        }
        return associated === "yes"
          ? []
          : [
              {
                message:
                  `The subnet ${subnet.name} of ${environment.name} has no aws.ec2.RouteTableAssociation in ` +
                  "the stack; add one.",
              },
            ];
      },
      report,
    ),
};

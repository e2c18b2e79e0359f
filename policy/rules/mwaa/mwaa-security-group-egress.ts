import { environmentGroups, letsThrough } from "../../environmentGroups";
import { StackRule } from "../../rule";
import { ENVIRONMENT } from "../../types";
import { Undecided, Unseen } from "../../unknown";
import { ENVIRONMENT_PORTS } from "../../topology";

/** An environment's traffic leaves its network interfaces. */
export const mwaaSecurityGroupEgress: StackRule = {
  name: "mwaa-security-group-egress",
  description:
    "The security groups of an MWAA environment allow outbound TCP on ports 443 and 5432.",
  severity: "high",
  reason:
    "The provider removes the outbound rule that AWS gives a new group. Without one the environment reaches " +
    "neither its database nor its queue, stays in CREATING and then fails.",
  remediationSteps:
    'Add an aws.vpc.SecurityGroupEgressRule with ipProtocol "-1" and cidrIpv4 "0.0.0.0/0" to the group, or ' +
    "rules for TCP 443 and 5432 to the endpoints' and the environment's groups.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-security.html",
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report) => {
    const own = environmentGroups(graph, environment);
    const { verdict, missing } = letsThrough(
      graph,
      own,
      "egress",
      ENVIRONMENT_PORTS,
      ({ isForAny }) => isForAny,
    );
    if (verdict === "no" && own.isPartly) {
      throw new Unseen(
        `some security groups of ${environment.name} are no resources of this stack`,
      );
    }
    if (verdict === "maybe") {
      throw new Undecided(`what the groups of ${environment.name} let out is not known yet`);
    }
    if (verdict === "no") {
      report(
        `None of its groups (${own.groups.map(({ name }) => name).join(", ")}) has a rule that lets TCP ` +
          `${missing.join(" and ")} out; add outbound rules.`,
      );
    }
  },
};

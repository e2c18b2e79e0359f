import { environmentGroups, letsThrough } from "../../environmentGroups";
import { StackRule } from "../../rule";
import { ENVIRONMENT_PORTS, best } from "../../topology";
import { ENVIRONMENT } from "../../types";
import { Undecided, Unseen } from "../../unknown";

/** Scheduler, workers and database of an environment talk to one another through its group. */
export const mwaaSecurityGroupSelf: StackRule = {
  name: "mwaa-security-group-self",
  description:
    "The security groups of an MWAA environment allow inbound TCP on ports 443 and 5432 from themselves.",
  severity: "high",
  reason:
    "Without it the components cannot reach one another: the environment hangs until its creation fails, or " +
    "runs and processes no DAG.",
  remediationSteps:
    'Add an aws.vpc.SecurityGroupIngressRule with ipProtocol "-1", or two with "tcp" for ports 443 and 5432, ' +
    "whose referencedSecurityGroupId is the group's own id.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-security.html",
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report) => {
    const own = environmentGroups(graph, environment);
    const { verdict, missing } = letsThrough(graph, own, "ingress", ENVIRONMENT_PORTS, (rule) =>
      best(own.groups.map((group) => rule.peer(group))),
    );
    if (verdict === "no" && own.isPartly) {
      throw new Unseen(
        `some security groups of ${environment.name} are no resources of this stack`,
      );
    }
    if (verdict === "maybe") {
      throw new Undecided(
        `whether the groups of ${environment.name} admit themselves is not known yet`,
      );
    }
    if (verdict === "no") {
      report(
        `None of its groups (${own.groups.map(({ name }) => name).join(", ")}) has a rule that admits ` +
          `TCP ${missing.join(" and ")} from itself.`,
      );
    }
  },
};

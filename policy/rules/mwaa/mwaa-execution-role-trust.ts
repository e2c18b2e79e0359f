import { servicesAllowed } from "../../documents";
import { StackRule } from "../../rule";
import { ENVIRONMENT } from "../../types";
import { outsideStack } from "../../unknown";

const ROLE = "aws:iam/role:Role";
const SERVICES = ["airflow.amazonaws.com", "airflow-env.amazonaws.com"];

/** The service works as the role under two names. */
export const mwaaExecutionRoleTrust: StackRule = {
  name: "mwaa-execution-role-trust",
  description: "The execution role of an MWAA environment trusts both of Airflow's principals.",
  severity: "high",
  reason: "Without one of the two the environment fails after half an hour of being made.",
  remediationSteps:
    "Allow sts:AssumeRole to airflow.amazonaws.com and airflow-env.amazonaws.com in assumeRolePolicy.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html",
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report) => {
    const roles = graph.referenced(environment, "executionRoleArn", ROLE);
    if (roles.length === 0) {
      throw outsideStack(
        () => environment.props.executionRoleArn,
        "its execution role is not of this stack",
      );
    }
    for (const role of roles) {
      const trusted = servicesAllowed(role.props.assumeRolePolicy, "sts:AssumeRole");
      const missing = SERVICES.filter((service) => !trusted.includes(service));
      if (missing.length > 0) {
        report(`Its execution role does not trust ${missing.join(" and ")}; it must.`, role);
      }
    }
  },
};

import { given } from "../../companions";
import { NAMESPACE } from "../../redshift";
import { StackRule } from "../../rule";
import { meant } from "../../meant";
import { Undecided, known } from "../../unknown";
import { textOf, textsOf } from "../../text";

const ROLE = "aws:iam/role:Role";

/** The default role of a namespace is one of its roles. */
export const redshiftserverlessDefaultRoleListed: StackRule = {
  name: "redshiftserverless-default-role-listed",
  description: "A Redshift Serverless namespace's default role is among its roles.",
  severity: "high",
  reason:
    "Redshift refuses a default role that the namespace does not have, after the namespace's password " +
    "and logs were created.",
  remediationSteps:
    "Add the role of defaultIamRoleArn to iamRoles of the aws.redshiftserverless.Namespace.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/default-iam-role.html",
  subjects: (graph) =>
    graph
      .ofType(NAMESPACE)
      .filter((namespace) => isNamed(() => given(namespace, "defaultIamRoleArn"))),
  checkInStack: (namespace, graph, report) => {
    const fault = `The default role of the namespace ${namespace.name} is not among its iamRoles; add it.`;
    const role = known(() => textOf(namespace.props.defaultIamRoleArn));
    const roles = known(() => textsOf(namespace.props.iamRoles));
    if (roles !== undefined && (role !== undefined || roles.length === 0)) {
      if (role === undefined || !roles.includes(role)) {
        report(fault);
      }
      return;
    }
    // No ARN is known yet: which roles the two were computed from is.
    const byDefault = meant(graph, namespace, "defaultIamRoleArn", ROLE);
    const listed = meant(graph, namespace, "iamRoles", ROLE);
    const isListed = byDefault.resources.every(({ urn }) =>
      listed.resources.some((one) => one.urn === urn),
    );
    if (byDefault.resources.length !== 1 || !listed.exact) {
      throw new Undecided(`the roles of ${namespace.name} are not known yet`);
    }
    if (!isListed) {
      report(fault);
    }
  },
};

/** Whether the program names one, be it known yet or not. */
function isNamed(read: () => unknown): boolean {
  const value = known(() => ({ is: read() }));
  return value === undefined || (value.is !== undefined && value.is !== "");
}

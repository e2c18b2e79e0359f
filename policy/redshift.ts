import { PolicyResource } from "@pulumi/policy";

import { given } from "./companions";
import { Graph } from "./graph";
import { lengthOf, objectsOf } from "./lists";
import { shown } from "./shown";
import { Unseen, known } from "./unknown";
import { textOf, textsOf } from "./text";

export const NAMESPACE = "aws:redshiftserverless/namespace:Namespace";
export const WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup";
export const CLUSTER = "aws:redshift/cluster:Cluster";
export const CLUSTER_LOGGING = "aws:redshift/logging:Logging";
export const PARAMETER_GROUP = "aws:redshift/parameterGroup:ParameterGroup";

/** The three audit logs: https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html */
const AUDIT_LOGS: readonly string[] = ["connectionlog", "useractivitylog", "userlog"];

/** The audit logs that a list of exports leaves out. */
export function missingAuditLogs(logExports: unknown): string[] {
  const exported = textsOf(logExports);
  return AUDIT_LOGS.filter((log) => !exported.includes(log));
}

/** Whether a switch is on, given as a truth value or, as `encrypted` of a cluster, as a text. */
export function isOn(value: unknown): boolean {
  return String(value).toLowerCase() === "true";
}

/** Clusters, and the parameter groups that no cluster of the stack has, which are judged on their own. */
export function parameterSubjects(graph: Graph): PolicyResource[] {
  const lone = graph
    .ofType(PARAMETER_GROUP)
    .filter((group) => graph.referring(group, "clusterParameterGroupName", CLUSTER).length === 0);
  return [...graph.ofType(CLUSTER), ...lone];
}

/**
 * Checks that a cluster's parameter group is one of the stack, and gives a parameter a value.
 *
 * @param cluster the cluster, or a parameter group that no cluster of the stack has
 * @throws Undecided where the group is none of the stack, so that its parameters cannot be seen
 */
export function checkParameter(
  cluster: PolicyResource,
  graph: Graph,
  report: (message: string, resource?: PolicyResource) => void,
  parameter: { readonly name: string; readonly value: string },
): void {
  const wanted = `${parameter.name} to be "${parameter.value}"`;
  if (cluster.type === PARAMETER_GROUP) {
    const value = parameterOf(cluster, parameter.name);
    if (value !== parameter.value) {
      report(
        `The parameter group ${cluster.name} has ${parameter.name} "${shown(value)}"; ` +
          `"${parameter.value}" is needed.`,
      );
    }
    return;
  }
  const groups = graph.referenced(cluster, "clusterParameterGroupName", PARAMETER_GROUP);
  if (groups.length === 0) {
    const name = textOf(given(cluster, "clusterParameterGroupName"));
    if (name !== undefined && !name.startsWith("default.")) {
      throw new Unseen(
        `the parameter group ${name} of ${cluster.name} is none of this stack, so that its parameters ` +
          "cannot be seen here",
      );
    }
    report(
      `The cluster ${cluster.name} has ${name === undefined ? "no parameter group" : `the parameter group ${name}`}, ` +
        `whose parameters cannot be set; give it an aws.redshift.ParameterGroup that sets ${wanted}.`,
    );
  }
  for (const group of groups) {
    const value = parameterOf(group, parameter.name);
    if (value !== parameter.value) {
      report(
        `The parameter group ${group.name} has ${parameter.name} "${shown(value)}"; the cluster ` +
          `${cluster.name} needs ${wanted}.`,
        group,
      );
    }
  }
}

function parameterOf(group: PolicyResource, name: string): unknown {
  const parameters = objectsOf(group.props.parameters);
  return parameters.find((parameter) => parameter.name === name)?.value;
}

/** How many elements a list has; undefined where it is not known yet. */
export function countOf(resource: PolicyResource, property: string): number | undefined {
  return known(() => lengthOf(resource.props[property]));
}

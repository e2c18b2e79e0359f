import { PolicyResource } from "@pulumi/policy";

import { Graph } from "./graph";
import { listOf } from "./lists";
import { Direction, GROUP_TYPES, GroupRule, rulesOf } from "./securityGroups";
import { meant } from "./meant";
import { Verdict, best } from "./topology";
import { VPC_TYPES } from "./vpcs";
import { Undecided, Unseen, known } from "./unknown";

const PROPERTY = "networkConfiguration.securityGroupIds";

/** The security groups of an MWAA environment. */
export interface EnvironmentGroups {
  readonly groups: readonly PolicyResource[];
  /** One is the default group of a VPC of the stack, with the rules that AWS gives it. */
  readonly hasDefault: boolean;
  /** Some are no resources of the stack. */
  readonly isPartly: boolean;
  /** It is not certain that all of them are the environment's. */
  readonly isBlended: boolean;
}

/**
 * @throws Unseen where none of the groups is of the stack, Undecided where that is not known yet
 */
export function environmentGroups(graph: Graph, environment: PolicyResource): EnvironmentGroups {
  const ids = known(() => {
    const configuration = environment.props.networkConfiguration as
      { securityGroupIds?: string[] } | undefined | null;
    return listOf(configuration?.securityGroupIds);
  });
  const { resources: groups, exact } = meant(graph, environment, PROPERTY, ...GROUP_TYPES);
  const vpcs = ids === undefined ? [] : graph.referenced(environment, PROPERTY, ...VPC_TYPES);
  const defaults = vpcs.filter(
    (vpc) => !groups.some((group) => group.props.id === vpc.props.defaultSecurityGroupId),
  );
  if (groups.length === 0 && defaults.length === 0) {
    throw ids === undefined
      ? new Undecided(`the security groups of ${environment.name} are not known yet`)
      : new Unseen(`the security groups of ${environment.name} are not of this stack`);
  }
  return {
    groups,
    hasDefault: defaults.length > 0,
    isPartly: ids !== undefined && groups.length + defaults.length < ids.length,
    isBlended: ids === undefined && !exact,
  };
}

/**
 * Whether all of some ports are let through by the rules of an environment's groups together.
 *
 * @param counts whether a rule counts, by its other end
 */
export function letsThrough(
  graph: Graph,
  { groups, hasDefault, isBlended }: EnvironmentGroups,
  direction: Direction,
  ports: readonly number[],
  counts: (rule: GroupRule) => Verdict,
): { readonly verdict: Verdict; readonly missing: readonly number[] } {
  if (hasDefault) {
    return { verdict: "yes", missing: [] };
  }
  const rules = groups.flatMap((group) => rulesOf(graph, group, direction));
  const byPort = ports.map((port) =>
    best(rules.map((rule) => both(rule.tcp(port), rule.tcp(port) === "no" ? "no" : counts(rule)))),
  );
  const verdict = byPort.includes("no") ? "no" : byPort.includes("maybe") ? "maybe" : "yes";
  return {
    verdict:
      verdict === "yes" && isBlended && groups.length > 1
        ? oneOfEach(graph, groups, direction, ports, counts)
        : verdict,
    missing: ports.filter((_, index) => byPort[index] === "no"),
  };
}

/** Which of the groups is the environment's is not known: what all of them let through is certain. */
function oneOfEach(
  graph: Graph,
  groups: readonly PolicyResource[],
  direction: Direction,
  ports: readonly number[],
  counts: (rule: GroupRule) => Verdict,
): Verdict {
  const all = groups.every((group) =>
    ports.every((port) =>
      rulesOf(graph, group, direction).some(
        (rule) => rule.tcp(port) === "yes" && counts(rule) === "yes",
      ),
    ),
  );
  return all ? "yes" : "maybe";
}

function both(a: Verdict, b: Verdict): Verdict {
  return a === "no" || b === "no" ? "no" : a === "maybe" || b === "maybe" ? "maybe" : "yes";
}

import { PolicyResource } from "@pulumi/policy";

import { Graph } from "./graph";
import { listOf, objectsOf } from "./lists";
import {
  DEFAULT_SECURITY_GROUP,
  EGRESS_RULE,
  INGRESS_RULE,
  SECURITY_GROUP,
  SECURITY_GROUP_RULE,
  tcpPorts,
} from "./securityGroupRules";
import { Meant, isDeclared, meant } from "./meant";
import { Verdict, best } from "./topology";
import { known } from "./unknown";
import { textOf } from "./text";

export const GROUP_TYPES = [SECURITY_GROUP, DEFAULT_SECURITY_GROUP] as const;
const PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList";
const PREFIX_LIST_ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry";

export type Direction = "ingress" | "egress";

type Properties = Record<string, unknown>;

/** One rule of a group, however it was written: within the group, or as a resource of one of three types. */
export interface GroupRule {
  /** Whether it lets TCP through on a port. */
  readonly tcp: (port: number) => Verdict;
  /** Whether the other end may be a member of a group. */
  readonly peer: (group: PolicyResource) => Verdict;
  /** Whether it names anything for the other end. */
  readonly isForAny: Verdict;
  /** CIDR blocks of the other end, those of prefix lists of the stack among them; undefined where not known. */
  readonly blocks: readonly string[] | undefined;
}

/** The rules of a group of the stack. */
export function rulesOf(graph: Graph, group: PolicyResource, direction: Direction): GroupRule[] {
  return graph.once(`${direction} rules`, group, () => {
    const own = [SECURITY_GROUP_RULE, direction === "ingress" ? INGRESS_RULE : EGRESS_RULE]
      .flatMap((type) => graph.referring(group, "securityGroupId", type))
      .filter(
        ({ type, props }) =>
          type !== SECURITY_GROUP_RULE || known(() => props.type as unknown) === direction,
      );
    const declared = isDeclared(group, direction, own.length > 0);
    return [
      ...own.map((holder) => ruleOf(graph, group, holder, holder.props)),
      ...(declared === "no" ? [] : inline(graph, group, direction)),
    ];
  });
}

function inline(graph: Graph, group: PolicyResource, direction: Direction): GroupRule[] {
  const rules = known(() => objectsOf(group.props[direction]));
  return rules === undefined
    ? [{ tcp: () => "maybe", peer: () => "maybe", isForAny: "maybe", blocks: undefined }]
    : rules.map((rule, _, all) => ruleOf(graph, group, group, rule, direction, all.length === 1));
}

/**
 * @param holder the resource that holds the rule
 * @param within the property of a group that holds it; undefined where the holder is the rule
 * @param isOnly whether it is the only rule there
 */
function ruleOf(
  graph: Graph,
  group: PolicyResource,
  holder: PolicyResource,
  props: Properties,
  within?: Direction,
  isOnly = false,
): GroupRule {
  const isSelf = known(() => ({ is: props.self === true }));
  const groups = (): Meant => {
    if (within === undefined) {
      const property =
        holder.type === SECURITY_GROUP_RULE ? "sourceSecurityGroupId" : "referencedSecurityGroupId";
      return meant(graph, holder, property, ...GROUP_TYPES);
    }
    const ids = known(() => listOf(props.securityGroups));
    return ids === undefined
      ? // What the whole list was computed from; which of its rules names which group is not told.
        { resources: graph.computedFrom(holder, within, ...GROUP_TYPES), exact: isOnly }
      : { resources: graph.named(strings(ids), holder), exact: true };
  };
  const blocks = blocksOf(graph, holder, props, within);
  return {
    tcp: (port) => known(() => tcpPorts(props, port)) ?? "maybe",
    peer: (one) => {
      if (isSelf?.is === true && one.urn === group.urn) {
        return "yes";
      }
      const { resources, exact } = groups();
      const isIn = resources.some(({ urn }) => urn === one.urn);
      return isIn
        ? exact
          ? "yes"
          : "maybe"
        : isSelf === undefined && one === group
          ? "maybe"
          : "no";
    },
    isForAny:
      isSelf?.is === true || blocks === undefined || blocks.length > 0 || namesOther(props) !== "no"
        ? "yes"
        : "no",
    blocks,
  };
}

/** Whether a rule names a group or a prefix list, of the stack or not. */
function namesOther(props: Properties): Verdict {
  return best(
    [
      "securityGroups",
      "sourceSecurityGroupId",
      "referencedSecurityGroupId",
      "prefixListIds",
      "prefixListId",
    ].map((property): Verdict => {
      const given = known(() => ({ is: listOf(props[property]).length > 0 }));
      return given === undefined || given.is ? "yes" : "no";
    }),
  );
}

function strings(values: readonly unknown[]): string[] {
  return values.filter((value): value is string => typeof value === "string" && value !== "");
}

/** CIDR blocks, and those of prefix lists; undefined where some are not known or their list is not of the stack. */
function blocksOf(
  graph: Graph,
  holder: PolicyResource,
  props: Properties,
  within: Direction | undefined,
): readonly string[] | undefined {
  const own = known(() =>
    strings(
      ["cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"].flatMap((property) =>
        listOf(props[property]),
      ),
    ),
  );
  const property =
    within === undefined && "prefixListId" in props ? "prefixListId" : "prefixListIds";
  const ids = known(() => strings(listOf(props[property])));
  if (own === undefined || ids?.length === 0) {
    return own;
  }
  const lists =
    ids === undefined
      ? graph.computedFrom(holder, within ?? property, PREFIX_LIST)
      : graph.named(ids, holder).filter(({ type }) => type === PREFIX_LIST);
  const entries = lists.map((list) => entriesOf(graph, list));
  // A single list that is not known yet is the one that it was computed from.
  const isAll =
    ids === undefined ? within === undefined && lists.length === 1 : lists.length >= ids.length;
  return !isAll || entries.includes(undefined)
    ? undefined
    : [...own, ...entries.flatMap((blocks) => blocks ?? [])];
}

function entriesOf(graph: Graph, list: PolicyResource): string[] | undefined {
  return known(() =>
    strings([
      ...objectsOf(list.props.entries).map(({ cidr }) => cidr),
      ...graph
        .referring(list, "prefixListId", PREFIX_LIST_ENTRY)
        .map(({ props }) => textOf(props.cidr)),
    ]),
  );
}

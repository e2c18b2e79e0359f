import { PolicyResource } from "@pulumi/policy";

import {
  DOCUMENT_TYPES,
  PERMISSION_TYPES,
  ROLE,
  checkStatements,
  documentsIn,
  mayAllow,
  principals,
  trustIn,
} from "../../documents";
import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import { Undecided, known } from "../../unknown";

/** Types with a document that says who may use them. */
const TYPES = [...DOCUMENT_TYPES.filter((type) => !PERMISSION_TYPES.includes(type)), ROLE];

/** No other account is let in but those that are listed. */
export const stackNoForeignAccounts: StackRule = {
  name: "stack-no-foreign-accounts",
  description:
    "No policy of a bucket, topic, queue, key or secret, and no role's trust, admits another account that is not in " +
    "`accounts`.",
  severity: "high",
  reason:
    "Whoever administers the other account decides who of it reads the data or works as the role.",
  remediationSteps:
    "Take the other account's principal out of the policy, or list its number in the rule's parameter accounts.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html",
  also: ["CKV_AWS_385", "S3.6"],
  parameters: {
    accounts: {
      type: "array",
      items: { type: "string" },
      description: "Numbers of other accounts that may be admitted.",
      default: [],
    },
  },
  subjects: (graph) => graph.ofType(...TYPES),
  checkInStack: (resource, graph, report, { accounts }) => {
    const own = ownAccounts(graph);
    const places = resource.type === ROLE ? trustIn(resource) : documentsIn(resource);
    const open = new Set<string>();
    checkStatements(resource, places, report, (statement, where) => {
      if (!mayAllow(statement)) {
        return;
      }
      const others = [...new Set(principals(statement).flatMap(accountOf))].filter(
        (account) => !own.has(account) && !(accounts as readonly string[]).includes(account),
      );
      if (others.length > 0 && own.size === 0) {
        others.forEach((account) => open.add(account));
      } else if (others.length > 0) {
        report(`${where} admits the account ${others.join(" and ")}; it is not in accounts.`);
      }
    });
    if (open.size > 0) {
      throw new Undecided(
        `whether ${[...open].join(", ")} is the stack's own account is not known yet`,
      );
    }
  },
};

/** The account of a principal, given by its number or an ARN. */
function accountOf(principal: string): string[] {
  const account = /^\d{12}$/.test(principal) ? principal : principal.split(":")[4];
  return /^\d{12}$/.test(account ?? "") ? [account] : [];
}

/** The accounts that the stack's own resources are in, by their ARNs. */
function ownAccounts(graph: Graph): ReadonlySet<string> {
  return graph.once("accounts", undefined, () => {
    const arnOf = ({ props }: PolicyResource) => known(() => props.arn as unknown);
    return new Set(
      graph.resources
        .map(arnOf)
        .filter((arn): arn is string => typeof arn === "string")
        .flatMap(accountOf),
    );
  });
}

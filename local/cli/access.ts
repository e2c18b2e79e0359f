import type { UnexercisedGrant } from "../../components/policyDocument";
import { Endpoint } from "../engine/endpoint";
import { Home } from "../home";
import { askCloud } from "./cloud";
import type { Named, Unexercised } from "./unexercised";

/** One action on one resource, as a statement of a role's policies grants it. */
export interface Grant extends Named {
  readonly policy: string;
  /** How often the role made a call by it. */
  readonly called: number;
  /** How often a service asked in the role's place, as Athena does for the caller's tables. */
  readonly checked: number;
  /** Resources that it was called or checked for, and the call that led to it. */
  readonly examples: readonly {
    readonly how: "called" | "checked";
    readonly resource: string;
    readonly by: string;
  }[];
}

/** A call that was refused for want of a grant. */
export interface Denial {
  readonly number: number;
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  /** The call that led to it, where a service asked in the role's place. */
  readonly by: string;
  /** A task of another DAG than the one that was asked about is known to have made it. */
  readonly ofOtherDag: boolean;
  /** Which statement of which role would have allowed it. */
  readonly needed: string;
}

/** What the local cloud knows of the roles' grants and calls. */
export interface Access {
  readonly grants: readonly Grant[];
  readonly denials: readonly Denial[];
  /** Number of the last denial. */
  readonly last: number;
}

/**
 * Asks the local cloud for all grants, with what they were used for in all runs so far.
 *
 * @param since number of a denial: only those after it are given.
 * @param dagId the DAG whose denials are told from those of others; default: none is another's
 */
export function accessOf(home: Home, endpoint: Endpoint, since = 0, dagId = ""): Promise<Access> {
  return askCloud(home, endpoint, `access?since=${since}&dag=${encodeURIComponent(dagId)}`);
}

/** The calls that were refused, each once and on one line; those of other DAGs say so. */
export function deniedCalls(denials: readonly Denial[]): string[] {
  return [
    ...new Set(
      denials.map(
        ({ role, action, resource, by, needed, ofOtherDag }) =>
          `denied${ofOtherDag ? " to another DAG" : ""}: ${role} may not ${action} on ${resource}${by === "" ? "" : ` for ${by}`}; ${needed}`,
      ),
    ),
  ];
}

/** Why a run does not use a grant, and the page of AWS's that asks for it. */
export type Reason = Pick<UnexercisedGrant, "reason" | "source">;

/** Whether a grant is needed, as far as the runs show. */
export type Verdict =
  | { readonly kind: "used" }
  | ({ readonly kind: "other runs" | "AWS only" } & Reason)
  | { readonly kind: "UNUSED" };

export function verdictOf(grant: Grant, unexercised: Unexercised): Verdict {
  if (isUsed(grant)) {
    return { kind: "used" };
  }
  const found = unexercised.reasonFor(grant);
  if (found === undefined) {
    return { kind: "UNUSED" };
  }
  const { reason, source, otherRuns = false } = found;
  return { kind: otherRuns ? "other runs" : "AWS only", reason, source };
}

export function isUsed({ called, checked }: Grant): boolean {
  return called + checked > 0;
}

/** What the grants come to. */
export interface AccessSummary {
  readonly grants: number;
  readonly used: number;
  /** How many are for runs that go wrong, or go on from an earlier one. */
  readonly otherRuns: number;
  /** How many only AWS itself uses. */
  readonly listed: number;
  /** Grants that no run used although one should, each on one line. */
  readonly unused: readonly string[];
}

export function summaryOf({ grants }: Access, unexercised: Unexercised): AccessSummary {
  const kinds = grants.map((grant) => verdictOf(grant, unexercised).kind);
  return {
    grants: grants.length,
    used: kinds.filter((kind) => kind === "used").length,
    otherRuns: kinds.filter((kind) => kind === "other runs").length,
    listed: kinds.filter((kind) => kind === "AWS only").length,
    unused: grants
      .filter((_, i) => kinds[i] === "UNUSED")
      .map(
        ({ role, statement, action, resource }) =>
          `unused: ${statement} of ${role} grants ${action} on ${resource}, which no run needed: ` +
          "take it out of the policy, or tell beside the statement why no run uses it (UnexercisedGrant)",
      ),
  };
}

/** The summary on one line. */
export function renderSummary(summary: AccessSummary): string {
  const { grants, used, otherRuns, listed, unused } = summary;
  return (
    `grants: ${used} of ${grants} used, ${otherRuns} for other runs, ` +
    `${listed} that only AWS uses, ${unused.length} unused`
  );
}

import Table from "cli-table3";

import {
  type Access,
  type Grant,
  type Reason,
  type Verdict,
  renderSummary,
  summaryOf,
  verdictOf,
} from "./access";
import type { Unexercised } from "./unexercised";

/** The grants of the roles that have `part` in their name. */
export function grantsOf(access: Access, part: string): Access {
  return { ...access, grants: access.grants.filter(({ role }) => role.includes(part)) };
}

/** How many of a statement's grants have a verdict. */
type Counts = Record<Verdict["kind"], number>;

/**
 * What each role may do, for a person: a table for each role, then the summary, and what is wrong.
 *
 * @param shown role: only roles with this in their name; wide: a row for each action on each resource, with what used it and the reasons of those that no run has used;
 *   else a row for each statement, which fits a terminal of 80 columns
 */
export function renderAccess(
  access: Access,
  unexercised: Unexercised,
  { wide = false, role: part = "" }: { readonly wide?: boolean; readonly role?: string },
): string {
  const shown = grantsOf(access, part);
  const roles = [...new Set(shown.grants.map(({ role }) => role))];
  const parts = roles.flatMap((role) => {
    const grants = shown.grants.filter((one) => one.role === role);
    return [`\n${role}`, ...(wide ? tableOfGrants : tableOfStatements)(grants, unexercised)];
  });
  const summary = summaryOf(shown, unexercised);
  parts.push("", ...summary.unused.map((line) => `✘ ${line}`), renderSummary(summary));
  const stale = unexercised.staleEntries(access.grants);
  if (stale.length > 0) {
    parts.push(
      `used after all, or granted no more: delete these UnexercisedGrant entries: ${stale.join(", ")}`,
    );
  }
  return `${parts.join("\n")}\n`;
}

function newTable(...head: readonly string[]): Table.Table {
  return new Table({ head: [...head], style: { head: [], border: [], compact: true } });
}

function tableOfStatements(grants: readonly Grant[], unexercised: Unexercised): string[] {
  const statements = new Map<string, Counts>();
  for (const grant of grants) {
    const counts = statements.get(grant.statement) ?? {
      ...{ used: 0, "other runs": 0, "AWS only": 0, UNUSED: 0 },
    };
    counts[verdictOf(grant, unexercised).kind] += 1;
    statements.set(grant.statement, counts);
  }
  const table = newTable("statement", "used", "other runs", "AWS only", "UNUSED");
  for (const [statement, counts] of statements) {
    const numbers = Object.values(counts).map((n) => ({
      content: n === 0 ? "" : String(n),
      hAlign: "right" as const,
    }));
    table.push([statement, ...numbers]);
  }
  return [table.toString()];
}

function tableOfGrants(grants: readonly Grant[], unexercised: Unexercised): string[] {
  const table = newTable("statement", "action", "resource", "used by", "verdict");
  const reasons = new Map<string, Reason>();
  for (const grant of grants) {
    const verdict = verdictOf(grant, unexercised);
    let note = "";
    if ("reason" in verdict) {
      reasons.set(verdict.reason, verdict);
      note = ` [${[...reasons.keys()].indexOf(verdict.reason) + 1}]`;
    }
    table.push([
      grant.statement,
      grant.action,
      short(grant.resource),
      usedBy(grant),
      `${verdict.kind}${note}`,
    ]);
  }
  return [
    table.toString(),
    ...[...reasons.values()].map(
      ({ reason, source }, i) => `  [${i + 1}] ${reason}\n      ${source}`,
    ),
  ];
}

/** How often it was called and checked, for what, and by which call: a line for each. */
function usedBy(grant: Grant): string {
  const lines = (["called", "checked"] as const)
    .filter((how) => grant[how] > 0)
    .map((how) => {
      const example = grant.examples.find((one) => one.how === how);
      const by = example === undefined || ["", grant.action].includes(example.by) ? "" : example.by;
      return (
        `${how} ${grant[how]}×` +
        (example === undefined ? "" : `: ${short(example.resource)}`) +
        (by === "" ? "" : ` for ${by}`)
      );
    });
  return lines.length > 0 ? lines.join("\n") : "never";
}

/** An ARN without what all of them have; the end of a long one. */
function short(arn: string): string {
  const text = arn.replace(/arn:aws:/g, "");
  return text.length > 60 ? `…${text.slice(-59)}` : text;
}

/** A grant with its verdict, for a program: `--json`. */
export type JudgedGrant = Grant & { readonly verdict: Verdict };

/** All grants with their verdicts. */
export function judged({ grants }: Access, unexercised: Unexercised): JudgedGrant[] {
  return grants.map((grant) => ({ ...grant, verdict: verdictOf(grant, unexercised) }));
}

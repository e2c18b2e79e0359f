import { Finding, Run } from "./events";
import { Case, report } from "./suite";

/** A run as a report of JUnit's: one case a finding, of which those fail that stop the update. */
export function junit({ findings, errors, started }: Run, pack: string): string {
  const cases: Case[] = [
    ...findings.map(caseOf),
    ...errors.map((error, index) => ({ name: `error ${index + 1}`, className: pack, error })),
  ];
  const said = findings
    .filter(({ outcome }) => outcome !== "refused")
    .map(({ outcome, rule, message, reason }) =>
      [
        `${outcome}: ${rule}: ${message}`,
        ...(reason === undefined ? [] : [`Reason: ${reason}`]),
      ].join("\n"),
    );
  return report({
    name: pack,
    started,
    // A suite of no cases reads as a run that did not happen.
    cases: cases.length > 0 ? cases : [{ name: "nothing found", className: pack }],
    said: said.join("\n\n"),
  });
}

function caseOf({ rule, urn, message, outcome }: Finding): Case {
  return {
    name: urn === undefined ? "the stack" : urn.split("::").slice(3).join("::"),
    className: rule,
    failure: outcome === "refused" ? { type: "mandatory", message } : undefined,
  };
}

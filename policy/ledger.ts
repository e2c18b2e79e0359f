import { Findings } from "./evaluate";
import { Level } from "./levels";
import { About } from "./rule";
import { Suppressible, Suppression, flaw, isFor, shownSuppression } from "./suppressions";

/** Tells which suppressions of a configuration let nothing off. The pack judges itself here, so that it is no rule. */
export const unusedSuppressions: About = {
  name: "unused-suppressions",
  description: "Every suppression of the configuration lets something off, and has not expired.",
  severity: "low",
  reason: "A suppression that nothing needs any more hides the next resource that breaks the rule.",
  remediationSteps: "Remove the suppression from the configuration of the policy pack.",
  url: "https://www.pulumi.com/docs/insights/policy/policy-packs/authoring/",
};

/** Which suppressions a run of the pack made use of. */
export class Ledger {
  private readonly used = new Map<string, Set<string>>();

  /** Notes what a rule found. */
  public note(rule: string, { suppressed }: Pick<Findings, "suppressed">): void {
    for (const { by } of suppressed) {
      const used = this.used.get(rule) ?? new Set();
      this.used.set(rule, used.add(JSON.stringify(by)));
    }
  }

  /** A sentence for each suppression that was of no use in a stack of these resources. */
  public unused(
    levels: Readonly<Record<string, Level>>,
    resources: readonly Suppressible[],
    today: string,
  ): string[] {
    return Object.entries(levels).flatMap(([rule, { level, configuration }]) =>
      (configuration.suppress ?? [])
        .map((one) => [one, this.reasonAgainst(rule, level, one, resources, today)] as const)
        .filter(([, reason]) => reason !== undefined)
        .map(
          ([one, reason]) =>
            `The suppression of ${rule} for ${shownSuppression(one)} ${reason}; remove it.`,
        ),
    );
  }

  private reasonAgainst(
    rule: string,
    level: Level["level"],
    suppression: Suppression,
    resources: readonly Suppressible[],
    today: string,
  ): string | undefined {
    const fault = flaw(suppression, today);
    if (fault !== undefined) {
      return `does not count: ${fault.replace(/\.$/, "")}`;
    }
    if (level === "disabled") {
      return "is of no use, since the rule is disabled";
    }
    const useful =
      this.used.get(rule)?.has(JSON.stringify(suppression)) === true ||
      (suppression.optional === true && !resources.some((one) => isFor(suppression, one)));
    return useful ? undefined : "lets nothing off";
  }
}

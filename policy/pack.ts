import {
  EnforcementLevel,
  PolicyPack,
  ReportViolation,
  ResourceValidationArgs,
  StackValidationArgs,
} from "@pulumi/policy";

import { refuseFaultyConfiguration } from "./configuration";
import { Configuration, Findings, evaluateResource, evaluateStack, repair } from "./evaluate";
import { configurable, rules } from "./index";
import { Ledger, unusedSuppressions } from "./ledger";
import { Level, levelsIn } from "./levels";
import { readOnce } from "./readOnce";
import { About, ResourceRule, Rule, StackRule } from "./rule";
import { suppressedText, violationText } from "./said";
import { SharedStack } from "./sharedStack";
import { keepVerdicts } from "./states";
import { Undecided } from "./unknown";

/** The day of the start: a pack runs for one preview or update. */
const today = new Date().toISOString().slice(0, 10);

/** As the SDK takes a report as well: with a level of its own, though its type does not say so. */
type ReportAdvice = (advice: {
  readonly message: string;
  readonly urn?: string;
  readonly enforcementLevel: EnforcementLevel;
}) => void;

const ledger = new Ledger();
const shared = new SharedStack();
let levels: Readonly<Record<string, Level>> = {};

/**
 * Hands findings over; what is not checked yet comes last, because it ends the rule for the engine, and so does
 * what the stack does not show, which the engine lists as not applicable. What a suppression covers and what cannot
 * be seen are said as advice, whatever the rule's level.
 */
function deliver(
  rule: About,
  { violations, notChecked, notSeen, suppressed }: Findings,
  { remedy }: Configuration,
  report: ReportViolation,
  notApplicable: (reason: string) => void,
): void {
  const advise = (message: string, urn?: string) =>
    (report as unknown as ReportAdvice)({ message, urn, enforcementLevel: "advisory" });
  ledger.note(rule.name, { suppressed });
  for (const { message, urn } of violations) {
    report(violationText(message, rule, remedy), urn);
  }
  for (const one of suppressed) {
    advise(suppressedText(one), one.urn);
  }
  for (const message of notSeen) {
    advise(`${rule.description}\n${message}`);
  }
  if (notChecked.length > 0) {
    throw new Undecided(notChecked.join("; "));
  }
  if (notSeen.length > 0 && violations.length === 0) {
    notApplicable(notSeen.join("; "));
  }
}

/** A rule as the engine is told of it. */
function described(rule: About, enforcementLevel: EnforcementLevel) {
  const { name, description, severity, remediationSteps, url, parameters } = rule;
  return {
    name,
    description,
    severity,
    remediationSteps,
    url,
    enforcementLevel,
    // What every rule takes beside, the pack holds against it itself (refuseFaultyConfiguration): the engine would be
    // told it once a rule.
    configSchema: { properties: { ...parameters } },
  };
}

function ofStack(rule: StackRule) {
  return {
    validateStack: (stack: StackValidationArgs, report: ReportViolation) => {
      const configuration = stack.getConfig<Configuration>();
      deliver(
        rule,
        evaluateStack(rule, shared.of(stack.resources), configuration, today),
        configuration,
        report,
        (reason) => stack.notApplicable(reason),
      );
    },
  };
}

function ofResource(rule: ResourceRule) {
  const types = new Set(rule.types);
  return {
    validateResource: (resource: ResourceValidationArgs, report: ReportViolation) => {
      // Asked of every resource by every rule, so that the answer for most of them has to cost nothing.
      if (!types.has(resource.type)) {
        return;
      }
      const configuration = resource.getConfig<Configuration>();
      deliver(
        rule,
        evaluateResource(rule, resource, configuration, today),
        configuration,
        report,
        (reason) => resource.notApplicable(reason),
      );
    },
  };
}

/** What the engine asks at the level `remediate` only. */
function repairing(rule: Rule) {
  return rule.repair === undefined
    ? {}
    : {
        // The SDK asks only what also validates a resource.
        validateResource: () => undefined,
        remediateResource: (resource: ResourceValidationArgs) => {
          const changes = repair(rule, resource, resource.getConfig<Configuration>(), today);
          // The properties themselves: a copy would read those that are not known yet.
          return changes && (Object.assign(resource.props, changes) as Record<string, unknown>);
        },
      };
}

function served(rule: Rule, level: EnforcementLevel) {
  const about = { ...described(rule, level), ...repairing(rule) };
  return "checkInStack" in rule
    ? { ...about, ...ofStack(rule) }
    : { ...about, ...ofResource(rule) };
}

readOnce();
keepVerdicts();
refuseFaultyConfiguration(configurable, (written) => {
  levels = levelsIn(written, rules);
});
// Making a PolicyPack starts serving it, which is why this is not in `index.ts`: tests and the generated
// documentation read the list there.
new PolicyPack("mwaa-analytics", {
  policies: [
    ...rules.map(([rule, level]) => served(rule, level)),
    {
      // The engine asks the rules in this order, so that this one knows what all others made use of.
      ...described(unusedSuppressions, "advisory"),
      validateStack: (stack: StackValidationArgs, report: ReportViolation) => {
        for (const message of ledger.unused(levels, shared.of(stack.resources), today)) {
          report(violationText(message, unusedSuppressions));
        }
      },
    },
  ],
});

import {
  EnforcementLevel,
  PolicyConfigSchema,
  PolicyPack,
  ReportViolation,
  ResourceValidationArgs,
  StackValidationArgs,
} from "@pulumi/policy";

import { refuseFaultyConfiguration } from "./configuration";
import { Configuration, Findings, evaluateResource, evaluateStack } from "./evaluate";
import { rules } from "./index";
import { readOnce } from "./readOnce";
import { About, Rule } from "./rule";
import { Undecided } from "./unknown";

/** Configuration that every rule takes beside its level and its own parameters. */
const SUPPRESS: PolicyConfigSchema["properties"] = {
  suppress: {
    type: "array",
    description: "Resources that the rule is not applied to.",
    items: {
      type: "object",
      properties: {
        resource: { type: "string" },
        reason: { type: "string" },
        expires: { type: "string" },
      },
      required: ["resource"],
      additionalProperties: false,
    },
  },
};

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/**
 * Hands findings over; what is not checked yet comes last, because it ends the rule for the engine, and so does
 * what the stack does not show, which the engine lists as not applicable.
 */
function deliver(
  { violations, notChecked, notSeen }: Findings,
  report: ReportViolation,
  notApplicable: (reason: string) => void,
): void {
  for (const { message, urn } of violations) {
    report(message, urn);
  }
  if (notChecked.length > 0) {
    throw new Undecided([...notChecked, ...notSeen].join("; "));
  }
  if (notSeen.length > 0 && violations.length === 0) {
    notApplicable(notSeen.join("; "));
  }
}

/** What the SDK read of a stack's first resource: the same for every rule of one run (readOnce), and no other's. */
function identityOf({ resources }: StackValidationArgs): object | undefined {
  const [first] = resources;
  return first === undefined
    ? undefined
    : (first.props as { __getSpecialProxyTarget?: object }).__getSpecialProxyTarget;
}

function served(rule: Rule, enforcementLevel: EnforcementLevel) {
  const { name, description, severity, remediationSteps, url, parameters }: About = rule;
  const about = {
    name,
    description,
    severity,
    remediationSteps,
    url,
    enforcementLevel,
    configSchema: { properties: { ...parameters, ...SUPPRESS } },
  };
  return "checkInStack" in rule
    ? {
        ...about,
        validateStack: (stack: StackValidationArgs, report: ReportViolation) =>
          deliver(
            evaluateStack(
              rule,
              stack.resources,
              stack.getConfig<Configuration>(),
              today(),
              identityOf(stack),
            ),
            report,
            (reason) => stack.notApplicable(reason),
          ),
      }
    : {
        ...about,
        validateResource: (resource: ResourceValidationArgs, report: ReportViolation) =>
          deliver(
            evaluateResource(rule, resource, resource.getConfig<Configuration>(), today()),
            report,
            (reason) => resource.notApplicable(reason),
          ),
      };
}

readOnce();
refuseFaultyConfiguration(rules.map(([rule]) => rule));
// Making a PolicyPack starts serving it, which is why this is not in `index.ts`: tests and the generated
// documentation read the list there.
new PolicyPack("mwaa-analytics", {
  policies: rules.map(([rule, level]) => served(rule, level)),
});

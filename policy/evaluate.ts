import { PolicyResource } from "@pulumi/policy";

import { graphOf } from "./graph";
import { About, Checked, Parameters, ResourceRule, Rule, StackRule } from "./rule";
import { Unseen, UnknownValueError } from "./unknown";

/** A resource that a rule is not to be applied to, and why. Part of a rule's configuration. */
export interface Suppression {
  /** Name of the resource, or its URN. A star stands for any text. */
  readonly resource: string;
  /** Why that is right; without it the suppression is a violation itself. */
  readonly reason?: string;
  /** Last day that it holds, as in `2027-06-30`; without it, or past it, it is a violation itself. */
  readonly expires?: string;
}

/** What a rule found. */
export interface Findings {
  readonly violations: readonly { readonly message: string; readonly urn?: string }[];
  /** What cannot be decided yet, one line each. The same rule decides at the update. */
  readonly notChecked: readonly string[];
  /** What the rule cannot be applied to, because the stack does not show it; no update changes that. */
  readonly notSeen: readonly string[];
}

/** What a rule's configuration holds beside its level. */
export type Configuration = Parameters & { readonly suppress?: readonly Suppression[] };

/** Looks at one resource with a rule that has its type. A rule that throws is a violation, never a pass. */
export function evaluateResource(
  rule: ResourceRule,
  resource: Checked,
  configuration: Configuration,
  today: string,
): Findings {
  const findings = new Collected(rule, configuration, today);
  if (rule.types.includes(resource.type)) {
    findings.gather(resource, (report) =>
      rule.check(resource, report, parametersOf(rule, configuration)),
    );
  }
  return findings.result();
}

/**
 * Looks at a stack. A rule that throws is a violation, never a pass.
 *
 * @param stack what is the same for every rule of one run, so that the stack is indexed once; default: the list
 */
export function evaluateStack(
  rule: StackRule,
  resources: readonly PolicyResource[],
  configuration: Configuration,
  today: string,
  stack?: object,
): Findings {
  const graph = graphOf(resources, stack);
  const findings = new Collected(rule, configuration, today);
  let subjects: readonly PolicyResource[] = [];
  findings.gather(undefined, () => {
    subjects = rule.subjects(graph);
  });
  for (const subject of subjects) {
    findings.gather(subject, (report) =>
      rule.checkInStack(subject, graph, report, parametersOf(rule, configuration)),
    );
  }
  return findings.result();
}

/** Looks at resources with any rule, as the engine does. */
export function evaluate(
  rule: Rule,
  resources: readonly PolicyResource[],
  configuration: Configuration = {},
  today: string = new Date().toISOString().slice(0, 10),
): Findings {
  if ("checkInStack" in rule) {
    return evaluateStack(rule, resources, configuration, today);
  }
  const each = resources.map((resource) => evaluateResource(rule, resource, configuration, today));
  return {
    violations: each.flatMap(({ violations }) => violations),
    notChecked: each.flatMap(({ notChecked }) => notChecked),
    notSeen: each.flatMap(({ notSeen }) => notSeen),
  };
}

function parametersOf({ parameters = {} }: About, configuration: Configuration): Parameters {
  const defaults = Object.fromEntries(
    Object.entries(parameters).map(([name, schema]) => [
      name,
      (schema as { default?: unknown }).default,
    ]),
  );
  return { ...defaults, ...configuration };
}

interface Named {
  readonly name: string;
  readonly urn: string;
}

/** Findings in the making. */
class Collected {
  private readonly violations: { message: string; urn?: string }[] = [];
  private readonly notChecked: string[] = [];
  private readonly notSeen = new Set<string>();

  public constructor(
    private readonly rule: About,
    private readonly configuration: Configuration,
    private readonly today: string,
  ) {}

  /** Runs a part of a rule about one resource, or about none in particular. */
  public gather(
    subject: Named | undefined,
    work: (report: (message: string, resource?: Named) => void) => void,
  ): void {
    try {
      work((message, resource = subject) => this.report(message, resource));
    } catch (error) {
      const where = subject === undefined ? "" : ` of ${subject.name}`;
      if (error instanceof Unseen) {
        if (this.suppression(subject) === undefined) {
          this.notSeen.add(
            `not applicable${subject === undefined ? "" : ` to ${subject.name}`}: ${error.message}`,
          );
        }
      } else if (error instanceof UnknownValueError) {
        this.notChecked.push(`not checked yet${where}: ${error.message}`);
      } else {
        this.violations.push({
          message: `The rule failed${where}, so nothing is known: ${String(error)}`,
          urn: subject?.urn,
        });
      }
    }
  }

  public result(): Findings {
    return {
      violations: this.violations,
      notChecked: this.notChecked,
      notSeen: [...this.notSeen],
    };
  }

  /** A suppression for a resource: one that counts before one that has expired or lacks something. */
  private suppression(resource: Named | undefined): Suppression | undefined {
    const fitting = (this.configuration.suppress ?? []).filter(
      ({ resource: pattern }) =>
        resource !== undefined && (fits(pattern, resource.name) || fits(pattern, resource.urn)),
    );
    return fitting.find((one) => flawOf(one, this.today) === undefined) ?? fitting.at(0);
  }

  private report(message: string, resource: Named | undefined): void {
    const suppression = this.suppression(resource);
    const flaw = suppression === undefined ? undefined : flawOf(suppression, this.today);
    if (suppression === undefined) {
      this.violations.push({ message, urn: resource?.urn });
    } else if (flaw !== undefined) {
      this.violations.push({
        message: `${message} The suppression of ${this.rule.name} for ${suppression.resource} does not count: ${flaw}`,
        urn: resource?.urn,
      });
    }
  }
}

/** What is wrong with a suppression; undefined where nothing is. */
function flawOf({ reason = "", expires = "" }: Suppression, today: string): string | undefined {
  if (reason.trim() === "") {
    return "it has no reason.";
  }
  if (!/^\d{4}-\d{2}-\d{2}$/.test(expires)) {
    return `expires is "${expires}"; a date such as 2027-06-30 is needed.`;
  }
  return expires < today ? `it expired on ${expires}.` : undefined;
}

function fits(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}

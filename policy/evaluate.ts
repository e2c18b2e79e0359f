import { PolicyResource } from "@pulumi/policy";

import { graphOf } from "./graph";
import { About, Changes, Checked, Parameters, ResourceRule, Rule, StackRule } from "./rule";
import { Suppressible, Suppression, flaw, shownSuppression, suppressionOf } from "./suppressions";
import { Undecided, Unseen, UnknownValueError } from "./unknown";

/** What a rule found. */
export interface Findings {
  readonly violations: readonly { readonly message: string; readonly urn?: string }[];
  /** What cannot be decided yet, one line each. The same rule decides at the update. */
  readonly notChecked: readonly string[];
  /** What the rule cannot be applied to, because the stack does not show it; no update changes that. */
  readonly notSeen: readonly string[];
  /** What a suppression of the configuration keeps from being any of these. */
  readonly suppressed: readonly Suppressed[];
}

/** A finding that a suppression took away. */
export interface Suppressed {
  readonly message: string;
  readonly urn?: string;
  readonly by: Suppression;
}

/** What a rule's configuration holds beside its level. */
export type Configuration = Parameters & {
  readonly suppress?: readonly Suppression[];
  /** What is to be done in this program, said behind the rule's own remedy. */
  readonly remedy?: string;
};

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

/** Looks at a stack, which is indexed once for all rules that get the same list. A rule that throws is a violation. */
export function evaluateStack(
  rule: StackRule,
  resources: readonly PolicyResource[],
  configuration: Configuration,
  today: string,
): Findings {
  const graph = graphOf(resources);
  const findings = new Collected(rule, configuration, today, () => graph.isDecided());
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

/**
 * What a rule makes of a resource at the level `remediate`; undefined where it leaves it as it is, or a suppression
 * lets it off.
 *
 * @throws UnknownValueError where that is not known yet
 */
export function repair(
  rule: About,
  resource: Checked,
  configuration: Configuration,
  today: string,
): Changes | undefined {
  const by = suppressionOf(configuration.suppress ?? [], resource, today);
  return by !== undefined && flaw(by, today) === undefined
    ? undefined
    : rule.repair?.(resource, parametersOf(rule, configuration));
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
    notSeen: [...new Set(each.flatMap(({ notSeen }) => notSeen))],
    suppressed: each.flatMap(({ suppressed }) => suppressed),
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

/** Findings in the making. */
class Collected {
  private readonly violations: { message: string; urn?: string }[] = [];
  private readonly notChecked: string[] = [];
  private readonly notSeen = new Set<string>();
  private readonly suppressed: Suppressed[] = [];

  /** @param isDecided whether the stack has no value any more that is not known yet. Default: it has */
  public constructor(
    private readonly rule: About,
    private readonly configuration: Configuration,
    private readonly today: string,
    private readonly isDecided: () => boolean = () => false,
  ) {}

  /** Runs a part of a rule about one resource, or about none in particular. */
  public gather(
    subject: Suppressible | undefined,
    work: (report: (message: string, resource?: Suppressible) => void) => void,
  ): void {
    try {
      work((message, resource = subject) => this.report(message, resource));
    } catch (error) {
      if (error instanceof Unseen || (error instanceof Undecided && this.isDecided())) {
        const to = subject === undefined ? "" : ` to ${subject.name}`;
        this.unlessSuppressed(subject, `not applicable${to}: ${error.message}`, (message) =>
          this.notSeen.add(message),
        );
      } else if (error instanceof UnknownValueError) {
        const of = subject === undefined ? "" : ` of ${subject.name}`;
        this.unlessSuppressed(subject, `not checked yet${of}: ${error.message}`, (message) =>
          this.notChecked.push(message),
        );
      } else {
        const of = subject === undefined ? "" : ` of ${subject.name}`;
        this.violations.push({
          message: `The rule failed${of}, so nothing is known: ${String(error)}`,
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
      suppressed: this.suppressed,
    };
  }

  private report(message: string, resource: Suppressible | undefined): void {
    this.unlessSuppressed(resource, message, (said) =>
      this.violations.push({ message: said, urn: resource?.urn }),
    );
  }

  /** Says something, unless a suppression that counts is for the resource; one that does not count is told. */
  private unlessSuppressed(
    resource: Suppressible | undefined,
    message: string,
    say: (message: string) => void,
  ): void {
    const { suppress = [] } = this.configuration;
    const by = suppressionOf(suppress, resource, this.today);
    const fault = by === undefined ? undefined : flaw(by, this.today);
    if (by === undefined) {
      say(message);
    } else if (fault === undefined) {
      this.suppressed.push({ message, urn: resource?.urn, by });
    } else {
      say(
        `${message} The suppression of ${this.rule.name} for ${shownSuppression(by)} does not count: ${fault}`,
      );
    }
  }
}

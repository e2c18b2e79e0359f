import type { EngineEvent } from "@pulumi/pulumi/automation";

import { SUPPRESSED } from "../../policy/said";

/** A violation of a policy, as the report shows it. */
export interface Violation {
  readonly rule: string;
  readonly level: string;
  readonly resource: string;
  readonly message: string;
}

/** What the engine said of one operation. */
export interface Operation {
  /** Resources by what was done to them: `create`, `update`, `same`, `delete`, `replace`. */
  readonly changes: Readonly<Record<string, number>>;
  /** URNs of the resources that it made, changed or deleted. */
  readonly changed: readonly string[];
  readonly policies: {
    /** The pack's name and version; undefined where none ran. */
    readonly pack?: string;
    /** The names of the rules that the engine saw run, sorted. */
    readonly rules: readonly string[];
    readonly violations: readonly Violation[];
    /** Findings that the configuration of the pack suppresses, each with its reason. */
    readonly suppressed: readonly Violation[];
  };
  readonly seconds: number;
}

/** Events that the engine writes and the SDK's types do not list yet. */
interface PolicySummary {
  readonly passed?: readonly string[];
  readonly failed?: readonly string[];
}

/** Operations of the engine that leave a resource as it was. */
const UNCHANGED = ["same", "read", "refresh"] as const;

/** Gathers from the engine's events what the report and error messages need. */
export class Watcher {
  private changes: Record<string, number> = {};
  private readonly changed = new Set<string>();
  private pack: string | undefined;
  private readonly rules = new Set<string>();
  private readonly violations: Violation[] = [];
  private readonly suppressed: Violation[] = [];
  /** As a set: the engine reports some failures twice. */
  private readonly failures = new Set<string>();

  see(event: EngineEvent): void {
    const extra = event as unknown as {
      policyAnalyzeSummaryEvent?: PolicySummary;
      policyAnalyzeStackSummaryEvent?: PolicySummary;
    };
    for (const summary of [extra.policyAnalyzeSummaryEvent, extra.policyAnalyzeStackSummaryEvent]) {
      for (const rule of [...(summary?.passed ?? []), ...(summary?.failed ?? [])]) {
        this.rules.add(rule);
      }
    }
    if (event.policyEvent) {
      const { policyName, enforcementLevel, resourceUrn, message } = event.policyEvent;
      const said = plain(message);
      (said.startsWith(SUPPRESSED) ? this.suppressed : this.violations).push({
        rule: policyName,
        level: enforcementLevel,
        resource: resourceUrn ?? "",
        message: said,
      });
    }
    const done = event.resOutputsEvent?.metadata;
    if (done !== undefined && !(UNCHANGED as readonly string[]).includes(done.op)) {
      this.changed.add(done.urn);
    }
    if (event.diagnosticEvent?.severity === "error") {
      this.failures.add(plain(event.diagnosticEvent.message));
    }
    if (event.summaryEvent) {
      // The stack reads its own outputs in every run.
      const { read: _, ...changes } = event.summaryEvent.resourceChanges as Record<string, number>;
      this.changes = changes;
      // The engine writes a capital that the SDK's type does not have; a key is name|level|path.
      const { PolicyPacks: packs = {} } = event.summaryEvent as unknown as {
        PolicyPacks?: Record<string, string>;
      };
      for (const [pack, version] of Object.entries(packs)) {
        this.pack = `${pack.split("|")[0]} ${version}`;
      }
    }
  }

  errors(): string[] {
    return [
      ...this.violations
        .filter(({ level }) => level === "mandatory")
        .map(({ rule, resource, message }) => `${rule}: ${nameOf(resource)}: ${message}`),
      ...this.failures,
    ];
  }

  operation(seconds: number): Operation {
    return {
      changes: this.changes,
      changed: [...this.changed],
      policies: {
        pack: this.pack,
        rules: [...this.rules].sort(),
        violations: this.violations,
        suppressed: this.suppressed,
      },
      seconds,
    };
  }
}

/** A message without the engine's colour marks. */
function plain(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, "").trim();
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

import { REASON, SUPPRESSED } from "../said";

/** What became of a finding: it stops the update, is advice, is suppressed, or could not be decided. */
export type Outcome = "refused" | "advice" | "suppressed" | "undecided";

/** One finding of the pack in a preview or an update. */
export interface Finding {
  readonly rule: string;
  /** URN of the resource; undefined where it is about the stack. */
  readonly urn?: string;
  readonly message: string;
  readonly outcome: Outcome;
  /** Why it is suppressed. */
  readonly reason?: string;
}

/** What an event stream of the engine holds that a report is made of. */
export interface Run {
  readonly findings: readonly Finding[];
  /** What failed beside the policies, such as the program itself. */
  readonly errors: readonly string[];
  /** When the first event came, in seconds since 1970. */
  readonly started: number;
}

/** The members of an event that are looked at; the engine's own names. */
interface Event {
  readonly timestamp?: number;
  readonly policyEvent?: {
    readonly resourceUrn?: string;
    readonly message?: string;
    readonly policyName?: string;
    readonly policyPackName?: string;
    readonly enforcementLevel?: string;
  };
  readonly diagnosticEvent?: { readonly message?: string; readonly severity?: string };
}

/**
 * Reads what `--event-log` of the Pulumi CLI wrote, or what `--json` streams: one event a line.
 *
 * @param pack name of the pack whose findings count; those of others are left out
 * @throws SyntaxError where a line is no event
 */
export function readEvents(text: string, pack: string): Run {
  const events = text
    .split("\n")
    .map((line, index) => [line.trim(), index + 1] as const)
    .filter(([line]) => line !== "")
    .map(([line, number]) => parsed(line, number));
  const findings = events.flatMap(({ policyEvent }) =>
    policyEvent?.policyPackName === pack ? [findingOf(policyEvent)] : [],
  );
  const errors = events
    .filter(({ diagnosticEvent }) => diagnosticEvent?.severity === "error")
    .map(({ diagnosticEvent }) => plain(diagnosticEvent?.message ?? ""));
  return { findings: unique(findings), errors, started: events.at(0)?.timestamp ?? 0 };
}

function parsed(line: string, number: number): Event {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event === "object" && event !== null && !Array.isArray(event)) {
      return event;
    }
  } catch {
    // Said below.
  }
  throw new SyntaxError(
    `line ${number} is no event of the Pulumi engine; write them with --event-log, one a line.`,
  );
}

function findingOf(event: NonNullable<Event["policyEvent"]>): Finding {
  const { policyName = "", resourceUrn, enforcementLevel } = event;
  const message = plain(event.message ?? "");
  const common = {
    rule: policyName,
    message,
    ...(resourceUrn === undefined || resourceUrn === "" || isStack(resourceUrn)
      ? {}
      : { urn: resourceUrn }),
  };
  if (message.startsWith(SUPPRESSED)) {
    const [said, ...reason] = message.split(REASON);
    return {
      ...common,
      message: said.trim(),
      outcome: "suppressed",
      reason: reason.join(REASON).trim(),
    };
  }
  if (/(^can't run policy |\n?not checked yet|\nnot applicable)/.test(message)) {
    return { ...common, outcome: "undecided" };
  }
  return { ...common, outcome: enforcementLevel === "mandatory" ? "refused" : "advice" };
}

/** The engine says what is about no resource of the stack's own URN. */
function isStack(urn: string): boolean {
  return urn.split("::")[2] === "pulumi:pulumi:Stack";
}

/** A message without the engine's marks for colours. */
function plain(message: string): string {
  return message.replace(/<\{%.*?%\}>/g, "").trim();
}

/** An update previews first, and says all twice. */
function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [JSON.stringify(one), one])).values()];
}

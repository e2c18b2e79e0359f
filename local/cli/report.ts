import Table from "cli-table3";

import type { Operation } from "../engine/operation";
import { Home, writeAtomically } from "../home";
import { AccessSummary, renderSummary } from "./access";
import { RunReport } from "./airflow";
import { Result } from "./results";

/** What `npm run demo` leaves in `.local/report.json`. */
export interface Report {
  readonly stack: {
    readonly name: string;
    /** How many resources of each type there are. */
    readonly resources: Readonly<Record<string, number>>;
    /** Seconds that preview and update took; 0 where nothing had changed. */
    readonly seconds: number;
    /** Only then: when the last update had ended, date and time in ISO 8601. */
    readonly unchangedSince?: string;
  };
  readonly policies: {
    readonly pack: string;
    /** How many rules the engine ran. */
    readonly rules: number;
    readonly violations: Operation["policies"]["violations"];
    readonly suppressed: Operation["policies"]["suppressed"];
  };
  readonly dags: Readonly<Record<string, RunReport>>;
  readonly results: Readonly<Record<string, Result>>;
  /** Files for a person, by what they are. */
  readonly files: Readonly<Record<string, string>>;
  /** What the roles' grants come to in all runs so far, and the calls of this one that were refused. */
  readonly access: AccessSummary & { readonly denied: readonly string[] };
}

/** Where the report of a home lies. */
export function reportFile(home: Home): string {
  return home.file("report.json");
}

export function writeReport(home: Home, report: Report): void {
  writeAtomically(reportFile(home), `${JSON.stringify(report, undefined, 2)}\n`);
}

/** The report for a person. */
export function renderReport(
  report: Report,
  facts: Readonly<Record<string, string>>,
  failures: readonly string[],
): string {
  const { stack, policies, dags, results } = report;
  const parts: string[] = [];
  const resources = Object.values(stack.resources).reduce((sum, n) => sum + n, 0);
  parts.push(
    heading(
      `Stack ${stack.name}: ${resources} resources ` +
        (stack.unchangedSince === undefined
          ? `in ${stack.seconds.toFixed(1)} s`
          : `as the update of ${stack.unchangedSince} left them`),
    ),
    columns(
      Object.entries(stack.resources)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([type, count]) => `${String(count).padStart(3)}  ${type}`),
    ),
    heading(
      `Policies: ${policies.pack}, ${policies.rules} rules, ${policies.violations.length} violations, ` +
        `${policies.suppressed.length} suppressed`,
    ),
    ...[...policies.violations, ...policies.suppressed].map(
      (v) => `  ${v.level}: ${v.rule}: ${v.resource}: ${v.message}`,
    ),
  );
  for (const [dagId, run] of Object.entries(dags)) {
    const table = newTable(["task", "state", "seconds"]);
    for (const [taskId, task] of Object.entries(run.tasks)) {
      table.push([taskId, task.state, { content: task.seconds.toFixed(1), hAlign: "right" }]);
    }
    parts.push(
      heading(`DAG ${dagId}: ${run.state} in ${run.seconds.toFixed(1)} s (${run.run_id})`),
      table.toString(),
    );
  }
  parts.push(heading(`Access: ${renderSummary(report.access)}`));
  parts.push(...failures.map((failure) => `\n✘ ${failure}`));
  for (const [name, result] of Object.entries(results)) {
    parts.push(heading(`Result ${name}: ${result.rows} rows in ${result.location}`));
    if (result.sample.length > 0) {
      const table = newTable(Object.keys(result.sample[0]));
      for (const row of result.sample) {
        table.push(Object.values(row).map(String));
      }
      parts.push(table.toString());
    }
  }
  const where = newTable(["what", "where"]);
  for (const [what, place] of Object.entries(facts)) {
    where.push([what, place]);
  }
  parts.push(heading("Where everything is"), where.toString());
  return `${parts.join("\n")}\n`;
}

function heading(text: string): string {
  return `\n${text}`;
}

/** Two columns of lines, read downwards. */
function columns(lines: readonly string[]): string {
  const half = Math.ceil(lines.length / 2);
  return lines
    .slice(0, half)
    .map((line, i) => `  ${line.padEnd(58)}${lines[half + i] ?? ""}`.trimEnd())
    .join("\n");
}

function newTable(head: readonly string[]): Table.Table {
  return new Table({ head: [...head], style: { head: [], border: [], compact: true } });
}

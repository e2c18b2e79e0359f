import { LONGEST_BODY, codeBlock, inline } from "./markdown";
import { Outcome, Result, mandatoryViolations, sectionOf } from "./result";

/** What a comment on a pull request says. */
export interface Report {
  /** The commit that was previewed. */
  readonly commit: string;
  /** Address of the run, which has the whole output. */
  readonly run: string;
  /** Whether `npm test` passed; nothing is previewed otherwise. */
  readonly tested: boolean;
  /** Whether the DAG files of every stack passed `npm run local -- check`. */
  readonly dagsPassed: boolean;
  /** Whether the pull request comes from another repository, which gets no credentials. */
  readonly fork: boolean;
  /** What each stack's preview came to; undefined where its job ended before it came to anything. */
  readonly stacks: Readonly<Record<string, Result | undefined>>;
}

/** Begins the comment, so that the next run finds it. */
export const PREVIEW_MARK = "<!-- mwaa-analytics: preview of the stacks -->";

const SHOWN: Readonly<Record<Outcome, string>> = {
  passed: "✅",
  refused: "⛔ refused by the policy pack",
  drifted: "❌ failed",
  failed: "❌ failed",
};

/** Kept free for what GitHub may count differently, and for the mark. */
const MARGIN = 1_000;

/** How much of a stack's room its violations may take; they are in the output as well. */
const SHARE_OF_VIOLATIONS = 0.3;

/** The comment's text, never longer than GitHub takes. */
export function previewComment(report: Report): string {
  const head = `### Preview of ${report.commit.slice(0, 12)}\n`;
  const foot = `\n[The run](${report.run}) has the whole output.\n`;
  if (report.fork) {
    return `${head}\n${tests(report)}${dags(report)}${FORK}${foot}`;
  }
  if (!report.tested) {
    return `${head}\n${tests(report)}${dags(report)}\n${foot}`;
  }
  const stacks = Object.entries(report.stacks);
  const table = [
    "| stack | result | changes |",
    "|---|---|---|",
    ...stacks.map(([stack, result]) => row(stack, result)),
    "",
  ].join("\n");
  // Each stack has an equal part of what is left.
  const room = Math.floor(
    (LONGEST_BODY - MARGIN - head.length - table.length - foot.length) / stacks.length,
  );
  const details = stacks.flatMap(([stack, result]) =>
    result === undefined ? [] : [detail(stack, result, room)],
  );
  return [head, ...(report.dagsPassed ? [] : [dags(report)]), table, ...details].join("\n") + foot;
}

/** Whether the pull request may be merged as far as this run can tell. */
export function passed({ tested, dagsPassed, fork, stacks }: Report): boolean {
  const checked = tested && dagsPassed;
  return checked && (fork || Object.values(stacks).every((result) => result?.outcome === "passed"));
}

const FORK =
  "\n**Nothing was previewed**: this pull request comes from a fork, and forks get no credentials of AWS. " +
  "Somebody who may push to this repository can read it, push it to a branch here, and open it from there.\n";

function tests({ tested }: Report): string {
  return tested
    ? "✅ `npm test` passed.\n"
    : "❌ `npm test` did not pass, so no stack was previewed.\n";
}

function dags({ dagsPassed }: Report): string {
  return dagsPassed ? "" : "❌ The check of the DAG files did not pass: see the run's jobs.\n";
}

function row(stack: string, result: Result | undefined): string {
  if (result === undefined) {
    return `| ${inline(stack)} | ❌ no result: its job ended before the preview did | |`;
  }
  const changes = sectionOf(result.output, "Resources") ?? "";
  return `| ${inline(stack)} | ${SHOWN[result.outcome]} | ${inline(changes)} |`;
}

/** The violations in the open, for they have to be mended; below, folded, what the CLI printed. */
function detail(stack: string, { output }: Result, room: number): string {
  const violations = mandatoryViolations(output);
  const open =
    violations.length === 0
      ? ""
      : `Violated mandatory policies, ${violations.length} in all:\n\n` +
        `${codeBlock(violations.join("\n"), Math.floor(room * SHARE_OF_VIOLATIONS))}\n\n`;
  const begin = `#### ${inline(stack)}\n\n${open}<details><summary>What the preview printed</summary>\n\n`;
  const end = "\n\n</details>\n";
  return `${begin}${codeBlock(output, room - begin.length - end.length)}${end}`;
}

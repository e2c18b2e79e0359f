import { writeFileSync } from "node:fs";

import {
  type DagFinding,
  NOTHING_KNOWN,
  checkDags,
  shownFindings,
} from "../../../deploy/dags/checkDags";
import { contentsOf, filesOf } from "../../../deploy/dags/stackFiles";
import { type ProgramStack, readStack, stackFile } from "../../../deploy/oidc/stackSettings";
import { ROOT } from "../../../deploy/project";
import { SettingsError } from "../../../settings";
import { toolHome } from "../../home";
import { airflowEnvironment } from "../../setup/airflowVersions";
import { otherPython } from "../../setup/python";
import { UserError, step } from "../../setup/steps";
import { junitOf } from "../junit";
import { plannedEnvironment } from "../plannedEnvironment";
import type { GlobalOptions } from "../session";

/** An account that nobody has: no name that is checked here goes by it. */
const NOWHERE = { accountId: "000000000000", partition: "aws", dnsSuffix: "amazonaws.com" };

/**
 * Checks the DAG files of a stack without a server and without AWS: each is imported under the environment's version,
 * constraints and plugins, and what it names is compared with what the stack would have.
 *
 * @param junit file that gets the findings as a report of JUnit's
 * @throws UserError where it cannot be told
 */
export async function check(
  { stack }: GlobalOptions,
  { junit }: { readonly junit?: string },
): Promise<void> {
  const program = stackOf(stack);
  const { airflowVersion } = program.settings.environment;
  const environment = airflowEnvironment(airflowVersion);
  const files = contentsOf(filesOf(program, ROOT));
  const findings = await step(
    `DAG files of stack ${stack}`,
    async () => {
      const planned = await plannedEnvironment(program, stackFile(stack));
      if (typeof planned === "string") {
        process.stdout.write(
          `Variables and connections are not compared: what the stack has is not known without AWS (${planned}).\n`,
        );
      }
      return checkDags(
        files,
        airflowVersion,
        typeof planned === "string" ? NOTHING_KNOWN : planned,
      );
    },
    undefined,
    (found) => statusOf(found) === 0,
  );
  const dags = files.dags.map(({ path }) => path).filter((path) => path.endsWith(".py"));
  process.stdout.write(shownFindings(findings) + summary(dags.length, findings));
  const other = otherPython(toolHome, environment);
  process.stdout.write(other === undefined ? "" : `⚠ ${other}\n`);
  if (junit !== undefined) {
    writeFileSync(junit, junitOf(dags, findings));
  }
  process.exitCode = statusOf(findings);
}

/** The status of a command that found this. */
export function statusOf(findings: readonly DagFinding[]): number {
  return findings.some(isError) ? 1 : 0;
}

/**
 * A stack with its settings, wherever it is.
 *
 * @throws UserError where a setting is wrong
 */
export function stackOf(stack: string): ProgramStack {
  try {
    return readStack(stack, NOWHERE);
  } catch (error) {
    throw error instanceof SettingsError ? new UserError(error.message) : error;
  }
}

function isError({ level }: DagFinding): boolean {
  return level === "error";
}

/** A line that says how many files were checked, and what was found. */
export function summary(files: number, findings: readonly DagFinding[]): string {
  const errors = findings.filter(isError).length;
  return `${files} files: ${errors} errors, ${findings.length - errors} warnings\n`;
}

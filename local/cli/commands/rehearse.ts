import { writeFileSync } from "node:fs";

import { coerce, gte } from "semver";

import { shownFindings } from "../../../deploy/dags/checkDags";
import { toolHome } from "../../home";
import { airflowEnvironment } from "../../setup/airflowVersions";
import { otherPython } from "../../setup/python";
import { Interrupted, UserError, interruptible } from "../../setup/steps";
import { junitOf } from "../junit";
import { rehearsal } from "../rehearsal";
import type { GlobalOptions } from "../session";
import { homeOf } from "../stackHome";
import { stackOf, statusOf, summary } from "./check";

/** What a rehearsal is given beside the version. */
interface RehearseOptions {
  /** Version that DAG files and requirements are of. Default: the stack's. */
  readonly from?: string;
  /** Ids of DAGs that are run once, in an environment of their own. */
  readonly run?: readonly string[];
  /** File that gets the findings as a report of JUnit's. */
  readonly junit?: string;
}

/**
 * Rehearses an upgrade of a stack to another version of Airflow, and tells what would break. Nothing is changed.
 *
 * @throws UserError where the version is none of the laptop's, or not newer, or something cannot be told
 */
export async function rehearse(
  options: GlobalOptions,
  to: string,
  { from: named, run, junit }: RehearseOptions,
): Promise<void> {
  const environment = airflowEnvironment(to);
  const program = stackOf(options.stack);
  const from = named ?? program.settings.environment.airflowVersion;
  const origin = coerce(from);
  if (origin === null || gte(origin, to)) {
    throw new UserError(
      `${named === undefined ? "airflowVersion of the stack" : "--from"} is ${from}; allowed: a version older than ` +
        `${to}, which is rehearsed.`,
    );
  }
  const home = homeOf(options);
  const { files, findings } = await interruptible((signal) =>
    rehearsal({ program, home, from, to, run, signal }).catch((error: unknown) => {
      throw signal.aborted ? new Interrupted() : error;
    }),
  );
  process.stdout.write(shownFindings(findings) + summary(files.length, findings));
  const other = otherPython(toolHome, environment);
  process.stdout.write(other === undefined ? "" : `⚠ ${other}\n`);
  if (junit !== undefined) {
    writeFileSync(junit, junitOf(files, findings, `upgrade from ${from} to ${to}`));
  }
  process.exitCode = statusOf(findings);
}

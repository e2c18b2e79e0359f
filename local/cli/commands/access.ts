import { UserError, showProgressOn } from "../../setup/steps";
import { accessOf, summaryOf } from "../access";
import { grantsOf, judged, renderAccess } from "../accessReport";
import { GlobalOptions, NotUp, Session } from "../session";
import { Unexercised } from "../unexercised";

/** What is shown, and how. */
export interface AccessOptions {
  /** Only roles with this in their name. Default: all. */
  readonly role?: string;
  /** A row for each action on each resource, and what used it. Default: a row for each statement. */
  readonly wide?: boolean;
  /** The grants with their verdicts as JSON, and nothing else on standard output. */
  readonly json?: boolean;
}

/**
 * Shows what each role may do, and which calls of all runs so far needed it. Ends with 1 where a grant of these roles
 * is unused and nothing says why.
 */
export async function access(options: GlobalOptions, shown: AccessOptions): Promise<void> {
  const { role = "", json = false } = shown;
  if (json) {
    showProgressOn(process.stderr);
  }
  await Session.run(options, { keep: false, airflow: false }, async (session) => {
    const all = await accessOf(session.home, await session.cloud());
    if (all.grants.length === 0) {
      throw new NotUp();
    }
    const found = grantsOf(all, role);
    if (found.grants.length === 0) {
      const roles = [...new Set(all.grants.map((grant) => grant.role))];
      throw new UserError(`no role has "${role}" in its name. Roles: ${roles.join(", ")}`);
    }
    const unexercised = Unexercised.of(session.program);
    process.stdout.write(
      json
        ? `${JSON.stringify(judged(found, unexercised), undefined, 2)}\n`
        : renderAccess(all, unexercised, shown),
    );
    if (summaryOf(found, unexercised).unused.length > 0) {
      process.exitCode = 1;
    }
  });
}

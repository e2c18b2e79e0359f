import { accessOf, renderAccess, summaryOf } from "../access";
import { localStack } from "../results";
import { GlobalOptions, NotUp, Session } from "../session";
import { Unexercised } from "../unexercised";

/** Shows what each role may do, and which calls of all runs so far needed it. */
export async function access(options: GlobalOptions): Promise<void> {
  await Session.run(options, { keep: false, airflow: false }, async (session) => {
    const found = await accessOf(session.home, await session.cloud());
    if (found.grants.length === 0) {
      throw new NotUp();
    }
    const unexercised = Unexercised.of(localStack());
    process.stdout.write(renderAccess(found, unexercised));
    if (summaryOf(found, unexercised).unused.length > 0) {
      process.exitCode = 1;
    }
  });
}

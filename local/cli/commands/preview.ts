import { checkSettings } from "../localStack";
import { GlobalOptions, Session } from "../session";

/** Shows what `up` would do, and changes nothing. */
export async function preview(options: GlobalOptions): Promise<void> {
  checkSettings();
  await Session.run(options, { keep: false, airflow: false }, async (session) => {
    await (await session.stack()).preview();
  });
}

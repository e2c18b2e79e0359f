import { checkSettings } from "../localStack";
import { GlobalOptions, Session } from "../session";
import { homeOf } from "../stackHome";

/** Shows what `up` would do, and changes nothing. */
export async function preview(options: GlobalOptions): Promise<void> {
  checkSettings({ home: homeOf(options), stack: options.stack });
  await Session.run(options, { keep: false, airflow: false }, async (session) => {
    await (await session.stack()).preview();
  });
}

import { GlobalOptions, Session } from "../session";

/** Reads every resource, and takes what is really there into the stack's state. */
export async function refresh(options: GlobalOptions): Promise<void> {
  await Session.run(options, { keep: false, airflow: false }, async (session) => {
    await (await session.stack()).refresh();
  });
}

import { GlobalOptions, Session } from "../session";
import { Sync } from "../sync";

/** Puts changed files into the running stack, once or after each change. */
export async function sync(options: GlobalOptions, { watch }: { watch?: boolean }): Promise<void> {
  await Session.run(options, { keep: true, airflow: true }, async (session) => {
    const changes = await Sync.of(session);
    const whole = await changes.once();
    if (watch) {
      await changes.watch();
    } else if (!whole) {
      process.exitCode = 1;
    }
  });
}

import { airflowStatus } from "../airflowServer";
import { GlobalOptions, Session } from "../session";

/** Starts Airflow's web interface and prints its address and log-in. */
export async function ui(options: GlobalOptions): Promise<void> {
  await Session.run(options, { keep: true, airflow: true }, async (session) => {
    await session.outputs();
    const { url } = await session.airflow();
    const { username, password } = airflowStatus(session.home) ?? {};
    process.stdout.write(
      `\naddress:  ${url}\nuser:     ${username}\npassword: ${password}\n` +
        "Stop it with: npm run local -- down\n",
    );
  });
}

import { readMovieLens } from "../movielens";
import { hasSource, publishSource } from "../movielensSource";
import { checkSettings } from "../localStack";
import { GlobalOptions, Session } from "../session";
import { brokenDags } from "../airflowErrors";
import { update } from "../work";
import { homeOf } from "../stackHome";

/** Brings the stack up under the policy pack, and leaves it running. */
export async function up(options: GlobalOptions, named: { movielens?: string }): Promise<void> {
  checkSettings({ home: homeOf(options), stack: options.stack });
  await Session.run(options, { keep: true, airflow: true }, async (session) => {
    const endpoint = await session.cloud();
    // What an earlier command put there stays, unless another is named.
    if (named.movielens !== undefined || !(await hasSource(endpoint))) {
      await publishSource(endpoint, (await readMovieLens(session.home, named.movielens)).zip);
    }
    await session.startAirflow();
    await update(await session.stack());
    const airflow = await session.airflow();
    process.stdout.write(
      `\nAirflow: ${airflow.url} (log-in: npm run local -- ui). Stop all with: npm run local -- down\n`,
    );
    process.stdout.write(brokenDags(await airflow.importErrors()));
  });
}

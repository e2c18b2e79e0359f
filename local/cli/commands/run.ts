import { accessOf, deniedCalls } from "../access";
import { dagsOfStack, resultsOf } from "../results";
import { GlobalOptions, Session } from "../session";
import { Sync } from "../sync";
import { runDag } from "../work";

/** What a run is given besides its DAG. */
interface RunOptions {
  /** The run's configuration. */
  readonly conf: Record<string, unknown>;
  /** Changed files go into the stack first. */
  readonly sync?: boolean;
}

/** Runs one DAG, waits for its end, shows its tasks and results. */
export async function run(
  options: GlobalOptions,
  dagId: string,
  { conf, sync }: RunOptions,
): Promise<void> {
  await Session.run(options, { keep: true, airflow: true }, async (session) => {
    if (sync) {
      await (await Sync.of(session)).once();
    }
    const endpoint = await session.cloud();
    const outputs = await session.outputs();
    const airflow = await session.airflow();
    const { last } = await accessOf(session.home, endpoint);
    const report = await runDag(airflow, dagId, conf);
    const { denials } = await accessOf(session.home, endpoint, last, dagId);
    const own = denials.filter(({ ofOtherDag }) => !ofOtherDag);
    const others = denials.filter(({ ofOtherDag }) => ofOtherDag);
    for (const line of deniedCalls(own)) {
      process.stdout.write(`✘ ${line}\n`);
    }
    for (const line of deniedCalls(others)) {
      process.stdout.write(`  ${line}\n`);
    }
    if (own.length > 0 || report.state !== "success") {
      process.exitCode = 1;
    }
    if (report.state !== "success") {
      return;
    }
    const dag = dagsOfStack(session.program).find(({ id }) => id === dagId) ?? { id: dagId };
    const left = await resultsOf(dag, {
      outputs,
      endpoint,
      home: session.home,
      xcom: (taskId, key) => airflow.xcom(dagId, report.run_id, taskId, key),
    });
    for (const [name, result] of Object.entries(left.results)) {
      process.stdout.write(`\n${name}: ${result.rows} rows in ${result.location}\n`);
      process.stdout.write(`${JSON.stringify(result.sample, undefined, 2)}\n`);
    }
    for (const [what, file] of Object.entries(left.files)) {
      process.stdout.write(`\n${what}: ${file}\n`);
    }
  });
}

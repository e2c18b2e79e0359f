import type { StackOutputs } from "../../../components/stackEnvironment";
import { Endpoint } from "../../engine/endpoint";
import { toolHome } from "../../home";
import { quickenSpark } from "../../setup";
import { elapsed } from "../../setup/steps";
import { accessOf, deniedCalls, summaryOf } from "../access";
import { Airflow, RunReport } from "../airflow";
import { checkSettings } from "../localStack";
import { readMovieLens } from "../movielens";
import { publishSource } from "../movielensSource";
import { Report, renderReport, reportFile, writeReport } from "../report";
import { Result, dagsOfStack, resultsOf } from "../results";
import { GlobalOptions, Session } from "../session";
import { Unexercised } from "../unexercised";
import { runDag, updateWhereChanged } from "../work";
import { homeOf } from "../stackHome";

/** What the runs of all pipelines left behind. */
interface Runs {
  readonly dags: Record<string, RunReport>;
  readonly results: Record<string, Result>;
  readonly files: Record<string, string>;
  /** One sentence for each DAG that did not succeed. */
  readonly failures: readonly string[];
}

/** Runs every pipeline's DAGs, the pipelines side by side: each waits for services most of the time. */
async function runPipelines(
  session: Session,
  airflow: Airflow,
  outputs: StackOutputs,
  endpoint: Endpoint,
): Promise<Runs> {
  const dags: Record<string, RunReport> = {};
  const results: Record<string, Result> = {};
  const files: Record<string, string> = {};
  const failures: string[] = [];
  const runTo = async (dagId: string): Promise<boolean> => {
    dags[dagId] = await runDag(airflow, dagId, {});
    const { state } = dags[dagId];
    if (state !== "success") {
      failures.push(`DAG ${dagId} ended in state ${state}`);
    }
    return state === "success";
  };
  const all = dagsOfStack(session.program);
  const inputs = all.map(({ after }) => after);
  // A DAG that makes the input of another runs before it.
  const shown = all.filter(({ id }) => !inputs.includes(id));
  const runs = await Promise.allSettled(
    shown.map(
      async ({ id, after }) => (after === undefined || (await runTo(after))) && (await runTo(id)),
    ),
  );
  for (const [i, dag] of shown.entries()) {
    const run = runs[i];
    if (run.status === "rejected") {
      throw run.reason;
    }
    if (run.value) {
      const left = await resultsOf(dag, {
        outputs,
        endpoint,
        home: session.home,
        xcom: (taskId, key) => airflow.xcom(dag.id, dags[dag.id].run_id, taskId, key),
      });
      Object.assign(results, left.results);
      Object.assign(files, left.files);
    }
  }
  return { dags, results, files, failures };
}

/**
 * Brings the stack up where it is not as the program says, runs every pipeline, shows the results and writes the
 * report.
 */
export async function demo(
  options: GlobalOptions,
  { movielens, keep }: { movielens?: string; keep?: boolean },
): Promise<void> {
  const started = Date.now();
  checkSettings({ home: homeOf(options), stack: options.stack });
  await Session.run(options, { keep: keep ?? false, airflow: true }, async (session) => {
    const { zip, origin } = await readMovieLens(session.home, movielens);
    const endpoint = await session.cloud();
    const { last } = await accessOf(session.home, endpoint);
    // Beside the update: Airflow's own start takes longer than it.
    await session.startAirflow();
    await publishSource(endpoint, zip);
    const stack = await session.stack();
    const { policies, seconds, unchangedSince } = await updateWhereChanged(stack);
    const [airflow, outputs] = await Promise.all([session.airflow(), stack.outputs()]);
    const runs = await runPipelines(session, airflow, outputs, endpoint);
    const access = await accessOf(session.home, endpoint, last);
    const denied = deniedCalls(access.denials);
    const report: Report = {
      stack: { name: options.stack, resources: stack.resources(), seconds, unchangedSince },
      policies: {
        pack: policies.pack ?? "none",
        rules: policies.rules.length,
        violations: policies.violations,
        suppressed: policies.suppressed,
      },
      dags: runs.dags,
      results: runs.results,
      files: runs.files,
      access: { ...summaryOf(access, Unexercised.of(session.program)), denied },
    };
    writeReport(session.home, report);
    // A call that is refused is a failure, even where the service that made it goes on.
    const failures = [...runs.failures, ...denied];
    process.stdout.write(
      renderReport(report, places(session, origin, outputs, runs.files), failures),
    );
    process.stdout.write(`\nDone in ${elapsed(started)}.\n`);
    if (failures.length > 0) {
      process.exitCode = 1;
      return;
    }
    await quickenSpark(toolHome, session.signal);
  });
}

/** Where everything is, for the end of the report. */
function places(
  session: Session,
  origin: string,
  outputs: StackOutputs,
  files: Runs["files"],
): Record<string, string> {
  const bucket = (name: string | undefined) => (name === undefined ? "none" : `s3://${name}`);
  return {
    "MovieLens data": origin,
    "DAGs, requirements": bucket(outputs.airflowBucketName),
    "files, results": bucket(outputs.dataBucketName),
    ...files,
    "this report as JSON": reportFile(session.home),
    "logs of every step and server": session.home.dir("logs"),
    "Airflow's web interface": "npm run local -- ui",
    "remove the stack": "npm run local -- destroy",
  };
}

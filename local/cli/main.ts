import { Command, InvalidArgumentError } from "commander";

import { Home } from "../home";
import { Interrupted, UserError, step } from "../setup/steps";
import { accessOf, deniedCalls, renderAccess, summaryOf } from "./access";
import { Airflow } from "./airflow";
import { AIRFLOW, airflowStatus, stopAirflow } from "./airflowServer";
import { CLOUD, hasSource, publishSource, stopCloud, withdrawSource } from "./cloud";
import { demo, readMovieLens } from "./demo";
import { lockHome, running } from "./processes";
import { dagsOfStack, resultsOf, localStack } from "./results";
import { Unexercised } from "./unexercised";
import { GlobalOptions, Session } from "./session";
import { Sync } from "./sync";
import { brokenDags, runDag, update } from "./work";

/** The status that a shell gives a command ended by Ctrl-C. */
const INTERRUPTED = 130;

const program = new Command("npm run local --")
  .description("Runs the stack on this machine: no AWS account, no Docker.")
  .option("--home <dir>", "the folder that all is kept in (default: .local of the checkout)")
  .option("--cloud-port <port>", "the port of the local cloud", parsePort, 4566)
  .option("--airflow-port <port>", "the port of Airflow's web interface", parsePort, 8080)
  .showHelpAfterError();

const globals = () => program.opts<GlobalOptions>();

program
  .command("demo")
  .description("bring the stack up, run every pipeline, show the results")
  .option(
    "--movielens <zip>",
    "the MovieLens zip, a path or an address (default: the published one)",
  )
  .option("--keep", "leave the local cloud and Airflow running at the end")
  .action((named: { movielens?: string; keep?: boolean }) => demo(globals(), named));

program
  .command("up")
  .description("bring the stack up under the policy pack, and leave it running")
  .option(
    "--movielens <zip>",
    "the MovieLens zip, a path or an address (default: the published one)",
  )
  .action(async ({ movielens }: { movielens?: string }) => {
    await Session.run(globals(), { keep: true, airflow: true }, async (session) => {
      const endpoint = await session.cloud();
      // What an earlier command put there stays, unless another is named.
      if (movielens !== undefined || !(await hasSource(endpoint))) {
        await publishSource(endpoint, (await readMovieLens(session, movielens)).zip);
      }
      await session.startAirflow();
      await update(await session.stack());
      const airflow = await session.airflow();
      process.stdout.write(
        `\nAirflow: ${airflow.url} (log-in: npm run local -- ui). Stop all with: npm run local -- down\n`,
      );
      process.stdout.write(brokenDags(await airflow.importErrors()));
    });
  });

program
  .command("sync")
  .description("put changed DAGs, plugins, jobs and notebooks into the running stack")
  .option("--watch", "do so after each change of a file, until Ctrl-C")
  .action(async ({ watch }: { watch?: boolean }) => {
    await Session.run(globals(), { keep: true, airflow: true }, async (session) => {
      const sync = await Sync.of(session);
      const whole = await sync.once();
      if (watch) {
        await sync.watch();
      } else if (!whole) {
        process.exitCode = 1;
      }
    });
  });

program
  .command("preview")
  .description("show what `up` would do and check it against the policy pack; change nothing")
  .action(async () => {
    await Session.run(globals(), { keep: false, airflow: false }, async (session) => {
      await (await session.stack()).preview();
    });
  });

program
  .command("refresh")
  .description("read every resource and take what is really there into the stack's state")
  .action(async () => {
    await Session.run(globals(), { keep: false, airflow: false }, async (session) => {
      await (await session.stack()).refresh();
    });
  });

program
  .command("destroy")
  .description("remove every resource of the stack, and stop what runs")
  .action(async () => {
    await Session.run(globals(), { keep: false, airflow: false }, async (session) => {
      const endpoint = await session.cloud();
      await stopAirflow(session.home);
      await (await session.stack()).destroy();
      await withdrawSource(endpoint);
      await stopCloud(session.home);
    });
  });

program
  .command("run")
  .description("run one DAG on the stack, wait for its end, show its tasks and results")
  .argument("<dag>", "the DAG's id, such as movie-list-dag")
  .option("--conf <json>", "the run's configuration, a JSON object", parseConf, {})
  .option("--sync", "put changed files into the running stack first")
  .action(
    async (dagId: string, { conf, sync }: { conf: Record<string, unknown>; sync?: boolean }) => {
      await Session.run(globals(), { keep: true, airflow: true }, async (session) => {
        if (sync) {
          await (await Sync.of(session)).once();
        }
        const endpoint = await session.cloud();
        const stack = await session.stack();
        const outputs = await stack.outputs();
        if (Object.keys(outputs).length === 0) {
          throw new UserError("the stack is not up. Bring it up first: npm run local -- up");
        }
        const airflow = await session.airflow();
        const { last } = await accessOf(session.home, endpoint);
        const run = await runDag(airflow, dagId, conf);
        const { denials } = await accessOf(session.home, endpoint, last);
        process.stdout.write(
          deniedCalls(denials)
            .map((line) => `✘ ${line}\n`)
            .join(""),
        );
        if (denials.length > 0) {
          process.exitCode = 1;
        }
        if (run.state !== "success") {
          process.exitCode = 1;
          return;
        }
        const left = await resultsOf(
          dagsOfStack().find(({ id }) => id === dagId) ?? { id: dagId },
          {
            outputs,
            endpoint,
            home: session.home,
            xcom: (taskId, key) => airflow.xcom(dagId, run.run_id, taskId, key),
          },
        );
        for (const [name, result] of Object.entries(left.results)) {
          process.stdout.write(`\n${name}: ${result.rows} rows in ${result.location}\n`);
          process.stdout.write(`${JSON.stringify(result.sample, undefined, 2)}\n`);
        }
        for (const [what, file] of Object.entries(left.files)) {
          process.stdout.write(`\n${what}: ${file}\n`);
        }
      });
    },
  );

program
  .command("access")
  .description("show what each role may do, and which calls of all runs so far needed it")
  .action(async () => {
    await Session.run(globals(), { keep: false, airflow: false }, async (session) => {
      const access = await accessOf(session.home, await session.cloud());
      if (access.grants.length === 0) {
        throw new UserError("the stack is not up. Run its pipelines first: npm run demo");
      }
      const unexercised = Unexercised.of(localStack());
      process.stdout.write(renderAccess(access, unexercised));
      if (summaryOf(access, unexercised).unused.length > 0) {
        process.exitCode = 1;
      }
    });
  });

program
  .command("status")
  .description("tell what runs, and where, and which DAG files cannot be imported")
  .action(async () => {
    const home = new Home(globals().home);
    for (const name of [CLOUD, AIRFLOW]) {
      const server = running(home, name);
      process.stdout.write(
        server === undefined
          ? `${name}: not running\n`
          : `${name}: running, process ${server.pid}, http://127.0.0.1:${server.port}` +
              `${name === AIRFLOW ? ` (${airflowStatus(home)?.state ?? "starting"})` : ""}\n`,
      );
    }
    process.stdout.write(`state, logs and report: ${home.folder}\n`);
    if (running(home, AIRFLOW) !== undefined && airflowStatus(home)?.state === "healthy") {
      const airflow = await Airflow.connect(home, () => undefined);
      process.stdout.write(brokenDags(await airflow.importErrors()));
    }
  });

program
  .command("ui")
  .description("start Airflow's web interface and print its address and log-in")
  .action(async () => {
    await Session.run(globals(), { keep: true, airflow: true }, async (session) => {
      if (Object.keys(await (await session.stack()).outputs()).length === 0) {
        throw new UserError("the stack is not up. Bring it up first: npm run local -- up");
      }
      const { url } = await session.airflow();
      const { username, password } = airflowStatus(session.home) ?? {};
      process.stdout.write(
        `\naddress:  ${url}\nuser:     ${username}\npassword: ${password}\n` +
          "Stop it with: npm run local -- down\n",
      );
    });
  });

program
  .command("down")
  .description("stop the local cloud and Airflow; their state is kept")
  .action(async () => {
    const home = new Home(globals().home);
    const unlock = lockHome(home);
    try {
      await step("stop airflow", () => stopAirflow(home), home.log(AIRFLOW));
      await step("stop cloud", () => stopCloud(home), home.log(CLOUD));
    } finally {
      unlock();
    }
  });

/** @throws InvalidArgumentError where the text is not a port that a user may listen on. */
function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1024 || port > 65535) {
    throw new InvalidArgumentError("must be a whole number from 1024 to 65535");
  }
  return port;
}

/** @throws InvalidArgumentError where the text is not a JSON object. */
function parseConf(text: string): Record<string, unknown> {
  let conf: unknown;
  try {
    conf = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`not JSON: ${(error as Error).message}`);
  }
  if (typeof conf !== "object" || conf === null || Array.isArray(conf)) {
    throw new InvalidArgumentError('must be a JSON object, such as {"key": "value"}');
  }
  return conf as Record<string, unknown>;
}

program.parseAsync().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(
      `${error instanceof UserError ? error.message : ((error as Error).stack ?? String(error))}\n`,
    );
    process.exit(error instanceof Interrupted ? INTERRUPTED : 1);
  },
);

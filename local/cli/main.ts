import { Command, InvalidArgumentError } from "commander";

import { Interrupted } from "../setup/steps";
import { toEnd } from "../setup/toEnd";
import { endWithReader } from "./output";
import type { GlobalOptions } from "./session";

/** The status that a shell gives a command ended by Ctrl-C. */
const INTERRUPTED = 130;

const program = new Command("npm run local --")
  .description("Runs the stack on this machine: no AWS account, no Docker.")
  .option(
    "--home <dir>",
    "the folder that all is kept in (default: .local of the checkout; for another stack .local/stacks/<name>)",
  )
  .option("--stack <name>", "the stack that is tried, by its Pulumi.<name>.yaml", "local")
  .option("--cloud-port <port>", "the port of the local cloud", parsePort, 4566)
  .option("--airflow-port <port>", "the port of Airflow's web interface", parsePort, 8080)
  .showHelpAfterError();

/** An option of two commands. */
const MOVIELENS: [string, string] = [
  "--movielens <zip>",
  "the MovieLens zip, a path or an address (default: the published one)",
];

const globals = () => program.opts<GlobalOptions>();

// Each command is loaded when it is called, so that the quick ones do not wait for what the others need.
program
  .command("demo")
  .description("bring the stack up, run every pipeline, show the results")
  .option(...MOVIELENS)
  .option("--keep", "leave the local cloud and Airflow running at the end")
  .action(async (named: { movielens?: string; keep?: boolean }) =>
    (await import("./commands/demo")).demo(globals(), named),
  );

program
  .command("up")
  .description("bring the stack up under the policy pack, and leave it running")
  .option(...MOVIELENS)
  .action(async (named: { movielens?: string }) =>
    (await import("./commands/up")).up(globals(), named),
  );

program
  .command("sync")
  .description("put changed DAGs, plugins, jobs and notebooks into the running stack")
  .option("--watch", "do so after each change of a file, until Ctrl-C")
  .action(async (options: { watch?: boolean }) =>
    (await import("./commands/sync")).sync(globals(), options),
  );

program
  .command("check")
  .description(
    "check the stack's DAG files without a server: imports, names, schedules, requirements",
  )
  .option("--junit <file>", "write the findings into a file, as a report of JUnit's")
  .action(async (options: { junit?: string }) =>
    (await import("./commands/check")).check(globals(), options),
  );

program
  .command("rehearse")
  .description(
    "tell what of the stack would break under a newer version of Airflow; change nothing",
  )
  .argument("<version>", "the version, one that the laptop has")
  .option("--from <version>", "version that the files are of, such as 2.11 (default: the stack's)")
  .option(
    "--run <dag...>",
    "DAGs that are run once each, in an environment of their own that is removed",
  )
  .option("--junit <file>", "write the findings into a file, as a report of JUnit's")
  .action(async (version: string, options: { from?: string; run?: string[]; junit?: string }) =>
    (await import("./commands/rehearse")).rehearse(globals(), version, options),
  );

program
  .command("preview")
  .description("show what `up` would do and check it against the policy pack; change nothing")
  .action(async () => (await import("./commands/preview")).preview(globals()));

program
  .command("refresh")
  .description("read every resource and take what is really there into the stack's state")
  .action(async () => (await import("./commands/refresh")).refresh(globals()));

program
  .command("destroy")
  .description("remove every resource of the stack, and stop what runs")
  .action(async () => (await import("./commands/destroy")).destroy(globals()));

program
  .command("run")
  .description("run one DAG on the stack, wait for its end, show its tasks and results")
  .argument("<dag>", "the DAG's id, such as movie-list-dag")
  .option("--conf <json>", "the run's configuration, a JSON object", parseConf, {})
  .option("--sync", "put changed files into the running stack first")
  .action(async (dagId: string, options: { conf: Record<string, unknown>; sync?: boolean }) =>
    (await import("./commands/run")).run(globals(), dagId, options),
  );

program
  .command("access")
  .description("show what each role may do, and which calls of all runs so far needed it")
  .option("--role <text>", "only roles with this in their name")
  .option("--wide", "a row for each action on each resource, with what used it, and the reasons")
  .option("--json", "grants and verdicts as JSON")
  .action(async (options: { role?: string; wide?: boolean; json?: boolean }) =>
    (await import("./commands/access")).access(globals(), options),
  );

program
  .command("status")
  .description("tell what runs, and where, and which DAG files cannot be imported")
  .action(async () => (await import("./commands/status")).status(globals()));

program
  .command("env")
  .description("print the variables that send the AWS CLI, or an SDK, to the local cloud")
  .addHelpText("after", '\nIn a shell: eval "$(npm run --silent local -- env)"')
  .action(async () => (await import("./commands/env")).env(globals()));

program
  .command("ui")
  .description("start Airflow's web interface and print its address and log-in")
  .action(async () => (await import("./commands/ui")).ui(globals()));

program
  .command("down")
  .description("stop the local cloud and Airflow; their state is kept")
  .action(async () => (await import("./commands/down")).down(globals()));

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

endWithReader();
toEnd(program.parseAsync(), {
  statusOf: (error) => (error instanceof Interrupted ? INTERRUPTED : 1),
});

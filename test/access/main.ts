import { Command } from "commander";

import { type Denial, accessOf } from "../../local/cli/access";
import { startCloud } from "../../local/cli/cloud";
import { sleep } from "../../local/cli/processes";
import { localStack } from "../../local/cli/localStack";
import { Unexercised } from "../../local/cli/unexercised";
import { LocalStack } from "../../local/engine/stack";
import { toolHome } from "../../local/home";
import { setUp } from "../../local/setup";
import { toEnd } from "../../local/setup/toEnd";
import { LocalCommand } from "../local/cli/command";
import { dataSet } from "../local/cli/dataSet";
import { freePort, temporaryHome } from "../local/running";
import { Pair, Roles } from "./grants";
import { Ended, TestContext, Scenario } from "./context";
import { endWork, scenarios, prepare } from "./scenarios";
import { Learnt, Trial, keyOf, longestFirst, nextOf, trialsOf, usedBetween } from "./plan";

/** Runs at a time: they wait for services most of the time, and the machine has few cores. */
const SIDE_BY_SIDE = 4;

/** Milliseconds after a run for what it led to elsewhere, such as its logs. */
const SETTLE_MS = 1500;

/** Scenarios of the sample: quick ones, of several roles. */
const SAMPLED_SCENARIOS = ["update of the environment", "movie-list-dag"];

/** The DAG that is run by the command as well, to see what it tells of a refused call. */
const SHOWN_DAG = "movie-list-dag";

type LearntKind = Scenario & Learnt;

const program = new Command("npm run test:access --")
  .description(
    "Takes each action away from each role of the local stack, one at a time, and runs what needs it: " +
      "the call must be refused, and role, action and statement be named.",
  )
  .option("--sample <n>", "only so many actions, of the quickest runs", Number)
  .action(({ sample }: { sample?: number }) => removal(sample));

async function removal(sample: number | undefined): Promise<void> {
  const { home, remove } = temporaryHome();
  const ports = { cloud: await freePort(), airflow: await freePort() };
  const command = (...args: string[]) => new LocalCommand(home, ports, ...args).finished;
  let ended: Promise<void> | undefined;
  // A signal ends it as well, and what was at work then fails: once is enough.
  const end = () => (ended ??= command("down").then(remove));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void end().then(() => process.exit(1)));
  }
  try {
    const pulumi = await setUp(toolHome, ["cloud", "test"]);
    say("bring the stack up");
    const up = await command("up", "--movielens", dataSet(home.dir("data")));
    if (up.status !== 0) {
      throw new Error(up.output);
    }
    const endpoint = await startCloud(home, ports.cloud, () => undefined);
    const stack = await LocalStack.open({
      home,
      pulumi,
      cloud: endpoint,
      onOutput: () => undefined,
    });
    const outputs = await stack.outputs();
    const context: TestContext = { home, endpoint, airflowPort: ports.airflow, outputs };
    const access = () => accessOf(home, endpoint);
    await prepare(context);

    const learnt: LearntKind[] = [];
    for (const scenario of scenarios(context)) {
      if (sample !== undefined && !SAMPLED_SCENARIOS.includes(scenario.name)) {
        continue;
      }
      const [before, begun] = [await access(), Date.now()];
      const { succeeded, said } = await scenario.run();
      if (!succeeded) {
        throw new Error(`${scenario.name} does not succeed with all grants: ${said}`);
      }
      const seconds = (Date.now() - begun) / 1000;
      await sleep(SETTLE_MS);
      await endWork(context, scenario);
      const used = usedBetween(before, await access());
      const missing = scenario.shows?.find(
        (action) => ![...used].some((key) => key.endsWith(` ${action}`)),
      );
      if (missing !== undefined) {
        throw new Error(`${scenario.name} does not call ${missing}: ${said}`);
      }
      learnt.push({ ...scenario, used, seconds });
      say(`${scenario.name}: ${used.size} actions in ${seconds.toFixed(1)} s`);
    }

    const { grants, denials } = await access();
    if (denials.length > 0) {
      throw new Error(`refused with all grants: ${JSON.stringify(denials[0])}`);
    }
    const pairs = [...new Map(grants.map((grant) => [keyOf(grant), pairOf(grant)])).values()];
    const { trials, unused } = trialsOf(pairs, learnt);
    const roles = await Roles.of(endpoint, [...new Set(pairs.map(({ role }) => role))]);
    const problems: string[] = [];
    const shown = trials.filter(({ scenario }) => scenario.name === SHOWN_DAG).slice(0, 1);
    const chosen =
      sample === undefined ? trials : [...new Set([...shown, ...spread(trials, sample)])];

    const actions = chosen.flatMap((trial) => trial.pairs).length;
    say(`${actions} actions`);
    const viaCommand = async ([pair]: readonly Pair[]): Promise<Ended> => {
      const { role, action } = pair;
      const { status, output } = await command("run", SHOWN_DAG);
      if (status !== 1 || !output.includes(`✘ denied: ${role} may not ${action} on `)) {
        problems.push(`the command does not name ${keyOf(pair)} as refused: ${output}`);
      }
      return { succeeded: status === 0, said: output };
    };
    problems.push(
      ...(await triedAll(
        chosen.map((trial) =>
          shown.includes(trial)
            ? { ...trial, scenario: { ...trial.scenario, run: () => viaCommand(trial.pairs) } }
            : trial,
        ),
        roles,
        context,
      )),
    );

    say(`npm run local -- run ${SHOWN_DAG}, with all`);
    problems.push(...(await roles.changed()));
    const { last } = await access();
    const { status, output } = await command("run", SHOWN_DAG);
    const refused = (await accessOf(home, endpoint, last)).denials;
    if (status !== 0 || refused.length > 0) {
      problems.push(`the command fails with all grants: ${JSON.stringify(refused)} ${output}`);
    }

    if (sample === undefined) {
      report(pairs, actions, unused, grants, problems);
    }
    process.stdout.write(problems.map((problem) => `✘ ${problem}\n`).join(""));
    process.stdout.write(
      `${actions - Math.min(problems.length, actions)} passing, ` +
        `in ${((Date.now() - began) / 1000).toFixed(0)} s\n` +
        (problems.length > 0 ? `${problems.length} failing\n` : ""),
    );
    process.exitCode = problems.length > 0 ? 1 : 0;
  } finally {
    await end();
  }
}

/** Tries all, as many at a time as go together; what is wrong with how that went. */
async function triedAll(
  trials: readonly Trial<LearntKind>[],
  roles: Roles,
  context: TestContext,
): Promise<string[]> {
  let waiting = [...trials];
  const atWork = new Map<Trial<LearntKind>, Promise<void>>();
  const problems: string[] = [];
  while (waiting.length + atWork.size > 0) {
    const next = nextOf(longestFirst(waiting), [...atWork.keys()], SIDE_BY_SIDE);
    if (next === undefined) {
      await Promise.race(atWork.values());
      continue;
    }
    waiting = waiting.filter((trial) => trial !== next);
    const work = tried(next, roles, context).then((found) => {
      problems.push(...found);
      atWork.delete(next);
    });
    atWork.set(next, work);
  }
  return problems;
}

/** Runs a scenario without the actions of a trial; what is wrong with how that went. */
async function tried(
  { scenario, pairs }: Trial<LearntKind>,
  roles: Roles,
  context: TestContext,
): Promise<string[]> {
  const { home, endpoint } = context;
  const { last } = await accessOf(home, endpoint);
  const ended = await roles.without(pairs, async () => {
    const how = await scenario.run();
    await sleep(SETTLE_MS);
    return how;
  });
  await endWork(context, scenario);
  const { denials } = await accessOf(home, endpoint, last);
  return pairs.flatMap((pair) => found(scenario.name, pair, ended, denials));
}

/** What is wrong with how a run without a pair was refused it. */
function found(
  scenario: string,
  pair: Pair,
  { succeeded, said }: Ended,
  denials: readonly Denial[],
): string[] {
  const denial = denials.find(({ role, action }) => role === pair.role && action === pair.action);
  const how = succeeded
    ? "the run ends as it does with it, the command names the call"
    : `the run fails, ${said.includes(pair.action) ? "" : "the command "}names the call`;
  say(`${keyOf(pair)}: ${scenario}: ${denial === undefined ? "NOT REFUSED" : how}`);
  const what = `without ${pair.action} of ${pair.role}, ${scenario}`;
  if (denial === undefined) {
    return [`${what} is refused nothing: ${said}`];
  }
  const asked = `needed in role ${pair.role}: {"Effect": "Allow", "Action": "${pair.action}"`;
  return denial.needed.startsWith(asked)
    ? []
    : [`${what}: the statement that is needed is not named: ${denial.needed}`];
}

function report(
  pairs: readonly Pair[],
  exercised: number,
  unused: readonly Pair[],
  grants: readonly { role: string; statement: string; action: string; resource: string }[],
  problems: string[],
): void {
  process.stdout.write(`\ngrants: exercised ${exercised} of ${pairs.length}\n`);
  const unexercised = Unexercised.of(localStack());
  for (const pair of unused) {
    const grant = grants.find((one) => keyOf(one) === keyOf(pair));
    const reason = grant && unexercised.reasonFor(grant);
    process.stdout.write(
      `  ${keyOf(pair)}: ${reason?.reason ?? "no reason"} (${reason?.source})\n`,
    );
    if (reason === undefined) {
      problems.push(`${keyOf(pair)} is used by no run, and no reason is given`);
    }
  }
}

function pairOf({ role, action }: Pair): Pair {
  return { role, action };
}

/** So many of them, spread over all. */
function spread<T>(all: readonly T[], count: number): T[] {
  const wanted = Math.min(count, all.length);
  return Array.from({ length: wanted }, (_, i) => all[Math.floor((i * all.length) / wanted)]);
}

const began = Date.now();

function say(text: string): void {
  process.stdout.write(`${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s ${text}\n`);
}

toEnd(program.parseAsync());

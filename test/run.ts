import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";

import { Command, InvalidArgumentError } from "commander";

import { ROOT, toolHome } from "../local/home";
import { StepError, UserError, command, elapsed, step } from "../local/setup/steps";
import { toEnd } from "../local/setup/toEnd";
import { tellAlone } from "./alone";
import { Check, Need, checks, chosen } from "./checks";

/** Checks at a time, more than the cores of a laptop: those that start servers wait for them much of the time. */
const SIDE_BY_SIDE = 3;

/** What the command line asks for. */
interface Options {
  /** Both tiers, not the fast one alone. */
  readonly full?: boolean;
  /** Only the full tier's own checks, in an order that differs by commit, as many as fit into so many minutes. */
  readonly rotate?: number;
  readonly list?: boolean;
}

/** How a check went. */
interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

const program = new Command("npm test --")
  .description(
    "Runs the checks of the fast tier, or what is named: a file of tests, a room such as components, or checks " +
      "that have a word in their name. `npm run test:full` runs both tiers.",
  )
  .argument("[what...]", "files, rooms or words; default: the fast tier")
  .option("--full", "both tiers")
  .option(
    "--rotate <minutes>",
    "checks of the full tier in rotation, as many as fit into so many minutes",
    minutes,
  )
  .option("--list", "show the checks with their tier, and run none")
  .action(async (words: string[], options: Options) => {
    process.exitCode = options.list ? list(words, options) : await runAll(words, options);
  });

/** @throws InvalidArgumentError where the text is not a number of minutes. */
function minutes(text: string): number {
  const value = Number(text);
  if (!(value > 0)) {
    throw new InvalidArgumentError("must be a number of minutes above 0");
  }
  return value;
}

/**
 * The checks that are asked for.
 *
 * @throws UserError where a word names nothing
 */
function selected(words: readonly string[], { full, rotate }: Options): Check[] {
  if (words.length > 0) {
    return words.flatMap((word) => {
      const found = chosen(word);
      if (found === undefined) {
        throw new UserError(
          `"${word}" is no file of tests, no room below test/ and in no check's name. ` +
            "npm test -- --list shows the checks.",
        );
      }
      return found;
    });
  }
  const all = checks();
  if (rotate !== undefined) {
    return rotated(all.filter(({ tier }) => tier === "full"));
  }
  const fast = all.filter(({ tier }) => tier === "fast");
  // The longest first, so that at the end no lane is left to a long one alone.
  const others = all.filter(({ tier }) => tier === "full");
  return full ? [...fast, ...others.sort((a, b) => minutesOf(b) - minutesOf(a))] : fast;
}

/** About how many minutes a check takes. */
const minutesOf = ({ minutes: named = 1 }: Check): number => named;

/** An order that follows from the commit, so that over some commits each check comes first. */
function rotated(all: readonly Check[]): Check[] {
  const commit = execFileSync("git", ["rev-parse", "HEAD"], { cwd: ROOT, encoding: "utf8" }).trim();
  const key = ({ name }: Check) => createHash("sha256").update(`${commit} ${name}`).digest("hex");
  return [...all].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function list(words: readonly string[], options: Options): number {
  const shown = words.length > 0 ? selected(words, options) : checks();
  process.stdout.write(
    shown.map(({ name, tier }) => `${tier}  ${name}\n`).join("") +
      "\nnpm test runs the fast ones, npm run test:full all.\n",
  );
  return 0;
}

/** How many tests a runner's log says passed and failed; a check without tests counts as one. */
function counts(log: string, failed: boolean): Outcome {
  const text = fs.readFileSync(log, "utf8");
  const sum = (pattern: RegExp) =>
    [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
  const passing = sum(/^\s*(\d+) passing\b/gm) + sum(/\b(\d+) passed\b/g);
  const failing = sum(/^\s*(\d+) failing\b/gm) + sum(/\b(\d+) failed\b/g);
  return {
    passed: passing + (passing + failing === 0 && !failed ? 1 : 0),
    failed: Math.max(failing, failed ? 1 : 0),
  };
}

/** Runs a check; where it fails shows its log and the command that runs it again. */
async function run(
  { name, command: [file, ...args] }: Check,
  told: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const log = toolHome.log(`test-${name.replaceAll(/[ /]/g, "-")}`);
  fs.rmSync(log, { force: true });
  let failed = false;
  try {
    const env = { ...process.env, ...told };
    await step(name, () => command(file, args, { log, cwd: ROOT, env }), log);
  } catch (error) {
    failed = true;
    process.stdout.write(
      `${fs.existsSync(log) ? fs.readFileSync(log, "utf8") : ""}\n${(error as StepError).message}\n` +
        `  again: npm test -- ${name.includes(" ") ? `"${name}"` : name}\n`,
    );
  }
  return counts(log, failed);
}

/** What is set up by now, and when the rest will be. */
class SetUp {
  private readonly ready = new Set<Need>();
  private readonly pending = new Map<Need, Promise<void>>();
  /** Says of what checks make that it is there. */
  private readonly say = new Map<Need, () => void>();

  /** Begins to set up what some checks need, so that those that need less begin meanwhile. */
  static async begin(needed: readonly Check[]): Promise<SetUp> {
    // Loads the Automation API: not where only the list is asked for.
    const { setUpCli, setUpPythons } = await import("../local/setup");
    const setUp = new SetUp();
    const needs = new Set(needed.flatMap((check) => check.needs));
    const environments = [...needs].filter((need) => need !== "cli" && need !== "graphs");
    setUp.await(environments, setUpPythons(toolHome, environments));
    if (needs.has("cli")) {
      setUp.await(["cli"], setUpCli(toolHome));
    }
    if (needed.some(({ makes }) => makes === "graphs")) {
      setUp.await(["graphs"], new Promise<void>((resolve) => setUp.say.set("graphs", resolve)));
    } else {
      setUp.ready.add("graphs");
    }
    return setUp;
  }

  private await(needs: readonly Need[], work: Promise<unknown>): void {
    const done = work.then(() => needs.forEach((need) => this.ready.add(need)));
    // Whoever needs it awaits it; until then its failure is not unhandled.
    done.catch(() => undefined);
    needs.forEach((need) => this.pending.set(need, done));
  }

  /** Waits for all that is set up, not for what checks make: where the order of the checks counts, none overtakes another. */
  async all(): Promise<void> {
    const setUp = [...this.pending].filter(([need]) => need !== "graphs");
    await Promise.all(setUp.map(([, done]) => done));
  }

  /** A check has ended. Where it failed, those who need what it makes try it themselves, and fail as well. */
  ended({ makes }: Check): void {
    if (makes !== undefined) {
      this.say.get(makes)?.();
    }
  }

  /** Takes the first check that can begin, after a while if need be; undefined where none is left. */
  async next(queue: Check[]): Promise<Check | undefined> {
    while (queue.length > 0) {
      const at = queue.findIndex(({ needs }) => needs.every((need) => this.ready.has(need)));
      if (at >= 0) {
        return queue.splice(at, 1)[0];
      }
      const missing = queue.flatMap(({ needs }) => needs.filter((need) => !this.ready.has(need)));
      await Promise.race(missing.map((need) => this.pending.get(need) as Promise<void>));
    }
    return undefined;
  }
}

/** Seconds that the machine's processors have worked since it started. */
function busySeconds(): number {
  return os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys, 0) / 1000;
}

async function runAll(words: readonly string[], options: Options): Promise<number> {
  const started = Date.now();
  const wanted = selected(words, options);
  const setUp = await SetUp.begin(wanted);
  if (options.rotate !== undefined) {
    await setUp.all();
  }
  const [began, busy] = [Date.now(), busySeconds()];
  let begun = 0;
  // The first of a rotation always begins, so that the longest have their turn as well.
  const fits = (check: Check) =>
    options.rotate === undefined ||
    begun === 0 ||
    (Date.now() - began) / 60_000 + minutesOf(check) <= options.rotate;
  let [passed, failed] = [0, 0];
  const left: string[] = [];
  const begin = async (check: Check, told?: NodeJS.ProcessEnv) => {
    begun += 1;
    const outcome = await run(check, told);
    setUp.ended(check);
    passed += outcome.passed;
    failed += outcome.failed;
  };
  const alone = wanted.find((check) => check.alone);
  const queue = wanted.filter((check) => check !== alone);
  const lane = async () => {
    for (let check = await setUp.next(queue); check; check = await setUp.next(queue)) {
      if (fits(check)) {
        await begin(check);
      } else {
        left.push(check.name);
      }
    }
  };
  const lanes: Promise<void>[] = [];
  if (alone !== undefined && options.rotate !== undefined && alone !== wanted[0]) {
    // It would have to wait for all others, and they for it.
    left.push(alone.name);
  } else if (alone !== undefined) {
    await setUp.all();
    const { environment, othersMayBegin } = tellAlone();
    const work = begin(alone, environment);
    lanes.push(work.then(lane));
    await othersMayBegin(work);
  }
  while (lanes.length < SIDE_BY_SIDE) {
    lanes.push(lane());
  }
  await Promise.all(lanes);
  if (left.length > 0) {
    process.stdout.write(`\nleft for another commit: ${left.join(", ")}\n`);
  }
  process.stdout.write(
    `\nin ${elapsed(started)}, ${Math.round(busySeconds() - busy)} CPU s of this machine:\n` +
      `${passed} passed, ${failed} failed\n`,
  );
  return failed === 0 ? 0 : 1;
}

toEnd(program.parseAsync());

import * as fs from "node:fs";
import * as path from "node:path";

import { ROOT, toolHome } from "../local/home";
import { setUp } from "../local/setup";
import { EnvironmentName, pythonOf } from "../local/setup/python";
import { StepError, UserError, command, elapsed, step } from "../local/setup/steps";

/** One check or test run: a command whose status tells whether it passed. */
interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const npx = (tool: string) => path.join(ROOT, "node_modules", ".bin", tool);
const python = pythonOf(toolHome, "test");
const pytest = (folder: string, environment: EnvironmentName = "test"): Check["command"] => [
  pythonOf(toolHome, environment),
  ...["-m", "pytest", "-q", "-p", "no:cacheprovider", folder],
];

/** Checks at a time: those that start servers wait for them half of the time. */
const SIDE_BY_SIDE = 2;

/**
 * Everything that `npm test` runs: what needs no server first, so that a slip shows early, then the longest, so
 * that none is left alone at the end.
 */
const CHECKS: readonly Check[] = [
  { name: "format of TypeScript", command: [npx("prettier"), "--check", "."] },
  { name: "format of Python", command: [python, "-m", "ruff", "format", "--check", "."] },
  { name: "lint of Python", command: [python, "-m", "ruff", "check", "."] },
  { name: "types", command: [npx("tsc"), "--noEmit"] },
  { name: "lint of TypeScript", command: [npx("eslint"), "--max-warnings", "0", "."] },
  { name: "declared packages", command: [npx("knip")] },
  {
    name: "packages without those of development",
    command: [npx("knip"), "--production", "--strict"],
  },
  { name: "generated documents", command: ["npm", "run", "--silent", "docs", "--", "--check"] },
  { name: "unit tests", command: [npx("mocha")] },
  {
    // They start processes: too slow for the unit tests.
    name: "deployment command tests",
    command: [npx("mocha"), "test/deploy/github.test.ts"],
  },
  {
    name: "stacks before judges from outside",
    command: [npx("mocha"), "test/judges/stacks.test.ts"],
  },
  { name: "MovieLens runs", command: mochaLocal("cli", "movielensPipeline") },
  { name: "best sellers runs", command: mochaLocal("cli", "bestSellers") },
  { name: "command tests", command: mochaLocal("cli", "!(movielensPipeline|bestSellers)") },
  { name: "local cloud tests", command: pytest("test/local/cloud") },
  { name: "engine tests", command: mochaLocal("engine") },
  { name: "security tests", command: mochaLocal("security") },
  { name: "Airflow tests", command: pytest("test/local/airflow") },
  {
    name: "access tests",
    command: [process.execPath, ...["local/bootstrap.cjs", "test/access/main.ts", "--sample", "8"]],
  },
  { name: "job tests", command: pytest("test/jobs", "spark") },
  { name: "DAG tests", command: pytest("test/dags") },
  { name: "notebook tests", command: pytest("test/notebooks", "spark") },
  { name: "browser tests", command: mochaLocal("notebooks") },
  { name: "provider tests", command: mochaLocal("provider") },
  { name: "sample generator tests", command: pytest("test/local/movielens") },
  { name: "set-up tests", command: mochaLocal("setup") },
];

/** The tests of one part of the laptop target, each of which starts what it needs; default: all of them. */
function mochaLocal(part: string, files = "*"): Check["command"] {
  return [npx("mocha"), `test/local/${part}/**/${files}.test.ts`];
}

/** How many tests a runner's log says passed and failed; a check without tests counts as one. */
function counts(log: string, failed: boolean): [number, number] {
  const text = fs.readFileSync(log, "utf8");
  const sum = (pattern: RegExp) =>
    [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
  const passing = sum(/^\s*(\d+) passing\b/gm) + sum(/\b(\d+) passed\b/g);
  const failing = sum(/^\s*(\d+) failing\b/gm) + sum(/\b(\d+) failed\b/g);
  return [
    passing + (passing + failing === 0 && !failed ? 1 : 0),
    Math.max(failing, failed ? 1 : 0),
  ];
}

/** Runs a check, and shows its log where it fails; how many tests passed and failed. */
async function run({ name, command: [file, ...args] }: Check): Promise<[number, number]> {
  const log = toolHome.log(`test-${name.replaceAll(" ", "-")}`);
  fs.rmSync(log, { force: true });
  let failed = false;
  try {
    await step(name, () => command(file, args, { log, cwd: ROOT }), log);
  } catch (error) {
    failed = true;
    process.stdout.write(
      `${fs.existsSync(log) ? fs.readFileSync(log, "utf8") : ""}\n${(error as StepError).message}\n`,
    );
  }
  return counts(log, failed);
}

async function main(only: readonly string[]): Promise<number> {
  const started = Date.now();
  await setUp(toolHome, ["cloud", "airflow", "spark", "test", "judges"]);
  const checks = CHECKS.filter(
    ({ name }) => only.length === 0 || only.some((o) => name.includes(o)),
  );
  if (checks.length === 0) {
    throw new UserError(
      `no check has "${only.join('" or "')}" in its name; there are: ${CHECKS.map((c) => c.name).join(", ")}`,
    );
  }
  let passed = 0;
  let failed = 0;
  const waiting = [...checks];
  const lane = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const [good, bad] = await run(check);
      passed += good;
      failed += bad;
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane));
  process.stdout.write(`\nin ${elapsed(started)}:\n${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

// `npm test -- unit` runs the checks with that word in their name.
main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(
      `${error instanceof UserError ? error.message : String((error as Error).stack)}\n`,
    );
    process.exit(1);
  },
);

import * as fs from "node:fs";
import * as path from "node:path";

import { ROOT, toolHome } from "../local/home";
import { airflowEnvironment, airflowVersions, versionTests } from "../local/setup/airflowVersions";
import { EnvironmentName, pythonOf } from "../local/setup/python";

/** What a check needs to be there: virtual environments, the Pulumi CLI, and the graphs of the shipped stacks. */
export type Need = EnvironmentName | "cli" | "graphs";

/** `fast`: part of `npm test`; `full`: of `npm run test:full` only. */
export type Tier = "fast" | "full";

/** One check or test run: a command whose status tells whether it passed. */
export interface Check {
  readonly name: string;
  readonly tier: Tier;
  readonly command: readonly [string, ...string[]];
  readonly needs: readonly Need[];
  /** What it makes that others need; without it among the checks these make it themselves. */
  readonly makes?: "graphs";
  /** It comes first, and nothing else runs beside it until it says so (`test/alone.ts`). One check alone can have that. */
  readonly alone?: boolean;
  /** About how long it takes, where that is long: the rotation begins it only where it fits. Default: one. */
  readonly minutes?: number;
}

const tool = (name: string) => path.join(ROOT, "node_modules", ".bin", name);

/** What a test on the running laptop target needs. */
const TARGET: readonly Need[] = ["cli", "cloud", "airflow", "postgresql", "spark", "test"];

/** What the tests of Airflow's runner need. */
const AIRFLOW: readonly Need[] = ["airflow", "cloud", "postgresql", "test"];

/** A command of Node's packages, which needs nothing else. */
const node = (name: string, ...args: string[]): Check => ({
  name,
  tier: "fast",
  command: [tool(args[0]), ...args.slice(1)],
  needs: [],
});

/** A command of `package.json`, which needs nothing else. */
const script = (name: string, ...args: string[]): Check => ({
  name,
  tier: "fast",
  command: ["npm", "run", "--silent", ...args],
  needs: [],
});

/** A module of the test environment. */
const ruff = (name: string, ...args: string[]): Check => ({
  name,
  tier: "fast",
  command: [pythonOf(toolHome, "test"), "-m", "ruff", ...args],
  needs: ["test"],
});

/** The tests of a tier in Python: those of the full tier are marked `full`. */
const MARKED: Readonly<Record<Tier, readonly string[]>> = {
  fast: ["-m", "not full"],
  full: ["-m", "full"],
};

/**
 * Tests in Python.
 *
 * @param environment the virtual environment whose Python runs them
 * @param marked which of them; default: those of the tier
 */
function pytest(
  name: string,
  tier: Tier,
  target: string,
  needs: readonly Need[],
  environment: EnvironmentName = "test",
  marked: readonly string[] = MARKED[tier],
): Check {
  return {
    name,
    tier,
    command: [
      pythonOf(toolHome, environment),
      ...["-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations", "10"],
      ...marked,
      target,
    ],
    needs,
  };
}

/** A file of tests in TypeScript; several are run by one process, and share what they start. */
function mocha(
  name: string,
  tier: Tier,
  files: string | readonly string[],
  needs: readonly Need[] = TARGET,
): Check {
  return { name, tier, command: [tool("mocha"), ...[files].flat()], needs };
}

/** Files of tests of the laptop target that need no more than this, and so are part of `npm test`. */
const FAST_LOCAL: Readonly<Record<string, readonly Need[]>> = {
  "cli/access.test.ts": [],
  "cli/airflow.test.ts": [],
  "cli/airflowDatabase.test.ts": ["postgresql", "test"],
  "cli/commands/check.test.ts": ["airflow"],
  "cli/commands/destroy.test.ts": [],
  "cli/commands/env.test.ts": [],
  "cli/dagFolder.test.ts": [],
  "cli/localStack.test.ts": [],
  "cli/movielens.test.ts": ["cloud"],
  "cli/output.test.ts": [],
  "cli/processes.test.ts": [],
  "cli/session.test.ts": [],
  "cli/sync.test.ts": [],
  "cli/work.test.ts": [],
  "engine/endWithParent.test.ts": [],
  "engine/lastUpdate.test.ts": [],
  "engine/lazyArborist.test.ts": [],
  "engine/providers.test.ts": [],
  "engine/recover.test.ts": ["cli"],
  "engine/sdkTraces.test.ts": [],
  "provider/decisions.test.ts": [],
  "provider/redshift.test.ts": [],
  "provider/server.test.ts": ["cli", "cloud"],
  "provider/validation.test.ts": [],
  "provider/awsxVpc.test.ts": ["cli", "cloud"],
  "setup/airflowVersions.test.ts": [],
  "setup/setup.test.ts": [],
  "setup/sparkJars.test.ts": ["spark"],
  "setup/toEnd.test.ts": [],
};

/** Files of tests of the laptop target that take long, with their minutes. */
const LONG_LOCAL: Readonly<Record<string, number>> = {
  "cli/interrupted.test.ts": 4,
  "cli/lists.test.ts": 8,
  "cli/rehearsal.test.ts": 3,
  "cli/rehearsalRuns.test.ts": 5,
  "deploy/runningAirflow.test.ts": 2,
  "examples/removal.test.ts": 8,
  "engine/bringYourOwn.test.ts": 6,
  "engine/interruptedUp.test.ts": 5,
  "engine/liveChanges.test.ts": 8,
  "engine/recorded.test.ts": 2,
  "engine/stack.test.ts": 3,
  "provider/changes.test.ts": 3,
  "provider/lifeCycle.test.ts": 3,
};

/** Folders of tests of the laptop target that share one stack, and so are one check, in this order. */
const ONE_STACK = ["security", "pipelines"];

/** Files of tests of the local cloud that take long in the full tier, with their minutes. */
const LONG_CLOUD: Readonly<Record<string, number>> = {
  test_emr_notebooks: 2,
  test_glue_jobs: 2,
  test_published_tables: 3,
};

/** What files of tests of the laptop target need beside that. */
const REHEARSAL: readonly Need[] = [
  ...(["rehearsal", "postgresql"] as const),
  ...airflowVersions().map(airflowEnvironment),
];
const MORE_LOCAL: Readonly<Record<string, readonly Need[]>> = {
  "engine/recorded.test.ts": ["graphs"],
  "examples/removal.test.ts": ["graphs"],
  "cli/rehearsal.test.ts": REHEARSAL,
  "cli/rehearsalRuns.test.ts": REHEARSAL,
  "cli/lists.test.ts": versionTests().map(({ version }) => airflowEnvironment(version)),
};

/** The test files below a folder, relative to it, sorted. */
function testFiles(folder: string, pattern: RegExp): string[] {
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true })
    .map(String)
    .filter((file) => pattern.test(file))
    .sort();
}

/** The check of the tests of the laptop target that share one stack, which is brought up on a machine that is busy. */
function oneStackCheck(): Check {
  const files = ONE_STACK.flatMap((folder) =>
    testFiles(`test/local/${folder}`, /\.test\.ts$/).map((file) => `test/local/${folder}/${file}`),
  );
  return { ...mocha(`laptop ${ONE_STACK.join(" and ")}`, "full", files), minutes: 17, alone: true };
}

/** The checks of the tests of the laptop target in TypeScript: those of the full tier are run in rotation. */
function localChecks(): Check[] {
  const others = testFiles("test/local", /\/.*\.test\.ts$/).filter(
    (file) => !ONE_STACK.includes(path.dirname(file)),
  );
  return [oneStackCheck(), ...others.map(fileCheck)];
}

/** One check for a file of tests of the laptop target. */
function fileCheck(file: string): Check {
  const fast = FAST_LOCAL[file];
  const name = `laptop ${file.replace(/\.test\.ts$/, "")}`;
  return {
    ...mocha(name, fast === undefined ? "full" : "fast", `test/local/${file}`, [
      ...(fast ?? TARGET),
      ...(MORE_LOCAL[file] ?? []),
    ]),
    minutes: LONG_LOCAL[file],
  };
}

/** The tests of the local cloud in the full tier, a check a file. */
function fullCloudChecks(): Check[] {
  return testFiles("test/local/cloud", /^test_.*\.py$/)
    .filter((file) =>
      /\bmark\.full\b/.test(fs.readFileSync(path.join(ROOT, "test/local/cloud", file), "utf8")),
    )
    .map((file) => {
      const name = path.basename(file, ".py");
      return {
        ...pytest(`local cloud ${name.replace("test_", "")}`, "full", `test/local/cloud/${file}`, [
          "cloud",
          "spark",
          "test",
        ]),
        minutes: LONG_CLOUD[name],
      };
    });
}

/** The unit tests that work on the graphs of the shipped stacks, with the room that most of them are in. */
const ON_GRAPHS = ["test/policy/**/*.test.ts", "test/deploy/oidc.test.ts"];

/** What leaves them out of a run of mocha. */
export const WITHOUT_GRAPHS = ON_GRAPHS.map((files) => `--ignore=${files}`);

/**
 * Every check: first what others wait for, then those that need no server, so that a slip shows early, then the longest.
 * `npm test -- --list` shows them with their tier.
 */
export function checks(): Check[] {
  return [
    {
      ...script("graphs of the shipped stacks", "recordings"),
      needs: ["cli", "cloud"],
      makes: "graphs",
    },
    node("format of TypeScript", "prettier", "--check", "."),
    script("types", "types"),
    ruff("format of Python", "format", "--check", "."),
    ruff("lint of Python", "check", "."),
    {
      ...node("types of Python", "pyright"),
      // What the files import is looked up where it is installed.
      needs: ["airflow", "cloud", "judges", "spark"],
    },
    node("lint of TypeScript", "eslint", "--max-warnings", "0", "."),
    node("declared packages", "knip"),
    node("packages without those of development", "knip", "--production", "--strict"),
    script("generated documents", "docs", "--", "--check"),
    mocha("smoke", "fast", "test/local/smoke.test.ts"),
    node("unit tests", "mocha", ...WITHOUT_GRAPHS),
    { ...node("policy tests", "mocha", ...ON_GRAPHS), needs: ["graphs"] },
    mocha("stacks before judges from outside", "fast", "test/judges/stacks.test.ts", [
      "graphs",
      "judges",
      "test",
    ]),
    mocha("example tests", "fast", "test/examples/examples.test.ts", []),
    pytest("DAG tests", "fast", "test/dags", ["test"]),
    ...versionTests().map(({ version, environment: own }) => ({
      ...pytest(`DAG tests on Airflow ${version}`, "full", "test/dags", [own], own, []),
      minutes: 3,
    })),
    mocha("deployment command tests", "fast", "test/deploy/github.test.ts", []),
    pytest("local cloud tests", "fast", "test/local/cloud", ["cloud", "spark", "test"]),
    pytest("job tests", "fast", "test/jobs", ["spark"], "spark"),
    { ...pytest("long job tests", "full", "test/jobs", ["spark"], "spark"), minutes: 4 },
    pytest("sample generator tests", "fast", "test/local/movielens", ["test"]),
    pytest("Airflow tests", "fast", "test/local/airflow", AIRFLOW),
    ...localChecks(),
    ...fullCloudChecks(),
    { ...pytest("running Airflow tests", "full", "test/local/airflow", AIRFLOW), minutes: 3 },
    {
      ...pytest("client tests", "full", "test/local/clients", ["cloud", "clients"], "clients", []),
      minutes: 4,
    },
    {
      ...pytest(
        "operator tests",
        "full",
        "test/local/operators",
        ["cloud", "airflow", "postgresql", "spark", "test"],
        "test",
        [],
      ),
      minutes: 7,
    },
    mocha("wheels tests", "full", "test/tools/wheels.test.ts", ["wheels"]),
    mocha("platforms", "full", "test/tools/platforms.test.ts", ["cloud"]),
    { ...pytest("notebook tests", "full", "test/notebooks", ["spark"], "spark"), minutes: 2 },
    {
      ...mocha("variants before judges from outside", "full", "test/judges/variants.test.ts", [
        "judges",
        "test",
      ]),
      minutes: 3,
    },
    {
      ...mocha("prod before Checkov", "full", "test/judges/checkov.test.ts", ["graphs", "judges"]),
      minutes: 2,
    },
    mocha("documented resources", "full", "test/judges/documented.test.ts", []),
    {
      ...mocha("rules before wrong values", "full", "test/judges/everyWrongValue.test.ts", [
        "graphs",
      ]),
      minutes: 2,
    },
    {
      ...script("generated schemas", "schemas", "--", "--check"),
      tier: "full",
      needs: ["judges"],
    },
    {
      name: "access tests",
      tier: "full",
      command: [process.execPath, "tools/bootstrap.cjs", "test/access/main.ts"],
      needs: TARGET,
      minutes: 10,
    },
  ];
}

/**
 * What `npm test -- WORD` runs: the checks that have the word in their name, a test file, or the tests of a room.
 *
 * @returns undefined where there is no such check, file or room
 */
export function chosen(word: string): Check[] | undefined {
  const target = [word, path.join("test", word)].find((place) =>
    fs.existsSync(path.join(ROOT, place)),
  );
  if (target?.split(path.sep)[0] === "test") {
    return testsAt(target);
  }
  const named = checks().filter(({ name }) => name.includes(word));
  return named.length > 0 ? named : undefined;
}

/** The virtual environment whose Python runs the tests of a file or folder. */
function environmentOf(target: string): EnvironmentName {
  if (target.startsWith(path.join("test", "local", "clients"))) {
    return "clients";
  }
  return /^test\/(jobs|notebooks)/.test(target) ? "spark" : "test";
}

/** The tests of a file or folder below `test/`, of both tiers. */
function testsAt(target: string): Check[] | undefined {
  const found: Check[] = [];
  const folder = fs.statSync(path.join(ROOT, target)).isDirectory();
  const has = (pattern: RegExp) =>
    folder ? testFiles(target, pattern).length > 0 : pattern.test(path.basename(target));
  if (has(/\.test\.ts$/)) {
    const local = target.startsWith(path.join("test", "local"));
    const glob = folder ? path.join(target, "**", "*.test.ts") : target;
    found.push(mocha(target, "fast", glob, local ? TARGET : []));
  }
  if (has(/^(.*\/)?test_.*\.py$/)) {
    const environment = environmentOf(target);
    const needs: readonly Need[] = target.startsWith("test/local")
      ? ["airflow", "cloud", "postgresql", "spark", environment]
      : [environment];
    found.push(pytest(target, "fast", target, needs, environment, []));
  }
  return found.length > 0 ? found : undefined;
}

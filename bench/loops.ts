import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { ROOT, toolHome } from "../local/home";
import { type Spent, calibration, median, spent } from "./measure";

/**
 * How long the loop of each kind of change takes: `node tools/bootstrap.cjs bench/loops.ts [word]`. Each command runs
 * once before it is measured, so that what it needs is set up. A word measures only what has it in its row.
 */
const RUNS = 3;

/** Calibration above which this machine is too slow, or too busy, for a figure to hold elsewhere. */
const SLOWEST = 2.5;

interface Loop {
  readonly changed: string;
  readonly command: readonly string[];
  /** Before each run. */
  readonly prepare?: () => void;
  /** Default: three, after one that is not counted. */
  readonly runs?: number;
  /** Its CPU seconds are not known: nobody waits for the JVM of Spark, so that nobody is told what it took. */
  readonly jvm?: boolean;
}

/** Takes the graphs away that were derived: the bench puts them back. */
function withoutGraphs(): void {
  fs.rmSync(GRAPHS, { recursive: true, force: true });
}

const GRAPHS = path.join(toolHome.folder, "recorded");

const LOOPS: readonly Loop[] = [
  { changed: "a component", command: ["npx", "mocha", "test/components/emr.test.ts"] },
  { changed: "a rule, before its table", command: ["npm", "test", "--", "test/policy/emr"] },
  {
    changed: "a rule, before the shipped stacks and their mutants",
    command: ["npx", "mocha", "test/policy/stacks.test.ts", "test/policy/mutants.test.ts"],
  },
  {
    changed: "the graphs of the shipped stacks, once a component or the local cloud has changed",
    command: ["npm", "run", "recordings"],
    prepare: withoutGraphs,
    runs: 1,
  },
  { changed: "a DAG or its library", command: ["npm", "test", "--", "test/dags/test_polling.py"] },
  { changed: "a job", command: ["npm", "test", "--", "test/jobs/test_publish.py"], jvm: true },
  {
    changed: "the local cloud, one service",
    command: ["npm", "test", "--", "test/local/cloud/test_kms.py"],
  },
  {
    changed: "the local cloud, a service with an engine",
    command: ["npm", "test", "--", "test/local/cloud/test_athena.py"],
  },
];

function measure({ command, prepare, runs = RUNS }: Loop): Spent[] {
  if (runs > 1) {
    spent(ROOT, process.env, command);
  }
  return Array.from({ length: runs }, () => {
    prepare?.();
    return spent(ROOT, process.env, command);
  });
}

function main([word = ""]: readonly string[]): void {
  const aside = fs.mkdtempSync(path.join(os.tmpdir(), "mwaa-bench-"));
  const kept = path.join(aside, "recorded");
  const before = calibration();
  process.stdout.write(
    `${os.cpus().length} × ${os.cpus()[0].model}, Node.js ${process.versions.node}\n\n` +
      "| changed | command | clock | CPU | runs, clock (CPU) |\n|---|---|---|---|---|\n",
  );
  if (fs.existsSync(GRAPHS)) {
    fs.cpSync(GRAPHS, kept, { recursive: true, preserveTimestamps: true });
  }
  try {
    for (const loop of LOOPS) {
      const line = loop.command.join(" ");
      if (!`${loop.changed} ${line}`.includes(word)) {
        continue;
      }
      const runs = measure(loop);
      const [wall, cpu] = (["wall", "cpu"] as const).map((kind) =>
        median(runs.map((run) => run[kind])).toFixed(1),
      );
      const each = runs.map((run) => `${run.wall.toFixed(1)} (${run.cpu.toFixed(1)})`).join(", ");
      const shown = loop.jvm ? ["", "clock alone counts"] : [`${cpu} s`, each];
      process.stdout.write(
        `| ${loop.changed} | \`${line}\` | ${wall} s | ${shown.join(" | ")} |\n`,
      );
    }
  } finally {
    if (fs.existsSync(kept)) {
      withoutGraphs();
      fs.cpSync(kept, GRAPHS, { recursive: true, preserveTimestamps: true });
    }
    fs.rmSync(aside, { recursive: true });
  }
  const calibrations = [before, calibration()];
  process.stdout.write(
    `\ncalibration, CPU for 30,000,000 additions in Python: ${calibrations.map((one) => `${one.toFixed(2)} s`).join(" before, ")} after` +
      `${Math.max(...calibrations) > SLOWEST ? `: above ${SLOWEST} s, so that these figures hold for no other machine` : ""}\n`,
  );
}

main(process.argv.slice(2));

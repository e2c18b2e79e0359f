import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { evaluate } from "../policy/evaluate";
import { rules } from "../policy/index";
import { levelsOf } from "../test/policy/levels";
import { recording } from "../test/policy/recorded";
import { Mode } from "../test/policy/recordings/store";
import { asSeen } from "../test/policy/seen";
import { toolHome } from "../local/home";
import { calibration } from "./measure";
import { planOf } from "./plan";
import { repeated } from "./repeated";

/**
 * What the rules cost on a large stack: `node tools/bootstrap.cjs bench/policy.ts [--checkov]`. The recording of
 * `prod`, repeated under other names, each size in a process of its own. `--checkov` has Checkov look at the same
 * stacks as plans of Terraform's. The last line is a fixed piece of work to compare machines by.
 */
const SIZES = [500, 1000, 2000];
const MODES: readonly Mode[] = ["planned", "deployed"];
/** Day that suppressions are held against. */
const TODAY = "2026-06-30";
/** Rules that are listed as the most expensive. */
const SLOWEST = 5;

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Runs every rule on one stack, and prints its row of the table. */
function measure(mode: Mode, size: number): void {
  const resources = asSeen(repeated(recording("prod", mode), size));
  const levels = levelsOf("prod");
  const costs = new Map<string, number>();
  let findings = 0;
  const started = cpuSeconds();
  for (const [rule] of rules) {
    const before = cpuSeconds();
    if (levels[rule.name].level !== "disabled") {
      findings += evaluate(rule, resources, levels[rule.name].configuration, TODAY).violations
        .length;
    }
    costs.set(rule.name, cpuSeconds() - before);
  }
  const spent = cpuSeconds() - started;
  const slowest = [...costs].sort(([, a], [, b]) => b - a).slice(0, SLOWEST);
  const megabytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(
    `| ${mode} | ${size} | ${spent.toFixed(2)} s | ${megabytes.toFixed(0)} MB | ${findings} | ` +
      `${slowest.map(([name, cost]) => `${name} ${cost.toFixed(2)}`).join(", ")} |\n`,
  );
}

/** Loads TypeScript by esbuild: the memory of a compiler is none of the rules'. */
const LOADER =
  'const { transformSync } = require("esbuild"); const fs = require("node:fs");' +
  'require.extensions[".ts"] = (module, file) => module._compile(' +
  'transformSync(fs.readFileSync(file, "utf8"), { loader: "ts", format: "cjs" }).code, file);' +
  "require(process.argv[1]);";

function child(command: readonly string[]): void {
  const [file, ...args] = command;
  const { status } = spawnSync(file, args, { stdio: "inherit" });
  if (status !== 0) {
    throw new Error(`${command.join(" ")} ended with status ${String(status)}`);
  }
}

/** Runs Checkov on one stack as a plan, with all of its checks for AWS, and prints its row of the table. */
function measureCheckov(size: number): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mwaa-bench-"));
  try {
    const resources = repeated(recording("prod", "deployed"), size);
    const plan = path.join(folder, "plan.json");
    fs.writeFileSync(plan, JSON.stringify(planOf(resources)));
    const checkov = path.join(toolHome.folder, "venvs", "judges", "bin", "checkov");
    const script =
      `"${checkov}" -f "${plan}" --framework terraform_plan --compact --quiet --soft-fail ` +
      `-o json > "${folder}/found.json" 2> "${folder}/errors.txt"; times`;
    const { stdout } = spawnSync("bash", ["-c", script], { encoding: "utf8", cwd: folder });
    // The second line is that of the children: user, then system.
    const spent = (stdout.split("\n")[1] ?? "")
      .split(" ")
      .map((time) => /^(\d+)m([\d.]+)s$/.exec(time))
      .reduce((sum, found) => sum + Number(found?.[1] ?? 0) * 60 + Number(found?.[2] ?? 0), 0);
    const { summary } = JSON.parse(fs.readFileSync(`${folder}/found.json`, "utf8")) as {
      summary: { failed: number; passed: number; resource_count: number };
    };
    process.stdout.write(
      `| Checkov | ${size} | ${spent.toFixed(2)} s | | ${summary.failed} | ` +
        `${summary.passed} passed, ${summary.resource_count} resources of the plan |\n`,
    );
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function main([mode, size]: readonly string[]): void {
  if (mode === "--checkov") {
    SIZES.forEach(measureCheckov);
    return;
  }
  if (mode !== undefined) {
    measure(mode as Mode, Number(size));
    return;
  }
  process.stdout.write(
    "| stack | resources | CPU | memory | violations | slowest rules, s |\n|---|---|---|---|---|---|\n",
  );
  for (const stack of MODES) {
    for (const resources of SIZES) {
      child([process.execPath, "-e", LOADER, __filename, stack, `${resources}`]);
    }
  }
  const seconds = calibration().toFixed(2);
  process.stdout.write(`calibration: ${seconds} s of CPU for: 30,000,000 additions in Python\n`);
}

main(process.argv.slice(2));

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { ROOT } from "../local/home";

/**
 * How long the commands take on this machine: `node local/bootstrap.cjs bench/commands.ts [--fresh]`.
 * `--fresh` adds the first `npm run demo` of a fresh clone, with the Pulumi CLI built from source by a Go whose
 * build cache is empty; package registries are as near or far as they are.
 */
const RUNS = 3;

function seconds(cwd: string, env: NodeJS.ProcessEnv, [file, ...args]: readonly string[]): number {
  const started = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(file, args, { cwd, env, encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`${[file, ...args].join(" ")} ended with status ${status}\n${stdout}${stderr}`);
  }
  return Number(process.hrtime.bigint() - started) / 1e9;
}

function report(name: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const all = times.map((time) => time.toFixed(1)).join(", ");
  process.stdout.write(`| ${name} | ${median.toFixed(1)} s | ${all} |\n`);
}

function main(args: readonly string[]): void {
  process.stdout.write(
    `${os.cpus().length} × ${os.cpus()[0].model}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ` +
      `Node.js ${process.versions.node}\n\n| what | median | runs |\n|---|---|---|\n`,
  );
  if (args.includes("--fresh")) {
    const clone = fs.mkdtempSync(path.join(os.tmpdir(), "mwaa-fresh-"));
    try {
      seconds(os.tmpdir(), process.env, ["git", "clone", "--quiet", ROOT, clone]);
      const withoutPulumi = (process.env.PATH ?? "")
        .split(path.delimiter)
        .filter((dir) => !fs.existsSync(path.join(dir, "pulumi")))
        .join(path.delimiter);
      const env = {
        ...process.env,
        PATH: withoutPulumi,
        GOCACHE: path.join(clone, ".local", "go-cache"),
      };
      report("demo in a fresh clone, CLI built", [seconds(clone, env, ["npm", "run", "demo"])]);
    } finally {
      fs.rmSync(clone, { recursive: true, force: true });
    }
  }
  const commands: readonly (readonly [string, readonly string[]])[] = [
    ["demo, warm", ["npm", "run", "demo"]],
    ["preview with the pack, nothing changed", ["npm", "run", "local", "--", "preview"]],
    ["unit tests", ["npx", "mocha"]],
  ];
  for (const [name, command] of commands) {
    seconds(ROOT, process.env, command);
    report(
      name,
      Array.from({ length: RUNS }, () => seconds(ROOT, process.env, command)),
    );
  }
}

main(process.argv.slice(2));

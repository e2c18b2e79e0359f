import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { startCloud, stopCloud } from "../local/cli/cloud";
import { Endpoint } from "../local/engine/endpoint";
import { LocalStack } from "../local/engine/stack";
import { Home, ROOT, toolHome } from "../local/home";
import { findPulumi } from "../local/setup/pulumiCli";
import { freePort } from "../test/local/running";
import { type Spent, median, spent } from "./measure";

/**
 * How long the commands take on this machine: `node tools/bootstrap.cjs bench/commands.ts [--fresh] [--pack]`.
 * `--fresh` adds the first `npm run demo` of a fresh clone, with the Pulumi CLI built from source by a Go whose
 * build cache is empty; package registries are as near or far as they are. `--pack` measures only what the policy
 * pack costs a preview.
 */
const RUNS = 3;

/** Previews of each kind: they differ more from one another than by the pack. */
const PREVIEWS = 7;

/** The SDK as a `pulumi preview` on AWS has it, whose own host notes stack traces that the laptop's leaves out. */
const AS_ON_AWS = { PULUMI_DEBUG_PROMISE_LEAKS: "true" };

/** Seconds by the clock. */
function seconds(cwd: string, env: NodeJS.ProcessEnv, command: readonly string[]): number {
  return spent(cwd, env, command).wall;
}

function report(name: string, times: readonly number[]): void {
  const all = times.map((time) => time.toFixed(1)).join(", ");
  process.stdout.write(`| ${name} | ${median(times).toFixed(1)} s | ${all} |\n`);
}

/** What a measured preview is told: where its stack lies, and where the cloud is. */
interface Measured {
  readonly folder: string;
  readonly cloud: Endpoint;
}

/** One preview, or up, in a process of its own, as Pulumi starts a program for each. */
async function once(what: string, { folder, cloud }: Measured): Promise<void> {
  const pulumi = await findPulumi(toolHome);
  if (pulumi === undefined) {
    throw new Error("There is no Pulumi CLI yet; run: npm run local -- setup");
  }
  const policyPack = what === "without" ? null : undefined;
  const stack = await LocalStack.open({
    home: new Home(folder),
    pulumi,
    cloud,
    policyPack,
    onOutput: () => undefined,
  });
  const { policies } = await (what === "up" ? stack.up() : stack.preview());
  if ((policies.pack === undefined) !== (what === "without")) {
    throw new Error(`The preview ${what} the pack ran ${policies.pack}.`);
  }
}

/** Previews the local stack with the pack and without, by turns, on a cloud of its own. */
async function pack(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mwaa-bench-"));
  const home = new Home(folder);
  try {
    const cloud = await startCloud(home, await freePort(), () => undefined);
    const run = (what: string) =>
      spent(ROOT, { ...process.env, ...cloud.environment, ...AS_ON_AWS }, [
        ...[process.execPath, "tools/bootstrap.cjs", "bench/commands.ts"],
        ...["--once", what, JSON.stringify({ folder, cloud })],
      ]);
    const compare = (what: string): void => {
      const times = { without: [] as Spent[], with: [] as Spent[] };
      // The first of each is not counted.
      for (let round = 0; round <= PREVIEWS; round += 1) {
        for (const kind of ["without", "with"] as const) {
          times[kind].push(run(kind));
        }
      }
      for (const kind of ["wall", "cpu"] as const) {
        const [without, withPack] = [times.without, times.with].map((all) =>
          all.slice(1).map((one) => one[kind]),
        );
        const name = `${what}, ${kind === "cpu" ? "CPU" : "clock"}`;
        report(`${name}, without the pack`, without);
        report(`${name}, with the pack`, withPack);
        // Pair by pair: a machine whose speed changes changes both of a pair.
        const ratio = median(withPack.map((time, round) => time / without[round]));
        process.stdout.write(`| ${name}, ratio | ${ratio.toFixed(2)} | at most 1.15 is wanted |\n`);
      }
    };
    compare("first preview");
    run("up");
    compare("preview, nothing changed");
  } finally {
    await stopCloud(home);
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === "--once") {
    return once(args[1], JSON.parse(args[2]) as Measured);
  }
  process.stdout.write(
    `${os.cpus().length} × ${os.cpus()[0].model}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ` +
      `Node.js ${process.versions.node}\n\n| what | median | runs |\n|---|---|---|\n`,
  );
  if (args.includes("--pack")) {
    return pack();
  }
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
  await pack();
}

void main(process.argv.slice(2));

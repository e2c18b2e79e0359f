import { spawnSync } from "node:child_process";

/** What a command took: seconds by the clock, and of the processors for it and all that it started. */
export interface Spent {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * Runs a command and measures it.
 *
 * @throws Error with what it wrote, where it fails
 */
export function spent(cwd: string, env: NodeJS.ProcessEnv, command: readonly string[]): Spent {
  const started = process.hrtime.bigint();
  // Node.js counts the processors of its own process only. The last line is that of what the shell started.
  const { status, stdout, stderr } = spawnSync(
    "bash",
    ["-c", '"$@"; status=$?; times; exit $status', "bash", ...command],
    { cwd, env, encoding: "utf8" },
  );
  if (status !== 0) {
    throw new Error(`${command.join(" ")} ended with status ${status}\n${stdout}${stderr}`);
  }
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  const cpu = (stdout.trimEnd().split("\n").at(-1) ?? "")
    .split(" ")
    .map((time) => /^(\d+)m([\d.]+)s$/.exec(time) ?? [])
    .reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0);
  return { wall, cpu };
}

export function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

/** A fixed piece of work to compare machines by. */
const CALIBRATION = "s=0\nfor i in range(30_000_000): s+=i";

/** Seconds of CPU that this machine takes for the fixed piece of work. */
export function calibration(): number {
  const script = `import time\nbegun=time.process_time()\n${CALIBRATION}\nprint(time.process_time()-begun)`;
  return Number(spawnSync("python3", ["-c", script], { encoding: "utf8" }).stdout);
}

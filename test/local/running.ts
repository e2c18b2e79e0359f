import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { Home, ROOT } from "../../local/home";

export { freePort } from "../../local/cli/processes";

/** A home of its own for a test, removed by `remove`. */
export function temporaryHome(): { home: Home; remove: () => void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mwaa-local-"));
  return {
    home: new Home(folder),
    remove: () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** The command lines of the processes that have `text` in theirs or in their environment, without this one. */
export function processesWith(text: string): string[] {
  const ps = (...args: string[]) =>
    execFileSync("ps", [...args, "-o", "pid=,args="], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    })
      .split("\n")
      .map((line) => line.trim());
  const pids = new Set(
    ps("axeww")
      .filter((line) => line.includes(text))
      .map((line) => line.split(" ")[0]),
  );
  pids.delete(String(process.pid));
  return ps("ax").filter((line) => pids.has(line.split(" ")[0]));
}

/** A copy of the program that a test may edit. The packages are the checkout's own. */
export function copyOfProgram(): { folder: string; remove: () => void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mwaa-program-"));
  const parts = fs
    .readdirSync(ROOT)
    .filter((name) =>
      /^(Pulumi.*\.yaml|index\.ts|settings\.ts|tsconfig\.json|checks|components|dags|jobs|notebooks|plugins|policy|package\.json)$/.test(
        name,
      ),
    );
  for (const part of parts) {
    fs.cpSync(path.join(ROOT, part), path.join(folder, part), {
      recursive: true,
      filter: (file) => !file.includes("__pycache__"),
    });
  }
  fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  return { folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}

/**
 * What the engine is told where nothing of its state has to outlive a kill: it writes it at the end alone, in place of
 * twice for each resource, which is two thirds of an update's CPU seconds in the engine.
 * https://www.pulumi.com/docs/iac/cli/environment-variables/, PULUMI_SKIP_CHECKPOINTS
 */
export const WITHOUT_CHECKPOINTS = {
  PULUMI_EXPERIMENTAL: "true",
  PULUMI_SKIP_CHECKPOINTS: "true",
};

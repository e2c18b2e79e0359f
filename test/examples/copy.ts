import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { ROOT } from "../../local/home";

/** What a copy shares with the checkout, by links: what no example changes. */
const LINKED = ["node_modules", ".local/tools", ".local/venvs"];

/** Never copied: what is made, or kept, in the checkout itself. */
const LEFT_OUT = [".git", ".local", "node_modules", "wheels"];

/** A copy of the checkout, as a new user has it. */
export function copyOfCheckout(): { readonly folder: string; readonly remove: () => void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mwaa-copy-"));
  fs.cpSync(ROOT, folder, {
    recursive: true,
    filter: (source) => !LEFT_OUT.includes(path.relative(ROOT, source)),
  });
  for (const shared of LINKED) {
    const link = path.join(folder, shared);
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.symlinkSync(fs.realpathSync(path.join(ROOT, shared)), link);
  }
  return { folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}

/** Runs a command in a copy, and gives what it wrote. Fails where the command does. */
export function runIn(
  folder: string,
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...environment },
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(status, 0, `${command} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

/** Runs `npm run local -- …` in a copy. */
export function local(folder: string, ...args: readonly string[]): string {
  const bootstrap = path.join(folder, "tools/bootstrap.cjs");
  return runIn(folder, process.execPath, [bootstrap, "local/cli/main.ts", ...args]);
}

/** The files of an example, relative to it, sorted. */
export function filesOf(example: string): string[] {
  const folder = path.join(ROOT, "examples", example);
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** The commands of docs/your-own-pipeline.md that put an example into the checkout. */
export function commandsOfPage(example: string): string[] {
  const page = fs.readFileSync(path.join(ROOT, "docs/your-own-pipeline.md"), "utf8");
  const blocks = [...page.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
  const found = blocks.find((block) => block.startsWith(`cp -r examples/${example}/. .`));
  return (found ?? "").trim().split("\n");
}

/** Changes the pipelines that a stack of the copy lists. */
export function list(folder: string, pipelines: readonly string[], stack = "local"): void {
  const file = path.join(folder, `Pulumi.${stack}.yaml`);
  const text = fs.readFileSync(file, "utf8");
  const changed = text.replace(/(pipelines: )\[.*\]/, `$1[${pipelines.join(", ")}]`);
  fs.writeFileSync(file, changed);
}

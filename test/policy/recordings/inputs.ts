import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { ROOT } from "../../../local/home";

/**
 * What decides the graphs of every stack, as files and folders of the checkout: the program with the files that it
 * uploads, the providers, the local cloud, what runs and captures them, and the packages of all of these.
 */
export const INPUTS: readonly string[] = [
  "Pulumi.yaml",
  "checks",
  "components",
  "dags",
  "deploy/project.ts",
  "index.ts",
  "jobs",
  "local/airflow/versions",
  "local/cli/cloud.ts",
  "local/cli/processes.ts",
  "local/cloud",
  "local/engine",
  "local/home.ts",
  "local/provider",
  "local/setup",
  "notebooks",
  "package-lock.json",
  "plugins",
  // Not the rules: which of them there are changes no graph.
  "policy/blocks.ts",
  "policy/kept.ts",
  "policy/lists.ts",
  "policy/said.ts",
  "policy/states.ts",
  "policy/topology.ts",
  "policy/unknown.ts",
  "settings.ts",
  "test/policy/capture",
  "test/policy/recordings/derive.ts",
  "tsconfig.json",
  "wheels",
];

/** What is made beside the files of a folder, or only read by people. */
const LEFT_OUT = /(^|\/)(__pycache__|\.[^/]*)$|\.(pyc|md)$/;

/** The files at or below a path of the checkout, relative to it, in a fixed order; none where it is not there. */
function filesAt(root: string, at: string): string[] {
  const stat = fs.statSync(path.join(root, at), { throwIfNoEntry: false });
  if (stat === undefined || LEFT_OUT.test(at)) {
    return [];
  }
  return stat.isDirectory()
    ? fs
        .readdirSync(path.join(root, at))
        .sort()
        .flatMap((name) => filesAt(root, `${at}/${name}`))
    : [at];
}

/**
 * What the graphs of a stack follow from, as one hash: they are the same, but for ids, where this is.
 *
 * @param root the checkout
 */
export function digestOf(stack: string, root: string = ROOT): string {
  const hash = createHash("sha256");
  for (const file of [...INPUTS, `Pulumi.${stack}.yaml`].flatMap((at) => filesAt(root, at))) {
    const content = fs.readFileSync(path.join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

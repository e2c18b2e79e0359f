import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { parse, stringify } from "yaml";

import type { Pipeline } from "../../components/pipeline";
import { PIPELINES } from "../../components/pipelines";
import * as list from "../../components/pipelines/list";
import { ROOT } from "../../local/home";
import { PROJECT } from "../mocks";
import type { RecordedResource } from "../policy/mutant";
import { recording } from "../policy/recorded";
import { digestOf } from "../policy/recordings/inputs";
import { MODES, Store, graphFile } from "../policy/recordings/store";
import { STACKS, type StackName } from "../stackFiles";

/** Removes pipelines from a copy of the checkout, as docs/your-own-pipeline.md says. */
export function removePipelines(folder: string, names: readonly string[]): void {
  const left = PIPELINES.filter(({ name }) => !names.includes(name));
  names.forEach((name) => removePipeline(folder, name, left));
}

/** Removes a pipeline, with the files that none of those which are left has. */
function removePipeline(folder: string, name: string, others: readonly Pipeline[]): void {
  const [exported, pipeline] = Object.entries(list).find(([, one]) => one.name === name) ?? [];
  if (exported === undefined || pipeline === undefined) {
    throw new Error(`There is no pipeline ${name} in components/pipelines/list.ts.`);
  }
  const module = removeLine(path.join(folder, "components/pipelines/list.ts"), exported);
  const dags = filesOf("dags", pipeline, others);
  for (const part of [
    `components/pipelines/${module}`,
    `components/pipelines/${module}.ts`,
    `test/pipelines/${module}`,
    `test/pipelines/${module}.test.ts`,
    ...dags.map((file) => `dags/${file}`),
    ...dags.map((file) => `test/dags/test_${file}`),
    ...filesOf("jobs", pipeline, others).map((file) => `jobs/${file}`),
  ]) {
    fs.rmSync(path.join(folder, part), { recursive: true, force: true });
  }
  for (const stack of STACKS) {
    takeOff(path.join(folder, `Pulumi.${stack}.yaml`), pipeline, others);
  }
}

/** Removes the line of a pipeline from the list, and tells what it exported from. */
function removeLine(file: string, exported: string): string {
  const text = fs.readFileSync(file, "utf8");
  const [line, module] =
    new RegExp(`^export { ${exported} } from "\\./(\\w+)";\\n`, "m").exec(text) ?? [];
  if (line === undefined) {
    throw new Error(`${file} has no line that exports ${exported} alone.`);
  }
  fs.writeFileSync(file, text.replace(line, ""));
  return module;
}

/** Files of a pipeline that no other one has. */
function filesOf(
  kind: "dags" | "jobs",
  { files }: Pipeline,
  others: readonly Pipeline[],
): string[] {
  return (files[kind] ?? []).filter(
    (file) => !others.some((other) => other.files[kind]?.includes(file)),
  );
}

/** Takes a pipeline with its settings out of the configuration of a stack. */
function takeOff(file: string, pipeline: Pipeline, others: readonly Pipeline[]): void {
  const { config } = parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  const left = Object.entries(config).filter(([key]) => {
    const setting = key.replace(`${PROJECT}:`, "");
    return !(setting in pipeline.settings) || others.some(({ settings }) => setting in settings);
  });
  const key = `${PROJECT}:pipelines`;
  const pipelines = (config[key] as string[]).filter((name) => name !== pipeline.name);
  fs.writeFileSync(file, stringify({ config: { ...Object.fromEntries(left), [key]: pipelines } }));
}

/** Labels of what the program registers of its own for a stack, as a graph has them, by what its tests have on record. */
function registered(folder: string, stack: StackName): string[] {
  const lines = fs.readFileSync(path.join(folder, "test/golden", `${stack}.txt`), "utf8");
  return lines.split("\n").map((line) => line.split(" < ")[0].replace(" ", "::"));
}

/** A graph without some resources. What others have in their properties because of these stays. */
function withoutLabels(
  graph: readonly RecordedResource[],
  gone: ReadonlySet<string>,
): RecordedResource[] {
  const left = (labels: readonly string[]) => labels.filter((label) => !gone.has(label));
  return graph
    .filter(({ type, name }) => !gone.has(`${type}::${name}`))
    .map((resource) => ({
      ...resource,
      propertyDependencies: Object.fromEntries(
        Object.entries(resource.propertyDependencies).map(([property, on]) => [property, left(on)]),
      ),
    }));
}

/**
 * Gives a copy the graphs of the checkout, without the resources that its program registers no more, once its tests have
 * these on record: to derive its own takes longer than all of its unit tests together.
 */
export function giveGraphs(folder: string): void {
  const store = new Store(path.join(folder, ".local/recorded"), (stack) => digestOf(stack, folder));
  for (const stack of STACKS) {
    const left = new Set(registered(folder, stack));
    const gone = new Set(registered(ROOT, stack).filter((label) => !left.has(label)));
    assert.ok(gone.size > 0, `${stack} has the same resources without them`);
    const target = store.folderOf(stack);
    fs.mkdirSync(target, { recursive: true });
    for (const mode of MODES) {
      const graph = withoutLabels(recording(stack, mode), gone);
      fs.writeFileSync(graphFile(target, mode), JSON.stringify(graph));
    }
  }
}

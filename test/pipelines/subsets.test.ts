import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { type ConfiguredPipeline, extensionsOf } from "../../components/pipeline";
import { PIPELINES } from "../../components/pipelines";
import { SERVICES } from "../../components/plan";
import type { Statement } from "../../components/policyDocument";
import { servicesOf, stackContext } from "../../components/stackContext";
import program from "../../index";
import { configuredKeys, readSettings } from "../../settings";
import { PROJECT, type Recording, ofType, record } from "../mocks";
import { LOCATION, document } from "../policies";
import { stackConfig } from "../stackFiles";

const ROOT = path.join(__dirname, "..", "..");
const NAMES = PIPELINES.map(({ name }) => name);

const PARAMETER = "aws:ssm/parameter:Parameter";
const OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2";

/** Every set of up to four pipelines; of more, so that their number does not double with each: two, or all but one. */
const SUBSETS = NAMES.reduce<string[][]>(
  (sets, name) => [...sets, ...sets.map((set) => [...set, name])],
  [[]],
).filter(({ length }) => length <= 2 || length >= NAMES.length - 1);

/** What stands for each service. */
const TYPES: Readonly<Record<string, string>> = {
  athena: "mwaa:athena:Athena",
  data: "mwaa:dataBucket:DataBucket",
  emr: "mwaa:emr:Emr",
  notices: "mwaa:notices:Notices",
  redshift: "mwaa:redshiftTarget:RedshiftTarget",
};

const recordings = new Map<string, Promise<Recording<unknown>>>();

/** The stack `dev` with these pipelines. */
function stackOf(pipelines: readonly string[], more: Record<string, unknown> = {}) {
  const key = JSON.stringify([pipelines, more]);
  let found = recordings.get(key);
  if (found === undefined) {
    const config = { ...stackConfig("dev"), pipelines, ...more };
    found = record(() => program(), { stack: "dev", config });
    recordings.set(key, found);
  }
  return found;
}

/** The pipelines of that stack, as they are configured. */
function configured(pipelines: readonly string[]): ConfiguredPipeline[] {
  const config: Record<string, unknown> = { ...stackConfig("dev"), pipelines };
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const keys = Object.keys(config).filter((key) => !key.includes(":"));
  const settings = readSettings(
    { get: (key) => (key in config ? text(config[key]) : undefined) },
    configuredKeys(PROJECT, Object.fromEntries(keys.map((key) => [`${PROJECT}:${key}`, ""]))),
    { project: PROJECT, stack: "dev", accountId: LOCATION.accountId, region: LOCATION.region },
    extensionsOf(PIPELINES),
  );
  const context = stackContext(
    { project: PROJECT, stack: "dev", location: LOCATION, root: ROOT },
    settings,
  );
  return PIPELINES.filter(({ name }) => pipelines.includes(name)).map((pipeline) =>
    pipeline.configure(context, settings),
  );
}

/** Values of the Variables, by name. */
function variables(recording: Recording<unknown>): Record<string, string> {
  return Object.fromEntries(
    ofType(recording, PARAMETER)
      .map(({ inputs }) => [String(inputs.name), String(inputs.value)])
      .filter(([name]) => name.includes("/variables/"))
      .map(([name, value]) => [name.split("/").at(-1), value]),
  ) as Record<string, string>;
}

/** Statements of all that is attached to the roles whose names in the stack begin so. */
function statements(recording: Recording<unknown>, role: string): Statement[] {
  return recording.registrations
    .filter(
      ({ type, name }) =>
        /^aws:iam\/(rolePolicy:RolePolicy|policy:Policy)$/.test(type) && name.startsWith(role),
    )
    .flatMap(({ inputs }) => document(inputs.policy).Statement as Statement[]);
}

/** Whether an action on a resource is granted. */
function granted(given: readonly Statement[], action: string, arn: string): boolean {
  return given.some(
    ({ Action, Resource }) =>
      [Action].flat().includes(action) &&
      [Resource ?? []].flat().some((pattern) => matches(pattern, arn)),
  );
}

function matches(pattern: string, arn: string): boolean {
  const source = pattern.split("*").map((part) => part.replace(/[.$+?^|()[\]{}\\]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`).test(arn);
}

/** A DAG file with all of `mwaalib` that it imports, directly or not. */
function sourceOf(file: string, seen = new Set<string>()): string {
  if (seen.has(file)) {
    return "";
  }
  seen.add(file);
  const text = fs.readFileSync(path.join(ROOT, "dags", file), "utf8");
  const modules = [...text.matchAll(/^from mwaalib(?:\.(\w+))? import ([\w, ]+|\([^)]+\))/gm)]
    .flatMap(([, module, names]) =>
      module === undefined ? names.replace(/[()]/g, "").split(",") : [module],
    )
    .map((module) => `mwaalib/${module.trim()}.py`)
    .filter((module) => fs.existsSync(path.join(ROOT, "dags", module)));
  return [text, ...modules.map((module) => sourceOf(module, seen))].join("\n");
}

/** Variables, of those that there are in all, that a pipeline's DAGs name. */
function readVariables(pipeline: ConfiguredPipeline, all: readonly string[]): string[] {
  const source = pipeline.files.dags.map((file) => sourceOf(file)).join("\n");
  return all.filter((name) => new RegExp(`(["'\`]|var\\.value\\.)${name}\\b`).test(source));
}

/** Variables that a DAG file itself reads by their names, without a default. */
function variablesIn(file: string): string[] {
  const text = fs.readFileSync(path.join(ROOT, "dags", file), "utf8");
  const calls = /\bVariable\.get\(\s*["'](\w+)["'](?!\s*,\s*default)/g;
  return [...text.matchAll(calls), ...text.matchAll(/\bvar\.(?:value|json)\.(\w+)/g)]
    .map(([, name]) => name)
    .filter((name) => name !== "get");
}

for (const { name: pipeline, files, plan } of configured(NAMES)) {
  describe(`the DAG files of ${pipeline}`, () => {
    const text = () =>
      files.dags.map((file) => fs.readFileSync(path.join(ROOT, "dags", file), "utf8")).join("\n");
    const has = (name: string) => new RegExp(`["']${name}["']`).test(text());

    it("are there", () => {
      for (const file of files.dags) {
        const place = path.join(ROOT, "dags", file);
        assert.ok(fs.existsSync(place), `files.dags names ${file}, which is not in dags/`);
      }
    });

    it("define the DAGs of the plan, and read the options of their schedules", () => {
      for (const { id, schedule } of plan.dags) {
        assert.ok(has(id), `no file of files.dags has the dag_id "${id}" of the plan`);
        assert.ok(
          schedule === undefined || has(schedule.option),
          `the plan gives the schedule of ${id} by the option ${schedule?.option}, which no file of files.dags reads`,
        );
      }
    });

    it("read Variables that are there where the pipeline is listed alone", async () => {
      const found = Object.keys(variables(await stackOf([pipeline])));
      for (const file of files.dags) {
        for (const name of variablesIn(file)) {
          assert.ok(
            found.includes(name),
            `dags/${file} reads the Variable ${name}, which the stack does not have: return it from build, or name ` +
              `the service that gives it in services. There are: ${found.sort().join(", ")}`,
          );
        }
      }
    });
  });
}

for (const pipelines of SUBSETS) {
  describe(`a stack with ${pipelines.length === 0 ? "no pipeline" : pipelines.join(" and ")}`, () => {
    const listed = configured(pipelines);
    const others = configured(NAMES.filter((name) => !pipelines.includes(name)));

    it("is a part of the stack with all: the same resources under the same parents", async () => {
      const all = new Map((await stackOf(NAMES)).registrations.map((one) => [one.urn, one.parent]));
      for (const { urn, parent } of (await stackOf(pipelines)).registrations) {
        assert.equal(all.get(urn), parent, urn);
      }
    });

    it("has the services that its pipelines need, and no other", async () => {
      const { registrations } = await stackOf(pipelines);
      const found = Object.keys(TYPES).filter((service) =>
        registrations.some(({ type }) => type === TYPES[service]),
      );
      const needed = servicesOf(listed, { services: [] });
      assert.deepEqual(found, [...needed].sort());
    });

    it("has every Variable that its DAGs read, and beside them only those of its services", async () => {
      const all = Object.keys(variables(await stackOf(NAMES)));
      const ofServices = Object.keys(variables(await stackOf([], { services: [...SERVICES] })));
      const found = Object.keys(variables(await stackOf(pipelines)));
      const read = listed.flatMap((pipeline) => readVariables(pipeline, all));
      assert.deepEqual(
        read.filter((name) => !found.includes(name)),
        [],
        "Variables that the DAGs, or what they import of mwaalib, read and the stack does not have: return them from " +
          "build, or name the service that gives them in services (default_args needs notices)",
      );
      assert.deepEqual(
        found.filter((name) => !read.includes(name) && !ofServices.includes(name)),
        [],
        "Variables that no DAG reads",
      );
    });

    it("has the parameters that its tasks may read, and lets them read its Variables", async () => {
      const recording = await stackOf(pipelines);
      const own = statements(recording, "execution-");
      const arn = (name: string) => `arn:aws:ssm:us-east-1:123456789012:parameter${name}`;
      const names = ofType(recording, PARAMETER).map(({ inputs }) => String(inputs.name));
      const planned = listed.flatMap(({ plan }) => plan.owned?.parameters ?? []);
      assert.deepEqual(
        names.filter((name) => !name.includes("/variables/")).sort(),
        planned.sort(),
      );
      for (const name of names.filter((one) => one.includes("/variables/"))) {
        assert.ok(granted(own, "ssm:GetParameter", arn(name)), name);
      }
      const asked = own
        .filter(({ Action }) => [Action].flat().includes("ssm:GetParameter"))
        .flatMap(({ Resource }) => [Resource ?? []].flat());
      for (const pattern of asked.filter((one) => !one.includes("/variables/"))) {
        assert.ok(
          names.some((name) => matches(pattern, arn(name))),
          pattern,
        );
      }
    });

    it("grants its pipelines' prefixes to who uses them, and no other pipeline's to anybody", async () => {
      const recording = await stackOf(pipelines);
      const bucket = "arn:aws:s3:::airflow-mwaa-analytics-data-dev-123456789012-us-east-1";
      const use = { read: "s3:GetObject", write: "s3:PutObject" } as const;
      const roles = { tasks: "execution-", copy: "redshift-copy" } as const;
      for (const { plan, name } of listed) {
        for (const { prefix, tasks, emr, copy } of Object.values(plan.prefixes ?? {})) {
          const arn = `${bucket}/${prefix}a`;
          if (tasks !== undefined) {
            const own = statements(recording, roles.tasks);
            const listing = own.some(({ Action, Condition }) => {
              const asked = [Condition?.StringLike?.["s3:prefix"] ?? []].flat();
              return [Action].flat().includes("s3:ListBucket") && asked.includes(`${prefix}*`);
            });
            assert.ok(
              granted(own, use[tasks], arn) || (tasks === "read" && listing),
              `${name} ${prefix}`,
            );
          }
          if (emr !== undefined) {
            const nodes = statements(recording, plan.nodes?.role ?? "");
            assert.ok(granted(nodes, use[emr], arn), `${name} ${prefix}`);
          }
          assert.equal(
            granted(statements(recording, roles.copy), "s3:GetObject", arn),
            copy === true,
            `${name} ${prefix}`,
          );
        }
      }
      const text = JSON.stringify(recording.registrations.map(({ inputs }) => inputs));
      const prefixes = (of: readonly ConfiguredPipeline[]) =>
        of.flatMap(({ plan }) => Object.values(plan.prefixes ?? {}).map(({ prefix }) => prefix));
      for (const prefix of prefixes(others).filter((one) => !prefixes(listed).includes(one))) {
        // The bucket's name ends so.
        assert.ok(!text.includes(`us-east-1/${prefix}`), prefix);
      }
    });

    it("uploads the files of its pipelines, and of no other", async () => {
      const keys = ofType(await stackOf(pipelines), OBJECT).map(({ inputs }) => String(inputs.key));
      const files = (of: readonly ConfiguredPipeline[]) =>
        of.flatMap((pipeline) => [
          ...pipeline.files.dags.map((file) => `dags/${file}`),
          ...(pipeline.files.jobs ?? []).map((file) => `jobs/${file}`),
        ]);
      assert.deepEqual(
        files(listed).filter((file) => !keys.includes(file)),
        [],
      );
      assert.deepEqual(
        files(others).filter((file) => keys.includes(file)),
        [],
      );
      assert.ok(keys.includes("dags/mwaalib/runs.py"));
    });

    it("has the schedules of its DAGs alone", async () => {
      const recording = await stackOf(pipelines);
      const [{ inputs }] = ofType(recording, "aws:mwaa/environment:Environment");
      const options = inputs.airflowConfigurationOptions as Record<string, string>;
      const expected = listed
        .flatMap(({ plan }) => plan.dags)
        .flatMap(({ schedule }) => (schedule === undefined ? [] : [schedule]))
        .map(({ option, cron }) => [`mwaa_analytics.${option}`, cron]);
      const schedules = Object.entries(options).filter(([option]) => option.endsWith("_schedule"));
      assert.deepEqual(Object.fromEntries(schedules), Object.fromEntries(expected));
    });
  });
}

describe("a service that a stack asks for", () => {
  it("is there without a pipeline, with what it works with", async () => {
    const { registrations } = await stackOf([], { services: ["emr", "notices"] });
    const found = Object.keys(TYPES).filter((service) =>
      registrations.some(({ type }) => type === TYPES[service]),
    );
    assert.deepEqual(found, ["data", "emr", "notices"]);
  });
});

describe("pipelines of a stack that keeps its data", () => {
  const kept = async (more: Record<string, unknown>) =>
    (await stackOf(NAMES, more)).registrations
      .filter(({ type }) => type === "mwaa:pipeline:PipelineData")
      .map(({ name, protect }) => [name, protect]);

  it("stand in the state, protected, so that none is taken off the list by mistake", async () => {
    assert.deepEqual(
      await kept({ forceDestroy: false }),
      NAMES.map((name) => [`${name}-data`, true]),
    );
    // There as well, so that a change of forceDestroy takes the protection away, and not what is protected.
    assert.deepEqual(
      await kept({ forceDestroy: true }),
      NAMES.map((name) => [`${name}-data`, false]),
    );
  });
});

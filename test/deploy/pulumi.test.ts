import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { argumentsOf, runPulumi } from "../../deploy/ci/pulumi";

describe("arguments of the CLI", () => {
  const has = (args: readonly string[], ...wanted: string[]) =>
    assert.ok(` ${args.join(" ")} `.includes(` ${wanted.join(" ")} `), args.join(" "));

  for (const operation of ["preview", "up"] as const) {
    it(`put the pack over ${operation}, with the stack's own configuration`, () => {
      const args = argumentsOf(operation, "prod");
      assert.equal(args[0], operation);
      has(args, "--stack", "prod");
      has(args, "--policy-pack", "policy");
      has(args, "--policy-pack-config", "policy/config/prod.json");
    });
  }

  it("change nothing when they look for drift", () => {
    const args = argumentsOf("drift", "dev");
    assert.deepEqual(args.slice(0, 3), ["refresh", "--preview-only", "--expect-no-changes"]);
    assert.ok(!args.includes("--yes"));
  });

  it("agree by themselves only to an update", () => {
    assert.ok(argumentsOf("up", "dev").includes("--yes"));
    assert.ok(!argumentsOf("preview", "dev").includes("--yes"));
  });

  it("write the engine's events where they are asked for, and nowhere else", () => {
    has(argumentsOf("preview", "dev", undefined, "events.jsonl"), "--event-log", "events.jsonl");
    assert.ok(!argumentsOf("preview", "dev").includes("--event-log"));
  });

  it("never show secrets", () => {
    for (const operation of ["preview", "up", "drift"] as const) {
      assert.ok(!argumentsOf(operation, "dev").some((text) => text.startsWith("--show-secrets")));
    }
  });

  it("name the stack's organization in Pulumi Cloud, and the files without it", () => {
    const args = argumentsOf("preview", "dev", "acme");
    has(args, "--stack", "acme/dev");
    has(args, "--policy-pack-config", "policy/config/dev.json");
  });

  for (const stack of ["", "--yes", "a b", "../dev", "org/dev", "dev;ls", "$(ls)"]) {
    it(`are refused for the stack ${JSON.stringify(stack)}`, () =>
      assert.throws(() => argumentsOf("preview", stack), RangeError));
  }
});

describe("the CLI", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "cli-"));
  after(() => fs.rmSync(folder, { recursive: true }));

  /** Runs a script in the place of the CLI; what it prints is kept out of the report of the tests. */
  const run = async (script: string, environment: NodeJS.ProcessEnv = {}) => {
    const file = path.join(folder, "pulumi");
    fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const [out, err] = [
      process.stdout.write.bind(process.stdout),
      process.stderr.write.bind(process.stderr),
    ];
    process.stdout.write = () => true;
    process.stderr.write = () => true;
    try {
      return await runPulumi([], { PATH: process.env.PATH, ...environment }, file);
    } finally {
      process.stdout.write = out;
      process.stderr.write = err;
    }
  };

  it("hands over its status, and both of its outputs", async () => {
    const { status, output } = await run("echo out; echo err >&2; exit 7");
    assert.equal(status, 7);
    assert.deepEqual(output.trim().split("\n").sort(), ["err", "out"]);
  });

  it("fails where it is killed", async () => {
    const { status, output } = await run("kill -9 $$");
    assert.notEqual(status, 0);
    assert.match(output, /SIGKILL/);
  });

  it("is not told the tokens of GitHub", async () => {
    const { output } = await run("env", {
      GITHUB_TOKEN: "t0ken-of-github",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t0ken-of-identity",
      GITHUB_RUN_ID: "77",
    });
    assert.match(output, /GITHUB_RUN_ID=77/);
    assert.doesNotMatch(output, /TOKEN/);
  });

  it("has its output freed of secrets", async () => {
    const { output } = await run('echo "key $AWS_SECRET_ACCESS_KEY"', {
      AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI",
    });
    assert.equal(output, "key [secret]\n");
  });

  it("rejects where it is not there", () =>
    assert.rejects(runPulumi([], {}, path.join(folder, "nowhere")), /ENOENT/));
});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { driftMark } from "../../deploy/ci/driftIssue";
import { GitHub } from "../../deploy/ci/github";
import { PREVIEW_MARK } from "../../deploy/ci/previewComment";
import { Outcome, readResult, writeResult } from "../../deploy/ci/result";
import { ROOT } from "../../local/home";
import { GitHubServer, Kept } from "./githubServer";
import { PASSED, REFUSED } from "./output";

const REPOSITORY = "acme/data";
const TOKEN = "t0ken-of-the-run";
const MARK = "<!-- a mark -->";

describe("GitHub", () => {
  let server: GitHubServer;
  let address: string;
  let github: GitHub;

  beforeEach(async () => {
    server = new GitHubServer(REPOSITORY, TOKEN);
    address = await server.start();
    github = new GitHub(address, REPOSITORY, TOKEN);
  });
  afterEach(() => server.stop());

  describe("comments", () => {
    let pullRequest: Kept;

    beforeEach(() => {
      pullRequest = server.add({ pull_request: {}, user: { login: "ann" } });
    });

    const bodies = () => pullRequest.comments.map(({ body }) => body);

    it("are made once and then changed", async () => {
      await github.comment(pullRequest.number, MARK, "one");
      await github.comment(pullRequest.number, MARK, "two");
      assert.deepEqual(bodies(), [`${MARK}\ntwo`]);
    });

    it("are found past the first page", async () => {
      for (let i = 0; i < 250; i += 1) {
        server.add({ body: `talk ${i}`, user: { login: "ann" } }, pullRequest.comments);
        if (i === 201) {
          await github.comment(pullRequest.number, MARK, "one");
        }
      }
      await github.comment(pullRequest.number, MARK, "two");
      assert.deepEqual(
        bodies().filter((body) => body.startsWith(MARK)),
        [`${MARK}\ntwo`],
      );
    });

    it("leave those of others alone, who have the same mark or another", async () => {
      server.add({ body: `${MARK}\nmine`, user: { login: "mallory" } }, pullRequest.comments);
      server.add({ body: "<!-- another -->\nmine" }, pullRequest.comments);
      server.add({ body: `> ${MARK}\nquoted` }, pullRequest.comments);
      await github.comment(pullRequest.number, MARK, "one");
      assert.equal(bodies().length, 4);
      assert.equal(bodies()[3], `${MARK}\none`);
    });

    it("say what GitHub answered where it refuses", async () => {
      const other = new GitHub(address, REPOSITORY, "wrong");
      await assert.rejects(
        other.comment(pullRequest.number, MARK, "one"),
        /GET issues\/\d+\/comments.* with 401: .*Bad credentials/,
      );
      await assert.rejects(
        github.comment(pullRequest.number, MARK, "x".repeat(70_000)),
        /422.*too long/,
      );
    });
  });

  describe("issues", () => {
    const open = () => server.issues.filter(({ state }) => state === "open");

    it("are opened once and then changed", async () => {
      await github.openIssue(MARK, "title", "one");
      await github.openIssue(MARK, "title", "two");
      assert.deepEqual(
        open().map(({ title, body }) => [title, body]),
        [["title", `${MARK}\ntwo`]],
      );
    });

    it("are closed with a reason, and opened anew afterwards", async () => {
      await github.openIssue(MARK, "title", "one");
      await github.closeIssue(MARK, "gone");
      assert.deepEqual(open(), []);
      assert.deepEqual(
        server.issues[0].comments.map(({ body }) => body),
        ["gone"],
      );
      await github.openIssue(MARK, "title", "two");
      assert.equal(server.issues.length, 2);
      assert.equal(open()[0].body, `${MARK}\ntwo`);
    });

    it("stay as they are where there is none to close", async () => {
      server.add({ body: `${MARK}\nmine`, user: { login: "mallory" } });
      server.add({ body: `${MARK}\nof a pull request`, pull_request: {} });
      await github.closeIssue(MARK, "gone");
      assert.equal(open().length, 2);
      assert.deepEqual(server.requests, [`GET /repos/${REPOSITORY}/issues`]);
    });

    it("are found among many", async () => {
      await github.openIssue(MARK, "title", "one");
      for (let i = 0; i < 130; i += 1) {
        server.add({ body: `issue ${i}`, user: { login: "ann" } });
      }
      await github.openIssue(MARK, "title", "two");
      assert.equal(open().filter(({ body }) => body.startsWith(MARK)).length, 1);
    });
  });

  describe("commands of the workflows", function () {
    // Each is a process that loads what it needs.
    this.timeout(60_000);
    let folder: string;
    let summary: string;

    beforeEach(() => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), "run-"));
      summary = path.join(folder, "summary.md");
      fs.writeFileSync(summary, "");
    });
    afterEach(() => fs.rmSync(folder, { recursive: true }));

    /** Runs a command as a workflow does, with the variables of a run. */
    const run = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
      new Promise<{ status: number | null; output: string }>((resolve, reject) => {
        const child = spawn(
          process.execPath,
          [path.join(ROOT, "tools", "bootstrap.cjs"), "deploy/ci/main.ts", ...args],
          {
            cwd: ROOT,
            env: {
              PATH: process.env.PATH,
              GITHUB_API_URL: address,
              GITHUB_SERVER_URL: "https://github.com",
              GITHUB_REPOSITORY: REPOSITORY,
              GITHUB_RUN_ID: "77",
              GITHUB_STEP_SUMMARY: summary,
              GITHUB_TOKEN: TOKEN,
              ...environment,
            },
          },
        );
        let output = "";
        child.stdout.on("data", (data: Buffer) => (output += data.toString()));
        child.stderr.on("data", (data: Buffer) => (output += data.toString()));
        child.on("error", reject);
        child.on("close", (status) => resolve({ status, output }));
      });

    const result = (stack: string, outcome: Outcome, output: string) =>
      writeResult(path.join(folder, `${stack}.json`), { stack, outcome, output });

    const report = (environment: NodeJS.ProcessEnv) =>
      run(["report", "dev", "prod", "--results", folder], {
        HEAD_SHA: "0123456789abcdef0123456789abcdef01234567",
        FORK: "false",
        TEST_RESULT: "success",
        DAGS_RESULT: "success",
        ...environment,
      });

    it("put one comment on a pull request, and fail where a stack is refused", async () => {
      const pullRequest = server.add({ pull_request: {}, user: { login: "ann" } });
      const environment = { PULL_REQUEST: String(pullRequest.number) };
      result("dev", "passed", PASSED);
      result("prod", "refused", REFUSED);
      const first = await report(environment);
      assert.equal(first.status, 1, first.output);
      result("prod", "passed", PASSED);
      const second = await report(environment);
      assert.equal(second.status, 0, second.output);
      assert.equal(pullRequest.comments.length, 1);
      const [{ body }] = pullRequest.comments;
      assert.ok(body.startsWith(PREVIEW_MARK));
      assert.doesNotMatch(body, /refused/);
      assert.match(body, /https:\/\/github\.com\/acme\/data\/actions\/runs\/77/);
      const written = fs.readFileSync(summary, "utf8");
      assert.match(written, /refused by the policy pack[\s\S]*✅/);
    });

    it("call GitHub for no fork, and say so in the summary", async () => {
      const { status, output } = await report({ FORK: "true" });
      assert.equal(status, 0, output);
      assert.match(output, /::notice::Nothing was previewed/);
      assert.match(fs.readFileSync(summary, "utf8"), /Nothing was previewed.*fork/);
      assert.deepEqual(server.requests, []);
    });

    it("fail where a variable of the run is missing, and name it", async () => {
      const { status, output } = await report({ FORK: "" });
      assert.equal(status, 1);
      assert.match(output, /^FORK is not set/m);
    });

    it("open, keep and close the issue of a drift", async () => {
      const issue = () => run(["drift-issue", "--result", path.join(folder, "dev.json")]);
      const open = () => server.issues.filter(({ state }) => state === "open");
      result("dev", "drifted", "~ tags");
      assert.equal((await issue()).status, 0);
      assert.ok(open()[0].body.startsWith(driftMark("dev")));
      assert.match(open()[0].body, /~ tags/);

      result("dev", "failed", "error: AccessDenied");
      const { status, output } = await issue();
      assert.equal(status, 1);
      assert.match(output, /could not be told/);
      assert.equal(open().length, 1);

      result("dev", "passed", "");
      assert.equal((await issue()).status, 0);
      assert.deepEqual(open(), []);
      assert.match(server.issues[0].comments[0].body, /no difference any more/);
    });

    /** A CLI that notes how it is called, prints a text and ends with a status. */
    const cli = (text: string, status: number): NodeJS.ProcessEnv => {
      fs.writeFileSync(path.join(folder, "printed"), text);
      fs.writeFileSync(
        path.join(folder, "pulumi"),
        `#!/bin/sh\necho "$@" >> "${folder}/called"\ncat "${folder}/printed"\n` +
          `echo "$AWS_SECRET_ACCESS_KEY $GITHUB_TOKEN"\nexit ${status}\n`,
        { mode: 0o755 },
      );
      return {
        PATH: `${folder}${path.delimiter}${process.env.PATH}`,
        AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG",
      };
    };
    const called = () => fs.readFileSync(path.join(folder, "called"), "utf8");

    it("carry a preview from the CLI to the comment, without its secrets", async () => {
      const pullRequest = server.add({ pull_request: {}, user: { login: "ann" } });
      for (const [stack, text, status] of [
        ["dev", PASSED, 0],
        ["prod", REFUSED, 1],
      ] as const) {
        const args = ["preview", stack, "--result", path.join(folder, `${stack}.json`)];
        assert.equal((await run(args, cli(text, status))).status, status);
      }
      assert.match(called(), /^preview --stack dev .*config\/dev\.json\npreview --stack prod /);
      const { status } = await report({ PULL_REQUEST: String(pullRequest.number) });
      assert.equal(status, 1);
      const [{ body }] = pullRequest.comments;
      assert.match(body, /\| dev \| ✅ \|.*3 to create/);
      assert.match(body, /\| prod \| ⛔ refused/);
      assert.doesNotMatch(body, /wJalr|t0ken-of/);
      assert.match(body, /\[secret\]/);
    });

    it("bring a stack up, or fail with the CLI", async () => {
      assert.equal((await run(["up", "dev"], cli("", 0))).status, 0);
      assert.match(called(), /^up --yes --stack dev /);
      assert.equal((await run(["up", "dev"], cli(REFUSED, 1))).status, 1);
      assert.equal((await run(["up", "dev"], cli("", 255))).status, 1);
    });

    it("refuse to take a stack back to an older commit", async () => {
      const check = (branch: string) =>
        run(["check-newest"], { GITHUB_REF_NAME: branch, GITHUB_SHA: "aaa" });
      server.branches["main"] = "aaa";
      server.branches["release/1"] = "bbb";
      assert.equal((await check("main")).status, 0);
      const { status, output } = await check("release/1");
      assert.equal(status, 1);
      assert.match(output, /release\/1 is at bbb .* this run is of aaa.*revert/);
      assert.equal((await check("gone")).status, 1);
    });

    it("name the stack's organization where there is one", async () => {
      await run(["up", "dev"], { ...cli("", 0), PULUMI_ORGANIZATION: "acme" });
      assert.match(called(), /--stack acme\/dev .*policy\/config\/dev\.json/);
    });

    it("look for drift: found is no failure, and not to be told is one", async () => {
      const file = path.join(folder, "dev.json");
      for (const [cliStatus, outcome, status] of [
        [0, "passed", 0],
        [7, "drifted", 0],
        [1, "failed", 1],
      ] as const) {
        const finished = await run(["drift", "dev", "--result", file], cli("~ tags", cliStatus));
        assert.equal(finished.status, status, finished.output);
        assert.equal(readResult(file)?.outcome, outcome);
      }
    });

    it("refuse a stack's name that is none before they start anything", async () => {
      const { status, output } = await run([
        "preview",
        "dev/../prod",
        "--result",
        path.join(folder, "x.json"),
      ]);
      assert.equal(status, 1);
      assert.match(output, /"dev\/\.\.\/prod" is no name of a stack/);
      assert.ok(!fs.existsSync(path.join(folder, "x.json")));
    });
  });
});

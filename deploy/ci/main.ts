import * as fs from "node:fs";
import * as path from "node:path";

import { Command } from "commander";

import { toEnd } from "../../local/setup/toEnd";
import { driftGone, driftMark, driftText, driftTitle } from "./driftIssue";
import { GitHub, required } from "./github";
import { PREVIEW_MARK, Report, passed, previewComment } from "./previewComment";
import { Operation, argumentsOf, runPulumi } from "./pulumi";
import { Outcome, readResult, resultOf, writeResult } from "./result";

/** What the workflows of `.github/workflows` run. */
const program = new Command("deploy/ci/main.ts").showHelpAfterError();

program
  .command("preview")
  .description("preview a stack under the policy pack; status 1 where it is refused or fails")
  .argument("<stack>")
  .requiredOption("--result <file>", "where the result goes for `report`")
  .option("--events <file>", "where the engine's events go, of which the policy pack makes reports")
  .action(async (stack: string, { result, events }: { result: string; events?: string }) => {
    end((await operate("preview", stack, result, events)) === "passed");
  });

program
  .command("check-newest")
  .description("status 1 where the run's commit is not the newest of its branch any more")
  .action(async () => {
    const [branch, commit] = ["GITHUB_REF_NAME", "GITHUB_SHA"].map((name) =>
      required(process.env, name),
    );
    const newest = await GitHub.ofRun(process.env).newestCommit(branch);
    if (newest !== commit) {
      throw new Error(
        `${branch} is at ${newest} by now, and this run is of ${commit}: it would take the stack back. ` +
          "The newer commit has a run of its own; to go back on purpose, revert what is to go.",
      );
    }
  });

program
  .command("up")
  .description("bring a stack up under the policy pack")
  .argument("<stack>")
  .action(async (stack: string) => {
    end((await operate("up", stack)) === "passed");
  });

program
  .command("drift")
  .description("look whether a stack is what its state says; status 1 where that cannot be told")
  .argument("<stack>")
  .requiredOption("--result <file>", "where the result goes for `drift-issue`")
  .action(async (stack: string, { result }: { result: string }) => {
    end((await operate("drift", stack, result)) !== "failed");
  });

program
  .command("report")
  .description("put what the previews came to on the pull request; status 1 where one did not pass")
  .argument("<stacks...>")
  .requiredOption("--results <folder>", "where `preview` put its results")
  .action(async (stacks: string[], { results }: { results: string }) => {
    const report: Report = {
      commit: required(process.env, "HEAD_SHA"),
      run: runAddress(),
      tested: required(process.env, "TEST_RESULT") === "success",
      dagsPassed: required(process.env, "DAGS_RESULT") === "success",
      fork: required(process.env, "FORK") === "true",
      stacks: Object.fromEntries(
        stacks.map((stack) => [stack, readResult(path.join(results, `${stack}.json`))]),
      ),
    };
    const text = previewComment(report);
    fs.appendFileSync(required(process.env, "GITHUB_STEP_SUMMARY"), text);
    if (report.fork) {
      // A fork's run has a token that may only read.
      process.stdout.write(
        "::notice::Nothing was previewed: this pull request comes from a fork, and forks get no credentials.\n",
      );
    } else {
      const pullRequest = Number(required(process.env, "PULL_REQUEST"));
      await GitHub.ofRun(process.env).comment(pullRequest, PREVIEW_MARK, text);
    }
    end(passed(report));
  });

program
  .command("drift-issue")
  .description("open, bring up to date or close the issue of a stack, as `drift` found it")
  .requiredOption("--result <file>", "where `drift` put its result")
  .action(async ({ result: file }: { result: string }) => {
    const result = readResult(file);
    if (result === undefined) {
      throw new Error(`there is no ${file}; run drift first.`);
    }
    const { stack, outcome } = result;
    const github = GitHub.ofRun(process.env);
    if (outcome === "drifted") {
      await github.openIssue(driftMark(stack), driftTitle(stack), driftText(result, runAddress()));
    } else if (outcome === "passed") {
      await github.closeIssue(driftMark(stack), driftGone(runAddress()));
    } else {
      throw new Error(`whether ${stack} drifted could not be told, so its issue is left as it is.`);
    }
  });

async function operate(
  operation: Operation,
  stack: string,
  file?: string,
  events?: string,
): Promise<Outcome> {
  const organization = process.env.PULUMI_ORGANIZATION || undefined;
  const finished = await runPulumi(argumentsOf(operation, stack, organization, events));
  const result = resultOf(operation, stack, finished);
  if (file !== undefined) {
    writeResult(file, result);
  }
  return result.outcome;
}

function end(good: boolean): void {
  process.exitCode = good ? 0 : 1;
}

/** Address of the workflow's run. */
function runAddress(): string {
  const [server, repository, run] = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"].map(
    (name) => required(process.env, name),
  );
  return `${server}/${repository}/actions/runs/${run}`;
}

toEnd(program.parseAsync(), { told: () => true });

import assert from "node:assert/strict";

import { driftText } from "../../deploy/ci/driftIssue";
import { LONGEST_BODY } from "../../deploy/ci/markdown";
import { Report, passed, previewComment } from "../../deploy/ci/previewComment";
import { Outcome, Result, resultOf } from "../../deploy/ci/result";
import { FAILED, PASSED, REFUSED } from "./output";

const RUN = "https://github.com/acme/data/actions/runs/7";

const preview = (stack: string, status: number, output: string): Result =>
  resultOf("preview", stack, { status, output });

const report = (given: Partial<Report>): Report => ({
  commit: "0123456789abcdef0123456789abcdef01234567",
  run: RUN,
  tested: true,
  dagsPassed: true,
  fork: false,
  stacks: { dev: preview("dev", 0, PASSED), prod: preview("prod", 0, PASSED) },
  ...given,
});

describe("the comment on a pull request", () => {
  it("tells of each stack what would change, and where the whole is", () => {
    const text = previewComment(report({}));
    assert.match(text, /### Preview of 0123456789ab\n/);
    for (const stack of ["dev", "prod"]) {
      assert.match(text, new RegExp(`\\| ${stack} \\| ✅ \\| .*3 to create.*1 to update`));
    }
    assert.ok(text.includes(RUN));
    assert.ok(text.includes(PASSED.trim()));
  });

  it("shows mandatory violations in the open, and advisory ones in the output only", () => {
    const text = previewComment(report({ stacks: { dev: preview("dev", 1, REFUSED) } }));
    assert.match(text, /\| dev \| ⛔ refused by the policy pack \|/);
    const [open, folded] = text.split("<details>");
    assert.match(open, /mwaa-task-logs[\s\S]*must be on[\s\S]*s3-versioning/);
    assert.match(open, /2 in all/);
    assert.doesNotMatch(open, /iam-pass-role/);
    assert.match(folded, /iam-pass-role/);
  });

  it("tells a failure from a refusal", () => {
    const text = previewComment(report({ stacks: { dev: preview("dev", 1, FAILED) } }));
    assert.match(text, /\| dev \| ❌ failed \|/);
    assert.match(text, /could not assume the role/);
  });

  it("tells of a stack that has no result", () => {
    const text = previewComment(
      report({ stacks: { dev: preview("dev", 0, PASSED), prod: undefined } }),
    );
    assert.match(text, /\| prod \| ❌ no result/);
    assert.match(text, /\| dev \| ✅/);
  });

  it("tells that nothing was previewed since the tests failed", () => {
    const text = previewComment(
      report({ tested: false, stacks: { dev: undefined, prod: undefined } }),
    );
    assert.match(text, /`npm test` did not pass, so no stack was previewed/);
    assert.doesNotMatch(text, /no result/);
  });

  it("tells that the DAG files did not pass, beside the previews", () => {
    const text = previewComment(report({ dagsPassed: false }));
    assert.match(text, /❌ The check of the DAG files did not pass/);
    assert.match(text, /\| dev \| ✅/);
    assert.doesNotMatch(previewComment(report({})), /DAG files/);
  });

  it("tells a fork why nothing was previewed", () => {
    const text = previewComment(
      report({ fork: true, stacks: { dev: undefined, prod: undefined } }),
    );
    assert.match(text, /Nothing was previewed.*fork.*no credentials/);
    assert.match(text, /`npm test` passed/);
  });

  it("is never longer than GitHub takes, and keeps each stack's policies and summary", () => {
    const noise = " +  aws:ssm:Parameter some-parameter create\n".repeat(5000);
    const many = REFUSED.replace(
      "Diagnostics:",
      `${"        - [mandatory] [severity: low]  rule  (type: name)\n".repeat(3000)}\nDiagnostics:`,
    );
    for (const stacks of [
      { dev: preview("dev", 0, noise + PASSED), prod: preview("prod", 1, noise + REFUSED) },
      { dev: preview("dev", 1, noise + many), prod: preview("prod", 1, many + noise) },
      { dev: preview("dev", 1, "`".repeat(100_000)), prod: preview("prod", 1, "`|\n".repeat(1e5)) },
    ]) {
      const text = previewComment(report({ stacks }));
      assert.ok(text.length < LONGEST_BODY, String(text.length));
      assert.ok(text.length > LONGEST_BODY * 0.8, String(text.length));
      assert.match(text, /characters left out/);
      assert.equal(text.match(/<details>/g)?.length, text.match(/<\/details>/g)?.length);
    }
    const text = previewComment(
      report({
        stacks: {
          dev: preview("dev", 0, noise + PASSED),
          prod: preview("prod", 1, noise + REFUSED),
        },
      }),
    );
    assert.ok(text.includes(PASSED.slice(PASSED.indexOf("Policies:")).trim()));
    assert.ok(text.includes(REFUSED.slice(REFUSED.indexOf("Policies:")).trim()));
  });

  it("keeps what a pull request prints from being more than text", () => {
    const evil = "```\n</details>\n@acme/admins [click](https://evil.example) <script>\n~~~\n";
    const text = previewComment(report({ stacks: { dev: preview("dev", 1, evil) } }));
    const block = /\n(`{4,})text\n([\s\S]*?)\n\1\n/.exec(text);
    assert.equal(block?.[2], evil.trimEnd());
    assert.doesNotMatch(text.replace(block?.[0] ?? "", ""), /evil|@acme|<script>/);
  });
});

describe("the check that a merge may require", () => {
  const one = (outcome: Outcome | undefined): Report =>
    report({
      stacks: {
        dev: preview("dev", 0, PASSED),
        prod: outcome === undefined ? undefined : { stack: "prod", outcome, output: "" },
      },
    });

  it("passes where tests and every preview pass", () => assert.ok(passed(one("passed"))));

  for (const outcome of ["refused", "failed", "drifted", undefined] as const) {
    it(`fails where a preview has the outcome ${outcome}`, () => assert.ok(!passed(one(outcome))));
  }

  it("fails where the tests fail, of a fork as well", () => {
    assert.ok(!passed(report({ tested: false })));
    assert.ok(!passed(report({ tested: false, fork: true })));
  });

  it("fails where the DAG files do not pass, of a fork as well", () => {
    assert.ok(!passed(report({ dagsPassed: false })));
    assert.ok(!passed(report({ dagsPassed: false, fork: true })));
  });

  it("passes for a fork whose tests pass", () =>
    assert.ok(passed(report({ fork: true, stacks: { dev: undefined } }))));
});

describe("the issue of a drift", () => {
  it("is never longer than GitHub takes, and says what to do", () => {
    for (const output of ["~ tags\n", "~ tags\n".repeat(20_000), "`".repeat(100_000)]) {
      const text = driftText({ stack: "prod", outcome: "drifted", output }, RUN);
      assert.ok(text.length < LONGEST_BODY - 500, String(text.length));
      assert.ok(text.includes(RUN));
      assert.match(text, /pulumi refresh --stack prod/);
    }
  });
});

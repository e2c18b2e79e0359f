import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { CHANGES_FOUND } from "../../deploy/ci/pulumi";
import {
  mandatoryViolations,
  readResult,
  resultOf,
  sectionOf,
  writeResult,
} from "../../deploy/ci/result";
import { FAILED, PASSED, REFUSED } from "./output";

describe("what an operation came to", () => {
  const outcome = (
    ...[operation, status, output]: [Parameters<typeof resultOf>[0], number, string]
  ) => resultOf(operation, "dev", { status, output }).outcome;

  it("is told by status and policies", () => {
    assert.equal(outcome("preview", 0, PASSED), "passed");
    assert.equal(outcome("preview", 1, REFUSED), "refused");
    assert.equal(outcome("preview", 1, FAILED), "failed");
    assert.equal(outcome("up", 1, REFUSED), "refused");
    assert.equal(outcome("up", 255, PASSED), "failed");
  });

  it("is drift only with the status that means drift", () => {
    assert.equal(outcome("drift", 0, ""), "passed");
    assert.equal(outcome("drift", CHANGES_FOUND, ""), "drifted");
    assert.equal(outcome("drift", 1, "error: AccessDenied"), "failed");
    // A status that means something else elsewhere.
    assert.equal(outcome("preview", CHANGES_FOUND, ""), "failed");
  });

  it("is not refused for an advisory policy", () => {
    const advisory = REFUSED.replaceAll("[mandatory]", "[advisory]");
    assert.deepEqual(mandatoryViolations(advisory), []);
    assert.equal(outcome("preview", 1, advisory), "failed");
  });

  it("is not refused for the word in a resource's name", () => {
    assert.equal(outcome("preview", 1, "error: bucket [mandatory] is taken\n"), "failed");
  });

  it("has each violation with where and why", () => {
    const [logs, versions, ...more] = mandatoryViolations(REFUSED);
    assert.deepEqual(more, []);
    assert.match(logs, /mwaa-task-logs .*airflow-environment\)\n.*\n.*must be on/);
    assert.match(versions, /s3-versioning .*\n {2}A bucket keeps old versions\.$/);
  });

  it("has the sections of the output", () => {
    assert.equal(sectionOf(PASSED, "Resources")?.split("\n").length, 3);
    assert.equal(sectionOf(REFUSED, "Outputs"), '    airflowBucketName: "airflow-dev"');
    assert.equal(sectionOf(REFUSED, "Resources"), undefined);
    assert.equal(sectionOf("Policies:\n", "Policies"), "");
  });

  describe("between two jobs", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "results-"));
    after(() => fs.rmSync(folder, { recursive: true }));

    it("is what was written", () => {
      const file = path.join(folder, "new", "dev.json");
      const result = resultOf("preview", "dev", { status: 1, output: REFUSED });
      writeResult(file, result);
      assert.deepEqual(readResult(file), result);
    });

    it("is missing where the job ended early", () =>
      assert.equal(readResult(path.join(folder, "prod.json")), undefined));

    for (const text of ["{}", '{"stack":"dev","outcome":"good","output":""}', "null-", ""]) {
      it(`is refused: ${JSON.stringify(text)}`, () => {
        const file = path.join(folder, "wrong.json");
        fs.writeFileSync(file, text);
        assert.throws(() => readResult(file), SyntaxError);
      });
    }
  });
});

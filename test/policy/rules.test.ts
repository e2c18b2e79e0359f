import assert from "node:assert/strict";

import { rules } from "../../policy/index";

describe("policy pack", () => {
  it("holds exactly these rules at these levels", () => {
    assert.deepEqual(
      rules.map(([rule, level]) => `${rule.name}: ${level}`),
      ["airflow-bucket-name-prefix: mandatory", "airflow-bucket-versioning: mandatory"],
    );
  });

  for (const [rule] of rules) {
    it(`${rule.name} tells what, why and what to do`, () => {
      assert.match(rule.name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
      assert.match(rule.description, /^[A-Z].*\.$/);
      assert.match(rule.reason, /\.$/);
      assert.match(rule.remediationSteps, /\.$/);
      assert.match(rule.url, /^https:\/\/docs\.aws\.amazon\.com\//);
    });
  }
});

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { evaluate } from "../../../policy/evaluate";
import { rules } from "../../../policy/index";
import { ROOT } from "../../../local/home";
import { levelsOf } from "../levels";
import { Statement, holder } from "./policies";

const DAY = "2026-06-30";

/** What refused calls are offered, by the call: written by `test/local/cloud/test_offered.py`. */
const offered = JSON.parse(
  fs.readFileSync(path.join(ROOT, "test", "golden", "offered.json"), "utf8"),
) as Record<string, Statement>;

describe("a statement that a refused call is offered", () => {
  const levels = levelsOf("prod");
  const judging = rules.filter(([rule]) => rule.name.startsWith("iam-"));

  for (const [call, statement] of Object.entries(offered)) {
    it(`passes the policies: ${call}`, () => {
      const resource = holder({ Sid: "Offered", ...statement });
      for (const [rule] of judging) {
        const { configuration } = levels[rule.name];
        const { violations } = evaluate(rule, [resource], configuration, DAY);
        assert.deepEqual(violations, [], rule.name);
      }
    });
  }

  it("would not pass with a role for any service, or any bucket's objects", () => {
    const wide: Statement[] = [
      { ...offered["iam:PassRole"], Condition: undefined },
      { ...offered["s3.get_object"], Resource: "*" },
    ];
    for (const statement of wide) {
      const found = judging.flatMap(
        ([rule]) =>
          evaluate(rule, [holder(statement)], levels[rule.name].configuration, DAY).violations,
      );
      assert.notDeepEqual(found, []);
    }
  });
});

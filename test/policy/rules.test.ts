import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { rules } from "../../policy/index";

const PINNED = path.join(__dirname, "rules.txt");

describe("policy pack", () => {
  it("holds exactly these rules at these levels", () => {
    const held = `${rules.map(([rule, level]) => `${rule.name}: ${level}`).join("\n")}\n`;
    if (process.env.UPDATE_GOLDEN === "1") {
      fs.writeFileSync(PINNED, held);
    }
    assert.equal(
      held,
      fs.readFileSync(PINNED, "utf8"),
      "The rules or their levels changed. If that is meant: UPDATE_GOLDEN=1 npx mocha -g 'policy pack'",
    );
  });

  it("has no two rules of one name", () => {
    const names = rules.map(([{ name }]) => name);
    assert.equal(new Set(names).size, names.length);
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

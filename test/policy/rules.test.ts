import assert from "node:assert/strict";
import * as path from "node:path";

import { rules } from "../../policy/index";
import { assertGolden } from "../goldenFile";

const PINNED = path.join(__dirname, "rules.txt");

describe("policy pack", () => {
  it("holds exactly these rules at these levels", () => {
    const held = `${rules.map(([rule, level]) => `${rule.name}: ${level}`).join("\n")}\n`;
    assertGolden(PINNED, held, __filename, "The rules or their levels changed.");
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

import assert from "node:assert/strict";
import * as path from "node:path";

import { evaluate } from "../../../policy/evaluate";
import { rules } from "../../../policy/index";
import { assertGolden } from "../../goldenFile";
import { PRESETS, Preset, levelsOf } from "../levels";
import { Part } from "../networks/build";
import { Mode } from "../stack/network";
import { shown } from "./build";
import { programs } from "./programs";

/** What each preset refuses of each program; `docs/policies.md` is made of it. */
const VERDICTS = path.join(__dirname, "verdicts.json");

function found(parts: readonly Part[], preset: Preset, mode: Mode) {
  const levels = levelsOf(preset);
  const seen = shown(parts, mode);
  return rules
    .filter(([{ name }]) => levels[name].level === "mandatory")
    .map(([rule]) => ({
      rule: rule.name,
      ...evaluate(rule, seen, levels[rule.name].configuration, "2026-06-30"),
    }));
}

function refused(parts: readonly Part[], preset: Preset, mode: Mode): string[] {
  return found(parts, preset, mode)
    .filter(({ violations }) => violations.length > 0)
    .map(({ rule }) => rule)
    .sort();
}

describe("other people's programs", () => {
  it("are of nine kinds at least", () => assert.ok(Object.keys(programs).length >= 9));

  for (const [what, parts] of Object.entries(programs)) {
    for (const mode of ["planned", "deployed"] as const) {
      it(`fails-on-aws refuses nothing of what AWS takes: ${what} (${mode})`, () => {
        const said = found(parts, "fails-on-aws", mode).flatMap(({ rule, violations }) =>
          violations.map(({ message }) => `${rule}: ${message}`),
        );
        assert.deepEqual(said, []);
      });
    }

    it(`nothing is left undecided once all is known: ${what}`, () => {
      for (const preset of PRESETS) {
        const open = found(parts, preset, "deployed").flatMap(({ notChecked }) => notChecked);
        assert.deepEqual(open, [], preset);
      }
    });
  }

  it("are refused by each preset for what is written down", () => {
    const verdicts = Object.fromEntries(
      Object.entries(programs).map(([what, parts]) => [
        what,
        Object.fromEntries(PRESETS.map((preset) => [preset, refused(parts, preset, "deployed")])),
      ]),
    );
    const found = `${JSON.stringify(verdicts, undefined, 2)}\n`;
    assertGolden(VERDICTS, found, __filename, "What the presets refuse changed.");
  });
});

import assert from "node:assert/strict";

import { rules } from "../../policy/index";
import { ALL, Written } from "../../policy/levels";
import { STACKS } from "../stackFiles";
import { PRESETS, levelsOf, written } from "./levels";

/** Words that mean something in this project only: its settings, its tags' keys and its names. */
const OF_THIS_PROJECT =
  /\b(airflowBucketName|natGateways|movielens|mwaa-analytics)\b|"(Project|Stack|Environment)"/;

const levels = (name: (typeof PRESETS)[number]) =>
  Object.entries(levelsOf(name)).map(([rule, { level }]) => [rule, level]);

describe("the presets for other people's programs", () => {
  it("fails-on-aws says for every rule what holds without a configuration, and nothing else", () => {
    assert.deepEqual(
      written("fails-on-aws"),
      Object.fromEntries(
        [...rules].map(([{ name }, level]) => [name, level]).sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
    );
  });

  it("recommended names every rule", () => {
    assert.deepEqual(
      Object.keys(written("recommended")).filter((name) => name !== ALL),
      rules.map(([{ name }]) => name).sort(),
    );
  });

  it("refuse more, the stricter they are", () => {
    const refused = PRESETS.map((preset) =>
      levels(preset)
        .filter(([, level]) => level === "mandatory")
        .map(([rule]) => rule),
    );
    const [least, more, most] = refused;
    assert.deepEqual(
      least.filter((rule) => !more.includes(rule)),
      [],
    );
    assert.deepEqual(
      more.filter((rule) => !most.includes(rule)),
      [],
    );
    assert.ok(
      least.length < more.length && more.length < most.length,
      refused.map(({ length }) => length).join(),
    );
  });

  it("switch nothing on that only this project has", () => {
    for (const preset of PRESETS) {
      assert.doesNotMatch(JSON.stringify(written(preset)), OF_THIS_PROJECT);
      for (const rule of ["airflow-bucket-name-prefix", "stack-required-tags"]) {
        assert.equal(levelsOf(preset)[rule].level, "disabled", `${rule} in ${preset}`);
      }
    }
  });

  it("are not what words of this project stand in: the rules have none either", () => {
    for (const [rule] of rules) {
      const { remediationSteps, description, reason, parameters = {} } = rule;
      assert.doesNotMatch(
        JSON.stringify({ remediationSteps, description, reason, parameters }),
        OF_THIS_PROJECT,
        rule.name,
      );
    }
  });
});

describe("the configurations of this project's stacks", () => {
  for (const stack of STACKS) {
    it(`${stack} has every rule that is not switched off there mandatory, or says why not by name`, () => {
      const own: Written = written(stack);
      assert.equal(own[ALL], "mandatory");
      const lower = Object.entries(levelsOf(stack)).filter(
        ([, { level }]) => level !== "mandatory",
      );
      assert.deepEqual(
        lower.map(([rule]) => rule).filter((rule) => own[rule] === undefined),
        [],
      );
    });
  }
});

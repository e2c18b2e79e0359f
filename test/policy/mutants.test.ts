import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { evaluate } from "../../policy/evaluate";
import { rules } from "../../policy/index";
import { STACKS, StackName, listsShipped } from "../stackFiles";
import { levelsOf } from "./levels";
import { Absent, Mutant } from "./mutant";
import { recording } from "./recorded";
import { Mode } from "./recordings/store";
import { asSeen } from "./seen";

/** Day that suppressions are held against here; their dates are the concern of a real run. */
const TODAY = "2026-06-30";

/** The resources of each recording, as text. */
const recorded = new Map<string, ReadonlySet<string>>();

function textsOf(stack: StackName, mode: Mode): ReadonlySet<string> {
  const key = `${stack} ${mode}`;
  const texts =
    recorded.get(key) ?? new Set(recording(stack, mode).map((one) => JSON.stringify(one)));
  recorded.set(key, texts);
  return texts;
}

/**
 * What the pack says of a stack's resources, or one rule of it. A rule that looks at one resource says of one that
 * is as it was recorded what it said before, so that it is asked of the others only.
 */
function findings(
  stack: StackName,
  mode: Mode,
  mutate: Mutant["mutate"] = () => undefined,
  only?: string,
  onlyChanged = true,
) {
  const resources = recording(stack, mode);
  const now = mutate(resources) ?? resources;
  const seen = asSeen(now);
  const texts = onlyChanged ? textsOf(stack, mode) : new Set<string>();
  const changed = seen.filter((_, index) => !texts.has(JSON.stringify(now[index])));
  const levels = levelsOf(stack);
  return rules
    .filter(([{ name }]) => levels[name].level !== "disabled")
    .filter(([{ name }]) => only === undefined || name === only)
    .map(([rule]) => ({
      rule: rule.name,
      nameOf: (urn?: string) => seen.find((r) => r.urn === urn)?.name,
      ...evaluate(
        rule,
        "checkInStack" in rule ? seen : changed,
        levels[rule.name].configuration,
        TODAY,
      ),
    }));
}

const mutants: Mutant[] = fs
  .readdirSync(__dirname, { withFileTypes: true })
  .map(({ name }) => path.join(__dirname, name, "mutants.ts"))
  .filter((file) => fs.existsSync(file))
  .flatMap((file) => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- one file a service, found here
    return (require(file) as { mutants: Mutant[] }).mutants;
  });

/** Rules that AWS's schemas make: they see many of the changes that are another rule's as well. */
const OF_SCHEMAS = ["aws-property-constraints", "aws-type-is-judged"];

/** What each stack breaks unchanged: only what is advisory. */
const before = new Map<string, Set<string>>();
for (const stack of STACKS) {
  before.set(
    stack,
    new Set(
      findings(stack, "deployed", undefined, undefined, false).flatMap(({ rule, violations }) =>
        violations.map(({ urn }) => `${rule} ${urn}`),
      ),
    ),
  );
}

/**
 * A test of a mutant. Where the stack does not list all shipped pipelines, and what the mutant changes is not there, it
 * is left out.
 */
function mutating(stack: StackName, test: () => void): Mocha.Func {
  return function () {
    try {
      test();
    } catch (error) {
      if (error instanceof Absent && !listsShipped(stack)) {
        this.skip();
      }
      throw error;
    }
  };
}

describe("mutants of the shipped stacks", () => {
  let killed = 0;

  for (const mutant of mutants) {
    const { rule, what, stack = "prod", mutate, resource, alsoBreaks = [] } = mutant;

    const refuses = () => {
      const broken = findings(stack, "deployed", mutate)
        .map((found) => ({
          ...found,
          violations: found.violations.filter(
            ({ urn }) => !before.get(stack)?.has(`${found.rule} ${urn}`),
          ),
        }))
        .filter(({ violations }) => violations.length > 0)
        .filter((found) => found.rule === rule || !OF_SCHEMAS.includes(found.rule));
      const refusing = broken.find((found) => found.rule === rule);
      assert.ok(refusing, "the pack lets it pass");
      assert.deepEqual(
        [...new Set(refusing.violations.map(({ urn }) => refusing.nameOf(urn)))],
        [resource],
      );
      assert.deepEqual(
        broken
          .map((found) => found.rule)
          .filter((name) => name !== rule)
          .sort(),
        [...alsoBreaks].sort(),
      );
      killed += 1;
    };
    const isNotSilent = () => {
      const [found] = findings(stack, "planned", mutate, rule, false);
      assert.ok(found);
      assert.ok(found.violations.length + found.notChecked.length > 0, "it passes silently");
    };

    it(`${rule} refuses ${what}`, mutating(stack, refuses));
    it(
      `${rule} refuses ${what}, or says that it cannot tell, at the first preview`,
      mutating(stack, isNotSilent),
    );
  }

  it("has one for each rule", () => {
    const without = rules
      .map(([{ name }]) => name)
      .filter((name) => !mutants.some(({ rule }) => rule === name));
    assert.deepEqual(without, []);
  });

  after(() => process.stdout.write(`    mutants: killed ${killed} of ${mutants.length}\n`));
});

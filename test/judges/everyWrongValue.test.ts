import assert from "node:assert/strict";

import { PolicyResource } from "@pulumi/policy";
import fc from "fast-check";

import { Asked, answers, asked, failuresOf } from "../policy/programs";
import { Path, WRONG, argumentsOf, pathsIn, replaced, withArguments } from "../policy/wrongValues";

/** In so many programs of a rule each place of a type is changed: two minutes of CPU for all rules. */
const TIMES = 10;

/** A place of a type, whichever element of a list it is in. */
const placeOf = ({ type }: PolicyResource, path: Path) =>
  `${type} ${path.map((part) => (typeof part === "number" ? "#" : String(part))).join(".")}`;

/** Every change of one value in the programs of a rule, of each place `TIMES` times at the most. */
function* changesOf(programs: readonly Asked[]) {
  const seen = new Map<string, number>();
  for (const { resources, configuration } of programs) {
    for (const [index, resource] of resources.entries()) {
      const given = argumentsOf(resource);
      for (const path of pathsIn(given).filter(({ length }) => length > 0)) {
        const place = placeOf(resource, path);
        const times = seen.get(place) ?? 0;
        seen.set(place, times + 1);
        for (const value of times < TIMES ? WRONG : []) {
          const changed = [...resources];
          changed[index] = withArguments(resource, replaced(given, path, value));
          yield { place, value, configuration, changed };
        }
      }
    }
  }
}

describe("a rule that meets any wrong value in any place", () => {
  it("answers, and never throws, where it is the only one", function () {
    this.timeout(900_000);
    let tried = 0;
    const failures = new Map<string, string>();
    for (const { rule, programs } of asked()) {
      for (const { place, value, configuration, changed } of changesOf(programs)) {
        tried += 1;
        for (const failure of failuresOf(rule, changed, configuration)) {
          failures.set(`${rule.name} ${place}`, `${JSON.stringify(value)}: ${failure}`);
        }
      }
    }
    console.log(`      ${tried} changes were tried`);
    assert.ok(tried > 100_000, `${tried} changes are too few to be all`);
    assert.deepEqual(
      [...failures].map((one) => one.join(" = ")),
      [],
    );
  });

  it("answers, and never throws, where there are others", function () {
    this.timeout(300_000);
    const seed = Date.now();
    console.log(`      the seed is ${seed}`);
    fc.assert(answers(), { numRuns: 30_000, seed });
  });
});

import assert from "node:assert/strict";

import { evaluate } from "../../../policy/evaluate";
import { rules } from "../../../policy/index";
import { build } from "./build";
import { RULES, networks } from "./networks";

/** The verdicts were written down by AWS's pages, before the rules were asked. */
describe("networks of other people's programs", () => {
  const asked = rules.map(([rule]) => rule).filter(({ name }) => RULES.includes(name));

  it("are at least fifty", () => assert.ok(networks.length >= 50, `${networks.length}`));

  for (const { what, parts, verdict } of networks) {
    for (const mode of ["planned", "deployed"] as const) {
      it(`${typeof verdict === "string" ? verdict : "refuses"}: ${what} (${mode})`, () => {
        const seen = build(parts, mode);
        const found = asked.map((rule) => ({ rule: rule.name, ...evaluate(rule, seen) }));
        const refused = found
          .filter(({ violations }) => violations.length > 0)
          .map(({ rule }) => rule);
        const said = JSON.stringify(found, undefined, 1);
        assert.deepEqual(
          refused.sort(),
          typeof verdict === "string" ? [] : [...verdict].sort(),
          said,
        );
        assert.deepEqual(
          found.flatMap(({ notChecked }) => notChecked),
          [],
          said,
        );
        assert.equal(
          found.some(({ notSeen }) => notSeen.length > 0),
          verdict === "unseen",
          said,
        );
      });
    }
  }
});

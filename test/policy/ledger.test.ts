import assert from "node:assert/strict";

import { Ledger } from "../../policy/ledger";
import { Level } from "../../policy/levels";
import { Suppression } from "../../policy/suppressions";

const TODAY = "2026-06-30";
const one: Suppression = { resource: "data", reason: "made by hand", expires: "2026-12-31" };
const level = (of: Level["level"], ...suppress: Suppression[]): Level => ({
  level: of,
  configuration: { suppress },
});

describe("suppressions of a configuration", () => {
  it("are not told where they let something off", () => {
    const ledger = new Ledger();
    ledger.note("s3-versioning", { suppressed: [{ message: "no", by: one }] });
    // As the engine hands the configuration over once more: equal, not the same.
    const levels = { "s3-versioning": level("mandatory", { ...one }) };
    assert.deepEqual(ledger.unused(levels, [], TODAY), []);
  });

  for (const [what, levels, said] of [
    [
      "lets nothing off",
      { "s3-versioning": level("mandatory", one) },
      'The suppression of s3-versioning for resource "data" lets nothing off; remove it.',
    ],
    [
      "suppresses only for another rule",
      { "s3-encryption": level("advisory", { ...one, type: "aws:s3/bucket:Bucket" }) },
      'The suppression of s3-encryption for resource "data" and type "aws:s3/bucket:Bucket" lets nothing off; remove it.',
    ],
    [
      "is of a disabled rule",
      { "s3-tls-only": level("disabled", one) },
      'The suppression of s3-tls-only for resource "data" is of no use, since the rule is disabled; remove it.',
    ],
    [
      "has expired",
      { "s3-tls-only": level("mandatory", { ...one, expires: "2026-06-29" }) },
      'The suppression of s3-tls-only for resource "data" does not count: it expired on 2026-06-29; remove it.',
    ],
    [
      "is malformed",
      { "s3-tls-only": level("mandatory", { expires: "2026-12-31" }) },
      "The suppression of s3-tls-only for nothing does not count: it has no reason; remove it.",
    ],
  ] as const) {
    it(`are told where one ${what}`, () => {
      const ledger = new Ledger();
      ledger.note("s3-versioning", { suppressed: [{ message: "no", by: { ...one, type: "x" } }] });
      assert.deepEqual(ledger.unused(levels, [], TODAY), [said]);
    });
  }

  it("are told where an optional one fits a resource that needs it no more, and not where it fits none", () => {
    const levels = { "s3-versioning": level("mandatory", { ...one, optional: true }) };
    const resource = (name: string) => ({
      name,
      urn: `urn:pulumi:dev::shop::aws:s3/bucket:Bucket::${name}`,
    });
    const ledger = new Ledger();
    assert.deepEqual(ledger.unused(levels, [resource("logs")], TODAY), []);
    assert.deepEqual(ledger.unused(levels, [resource("data")], TODAY), [
      'The suppression of s3-versioning for resource "data" lets nothing off; remove it.',
    ]);
    const expired = {
      "s3-tls-only": level("mandatory", { ...one, optional: true, expires: "2026-06-29" }),
    };
    assert.match(ledger.unused(expired, [], TODAY)[0], /it expired on 2026-06-29/);
  });
});

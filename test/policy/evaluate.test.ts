import assert from "node:assert/strict";

import { Suppression, evaluate } from "../../policy/evaluate";
import { ResourceRule, StackRule } from "../../policy/rule";
import { UNKNOWN, resource } from "./graph";

const TYPE = "aws:s3/bucket:Bucket";

const about = {
  name: "no-tag",
  description: "A bucket has a tag.",
  severity: "low",
  reason: "It is only a test.",
  remediationSteps: "Give it a tag.",
  url: "https://docs.aws.amazon.com/",
} as const;

const rule: ResourceRule = {
  ...about,
  types: [TYPE],
  parameters: { tag: { type: "string", default: "team" } },
  check: ({ props }, report, { tag }) => {
    if ((props.tags as Record<string, string> | undefined)?.[tag as string] === undefined) {
      report(`no tag ${String(tag)}`);
    }
  },
};

const untagged = resource(TYPE, "untagged", {});
const tagged = resource(TYPE, "tagged", { tags: { team: "data" } });
const unknown = resource(TYPE, "unknown", { tags: UNKNOWN });

const TODAY = "2026-06-30";
const messages = (suppress: readonly Suppression[]) =>
  evaluate(rule, [untagged], { suppress }, TODAY).violations.map(({ message }) => message);

describe("evaluating a rule", () => {
  it("reports each resource that breaks it, and no other", () => {
    const other = resource("aws:sqs/queue:Queue", "queue", {});
    assert.deepEqual(evaluate(rule, [untagged, tagged, other]).violations, [
      { message: "no tag team", urn: untagged.urn },
    ]);
  });

  it("takes parameters from the configuration", () => {
    assert.deepEqual(
      evaluate(rule, [tagged], { tag: "owner" }).violations.map(({ message }) => message),
      ["no tag owner"],
    );
  });

  it("says what it cannot check yet, and still reports the rest", () => {
    const { violations, notChecked } = evaluate(rule, [unknown, untagged]);
    assert.deepEqual(
      violations.map(({ urn }) => urn),
      [untagged.urn],
    );
    assert.equal(notChecked.length, 1);
    assert.match(notChecked[0], /not checked yet of unknown: .*tags/);
  });

  it("takes a rule that throws for a violation", () => {
    const broken: StackRule = {
      ...about,
      subjects: (graph) => graph.ofType(TYPE),
      checkInStack: () => {
        throw new TypeError("cannot read");
      },
    };
    const { violations } = evaluate(broken, [tagged]);
    assert.deepEqual(violations, [
      {
        message: "The rule failed of tagged, so nothing is known: TypeError: cannot read",
        urn: tagged.urn,
      },
    ]);
  });

  it("takes subjects that throw for a violation", () => {
    const broken: StackRule = {
      ...about,
      subjects: () => {
        throw new Error("no graph");
      },
      checkInStack: () => undefined,
    };
    assert.equal(evaluate(broken, [tagged]).violations.length, 1);
  });
});

describe("suppressing a violation", () => {
  const good = { resource: "untagged", reason: "made by hand", expires: "2026-06-30" };

  it("works by name, URN and star, up to its last day", () => {
    for (const pattern of ["untagged", untagged.urn, "un*", "*"]) {
      assert.deepEqual(messages([{ ...good, resource: pattern }]), []);
    }
  });

  it("leaves other resources alone", () => {
    assert.deepEqual(messages([{ ...good, resource: "tagged" }]), ["no tag team"]);
    assert.deepEqual(messages([{ ...good, resource: "untagge." }]), ["no tag team"]);
  });

  for (const [when, change, flaw] of [
    ["without a reason", { reason: undefined }, /no reason/],
    ["with an empty reason", { reason: " " }, /no reason/],
    ["without a date", { expires: undefined }, /a date such as/],
    ["with a date in words", { expires: "next year" }, /a date such as/],
    ["past its date", { expires: "2026-06-29" }, /expired on 2026-06-29/],
  ] as const) {
    it(`does not count ${when}`, () => {
      const [message, ...more] = messages([{ ...good, ...change }]);
      assert.deepEqual(more, []);
      assert.match(message, /^no tag team The suppression of no-tag for untagged does not count/);
      assert.match(message, flaw);
    });
  }
});

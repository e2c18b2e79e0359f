import assert from "node:assert/strict";

import { evaluate } from "../../policy/evaluate";
import { ResourceRule, StackRule } from "../../policy/rule";
import { suppressedText } from "../../policy/said";
import { Suppression } from "../../policy/suppressions";
import { Undecided, Unseen } from "../../policy/unknown";
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

describe("a rule that cannot decide", () => {
  const undecided: StackRule = {
    ...about,
    subjects: (graph) => graph.ofType(TYPE),
    checkInStack: () => {
      throw new Undecided("it is elsewhere");
    },
  };

  it("decides later where a value of the stack is not known yet", () => {
    const { notChecked, notSeen } = evaluate(undecided, [tagged, unknown]);
    assert.equal(notChecked.length, 2);
    assert.deepEqual(notSeen, []);
  });

  it("is not applicable where all is known: nothing will decide it", () => {
    const { notChecked, notSeen } = evaluate(undecided, [tagged]);
    assert.deepEqual(notChecked, []);
    assert.deepEqual(notSeen, ["not applicable to tagged: it is elsewhere"]);
  });
});

describe("suppressing by type and component", () => {
  const why = { reason: "made by hand", expires: "2026-06-30" };
  const inside: typeof untagged = {
    ...untagged,
    urn: `urn:pulumi:test::mwaa-analytics::team:data:Store$${TYPE}::untagged`,
    opts: { ...untagged.opts, parent: "urn:pulumi:test::mwaa-analytics::team:data:Store::orders" },
  };
  const said = (suppression: Suppression) =>
    evaluate(rule, [inside], { suppress: [suppression] }, TODAY).violations.length;

  for (const [what, selectors] of [
    ["its type", { type: TYPE }],
    ["a pattern of its type", { type: "aws:s3/*" }],
    ["the type of the component around it", { component: "team:data:Store" }],
    ["the name of the component around it", { component: "orders" }],
    ["both", { type: TYPE, component: "ord*" }],
    ["all three", { resource: "un*", type: TYPE, component: "orders" }],
  ] as const) {
    it(`works by ${what}`, () => assert.equal(said({ ...why, ...selectors }), 0));
  }

  for (const [what, selectors] of [
    ["another type", { type: "aws:s3/bucketV2:BucketV2" }],
    ["another component", { component: "customers" }],
    ["its own type as that of a component", { component: TYPE }],
    ["its type in another component", { type: TYPE, component: "customers" }],
    ["nothing", {}],
  ] as const) {
    it(`leaves it alone for ${what}`, () => assert.equal(said({ ...why, ...selectors }), 1));
  }

  it("takes the stack itself for no component", () => {
    const parent = "urn:pulumi:test::mwaa-analytics::pulumi:pulumi:Stack::mwaa-analytics-test";
    const top = { ...untagged, opts: { ...untagged.opts, parent } };
    const suppress = [{ ...why, component: "*" }];
    assert.equal(evaluate(rule, [top], { suppress }, TODAY).violations.length, 1);
  });
});

describe("suppressing a violation", () => {
  const good = { resource: "untagged", reason: "made by hand", expires: "2026-06-30" };

  it("is listed with its reason", () => {
    const suppress = [good];
    const { suppressed, violations } = evaluate(rule, [untagged, tagged], { suppress }, TODAY);
    assert.deepEqual(violations, []);
    assert.deepEqual(suppressed, [{ message: "no tag team", urn: untagged.urn, by: good }]);
    assert.equal(
      suppressedText(suppressed[0]),
      "Suppressed until 2026-06-30: no tag team Reason: made by hand",
    );
  });

  it("also keeps still what is not known yet, and what the stack does not show", () => {
    const unseen: StackRule = {
      ...about,
      subjects: (graph) => graph.ofType(TYPE),
      checkInStack: () => {
        throw new Unseen("it is elsewhere");
      },
    };
    const suppress = [{ ...good, resource: "*" }];
    const found = evaluate(rule, [unknown], { suppress }, TODAY);
    assert.deepEqual([found.notChecked, found.suppressed.length], [[], 1]);
    const other = evaluate(unseen, [tagged], { suppress }, TODAY);
    assert.deepEqual([other.notSeen, other.suppressed.length], [[], 1]);
  });

  it("counts where an expired wildcard is there as well", () => {
    const expired = { ...good, resource: "*", expires: "2026-01-31" };
    for (const suppress of [
      [expired, good],
      [good, expired],
    ]) {
      assert.deepEqual(messages(suppress), []);
    }
  });

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
    ["with a date that is not valid", { expires: "2027-02-30" }, /a date such as/],
    ["past its date", { expires: "2026-06-29" }, /expired on 2026-06-29/],
  ] as const) {
    it(`does not count ${when}`, () => {
      const [message, ...more] = messages([{ ...good, ...change }]);
      assert.deepEqual(more, []);
      assert.match(
        message,
        /^no tag team The suppression of no-tag for resource "untagged" does not count/,
      );
      assert.match(message, flaw);
    });
  }
});

import assert from "node:assert/strict";

import {
  Access,
  Grant,
  deniedCalls,
  renderAccess,
  renderSummary,
  summaryOf,
  verdictOf,
} from "../../../local/cli/access";
import { needless, reasonFor } from "../../../local/cli/unexercised";

const USED: Grant = {
  role: "mwaa-local-glue-job-0000000",
  policy: "job",
  statement: "ReadInputs",
  action: "s3:GetObject",
  resource: "arn:aws:s3:::data/output/*",
  called: 2,
  checked: 0,
  examples: [{ how: "called", resource: "arn:aws:s3:::data/output/a", by: "s3:GetObject" }],
};
const never = (change: Partial<Grant>): Grant => ({
  ...USED,
  called: 0,
  examples: [],
  ...change,
});
const UNUSED = never({ action: "s3:DeleteObject" });
const LISTED = never({ statement: "PublishMetrics", action: "cloudwatch:PutMetricData" });
const access = (...grants: Grant[]): Access => ({ grants, denials: [], last: 0 });

describe("access", () => {
  it("tells grants that were used, cannot be used here, and were not used", () => {
    assert.equal(verdictOf(USED).kind, "used");
    assert.equal(verdictOf({ ...USED, called: 0, checked: 1 }).kind, "used");
    assert.equal(verdictOf(UNUSED).kind, "UNUSED");
    const verdict = verdictOf(LISTED);
    assert.ok(verdict.kind === "not on a laptop");
    assert.match(verdict.source, /^https:\/\/docs\.aws\.amazon\.com\//);
  });

  it("tells grants for runs that go wrong from those of no run on a laptop", () => {
    const stop = never({ statement: "QueryAthena", action: "athena:StopQueryExecution" });
    assert.equal(verdictOf(stop).kind, "other runs");
    assert.equal(summaryOf(access(stop, LISTED)).otherRuns, 1);
    // A run that failed used it: that is no fault of the list.
    assert.ok(!needless([]).includes("QueryAthena"));
  });

  it("lists a grant for its role, its actions and its resource alone", () => {
    const { reason } = reasonFor(never({ ...LISTED })) ?? {};
    assert.ok(reason);
    assert.equal(reasonFor({ ...LISTED, role: "mwaa-local-crawler-0" }), undefined);
    const partitions = never({ role: "mwaa-local-crawler-0", statement: "EnterTables" });
    assert.ok(reasonFor({ ...partitions, action: "glue:UpdatePartition" }));
    assert.equal(reasonFor({ ...partitions, action: "glue:CreateTable" }), undefined);
    const database = never({ role: "mwaa-local-execution-0", statement: "FindDatabase" });
    assert.ok(reasonFor({ ...database, resource: "arn:aws:glue:r:1:database/default" }));
    assert.equal(reasonFor({ ...database, resource: "arn:aws:glue:r:1:database/x" }), undefined);
  });

  it("knows entries that hide nothing", () => {
    assert.ok(needless([]).includes("PublishMetrics of glue-job"));
    assert.ok(!needless([LISTED]).includes("PublishMetrics of glue-job"));
  });

  it("counts, and names each unused grant with what to do", () => {
    const summary = summaryOf(access(USED, UNUSED, LISTED));
    assert.equal(
      renderSummary(summary),
      "grants: 1 of 3 used, 0 for other runs, 1 that a laptop cannot use, 1 unused",
    );
    assert.deepEqual(summary.unused, [
      "unused: ReadInputs of mwaa-local-glue-job-0000000 grants s3:DeleteObject on " +
        "arn:aws:s3:::data/output/*, which no run needed: take it out of the policy, or add why a " +
        "laptop cannot use it to local/cli/unexercised.ts",
    ]);
  });

  it("shows each grant in the table of its role, with the call that used it", () => {
    const other = { ...USED, role: "mwaa-local-states-0", called: 0, checked: 3 };
    const both: Grant = {
      ...USED,
      ...{ action: "s3:PutObject", called: 1, checked: 4 },
      examples: [
        { how: "checked", resource: "arn:aws:s3:::data/b", by: "athena:StartQueryExecution" },
        { how: "called", resource: "arn:aws:s3:::data/c", by: "s3:PutObject" },
      ],
    };
    const text = renderAccess(access(USED, LISTED, { ...other, examples: [] }, UNUSED, both));
    const [, job, states] = text.split(/^mwaa-local-/m);
    assert.match(job, /ReadInputs.*s3:GetObject.*called 2×: s3:::data\/output\/a .*used/);
    assert.match(job, /PublishMetrics.*never.*not on a laptop \[1\]/);
    assert.match(job, /\[1\] Glue measures/);
    assert.match(job, /s3:DeleteObject.*never.*UNUSED/);
    assert.match(job, /called 1×: s3:::data\/c /);
    assert.match(job, /checked 4×: s3:::data\/b for athena:StartQueryExecution/);
    assert.match(states, /ReadInputs.*checked 3×.*used/);
  });

  it("says a refused call once, with the statement that it needs", () => {
    const denial = {
      number: 1,
      role: "r",
      action: "s3:GetObject",
      resource: "arn:aws:s3:::b/k",
      by: "",
      needed: "needed in role r: {}",
    };
    assert.deepEqual(deniedCalls([denial, { ...denial, number: 2 }]), [
      "denied: r may not s3:GetObject on arn:aws:s3:::b/k; needed in role r: {}",
    ]);
    assert.match(
      deniedCalls([{ ...denial, by: "athena:StartQueryExecution" }])[0],
      /k for athena:StartQueryExecution; needed/,
    );
  });
});

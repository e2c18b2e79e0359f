import assert from "node:assert/strict";

import {
  Access,
  Grant,
  deniedCalls,
  renderSummary,
  summaryOf,
  verdictOf,
} from "../../../local/cli/access";
import { judged, renderAccess } from "../../../local/cli/accessReport";
import { localStack } from "../../../local/cli/localStack";
import { Unexercised } from "../../../local/cli/unexercised";

const AWS = "https://docs.aws.amazon.com/page.html";

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
const LIST = new Unexercised([
  { statement: "PublishMetrics", role: "glue-job", reason: "Glue measures", source: AWS },
  { statement: "Query", actions: ["athena:Stop"], reason: "killed", otherRuns: true, source: AWS },
  { statement: "Find", role: "execution", resource: "database/default", reason: "r", source: AWS },
]);
const access = (...grants: Grant[]): Access => ({ grants, denials: [], last: 0 });

describe("access", () => {
  it("tells grants that were used, cannot be used here, and were not used", () => {
    assert.equal(verdictOf(USED, LIST).kind, "used");
    assert.equal(verdictOf({ ...USED, called: 0, checked: 1 }, LIST).kind, "used");
    assert.equal(verdictOf(UNUSED, LIST).kind, "UNUSED");
    const verdict = verdictOf(LISTED, LIST);
    assert.ok(verdict.kind === "AWS only");
    assert.match(verdict.source, /^https:\/\/docs\.aws\.amazon\.com\//);
  });

  it("tells grants for runs that go wrong from those of no run on a laptop", () => {
    const stop = never({ statement: "Query", action: "athena:Stop" });
    assert.equal(verdictOf(stop, LIST).kind, "other runs");
    assert.equal(summaryOf(access(stop, LISTED), LIST).otherRuns, 1);
    // A run that failed used it: that is no fault of the list.
    assert.ok(!LIST.staleEntries([]).includes("Query"));
  });

  it("lists a grant for its role, its actions and its resource alone", () => {
    assert.ok(LIST.reasonFor(LISTED));
    assert.equal(LIST.reasonFor({ ...LISTED, role: "mwaa-local-crawler-0" }), undefined);
    const query = never({ statement: "Query" });
    assert.ok(LIST.reasonFor({ ...query, action: "athena:Stop" }));
    assert.equal(LIST.reasonFor({ ...query, action: "athena:Start" }), undefined);
    const database = never({ role: "mwaa-local-execution-0", statement: "Find" });
    assert.ok(LIST.reasonFor({ ...database, resource: "arn:aws:glue:r:1:database/default" }));
    assert.equal(
      LIST.reasonFor({ ...database, resource: "arn:aws:glue:r:1:database/x" }),
      undefined,
    );
  });

  it("knows entries that hide nothing", () => {
    assert.deepEqual(LIST.staleEntries([]), ["PublishMetrics of glue-job", "Find of execution"]);
    assert.deepEqual(LIST.staleEntries([LISTED]), ["Find of execution"]);
  });

  it("knows that settings decide on some, which hide nothing where there is no such grant", () => {
    const list = new Unexercised([
      { ...{ statement: "Decrypt", role: "job", bySettings: true }, reason: "key", source: AWS },
    ]);
    const grant = never({ statement: "Decrypt" });
    assert.deepEqual(list.staleEntries([]), []);
    assert.deepEqual(list.staleEntries([grant]), []);
    assert.deepEqual(list.staleEntries([{ ...grant, called: 1 }]), ["Decrypt of job"]);
  });

  it("is told the reasons of the platform and of the pipelines that the stack lists", () => {
    const program = localStack();
    const of = (pipelines: readonly string[]) =>
      Unexercised.of({ ...program, settings: { ...program.settings, pipelines } });
    const bucket = never({ role: "mwaa-local-execution-0", statement: "InspectAirflowBucket" });
    assert.ok(of([]).reasonFor(bucket));
    for (const name of program.settings.pipelines) {
      const own = of([name]).staleEntries([]);
      assert.ok(own.length > of([]).staleEntries([]).length, name);
    }
  });

  it("reports what settings grant, and fails none of it", () => {
    const program = localStack();
    const statement = { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: ["*"] } as const;
    const list = Unexercised.of({
      ...program,
      settings: { ...program.settings, taskStatements: [{ ...statement, Sid: "SendOrders" }] },
    });
    const statements = [
      ...["SendOrders", "ReadConnections", "DecryptConnections"],
      ...["ReadSecrets", "DecryptSecrets"],
    ];
    const granted = (role: string) =>
      access(...statements.map((one) => never({ role, statement: one })));
    const summary = summaryOf(granted("mwaa-local-execution-0"), list);
    assert.deepEqual(
      [summary.otherRuns, summary.unused],
      [statements.length, []],
      JSON.stringify(summary),
    );
    // Another role, or a statement that the settings do not name, is looked at as ever.
    assert.equal(summaryOf(granted("mwaa-local-glue-job-0"), list).unused.length, 5);
    assert.equal(summaryOf(granted("mwaa-local-execution-0"), LIST).unused.length, 5);
  });

  it("counts, and names each unused grant with what to do", () => {
    const summary = summaryOf(access(USED, UNUSED, LISTED), LIST);
    assert.equal(
      renderSummary(summary),
      "grants: 1 of 3 used, 0 for other runs, 1 that only AWS uses, 1 unused",
    );
    assert.deepEqual(summary.unused, [
      "unused: ReadInputs of mwaa-local-glue-job-0000000 grants s3:DeleteObject on " +
        "arn:aws:s3:::data/output/*, which no run needed: take it out of the policy, or tell beside the " +
        "statement why no run uses it (UnexercisedGrant)",
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
    const all = access(USED, LISTED, { ...other, examples: [] }, UNUSED, both);
    const text = renderAccess(all, LIST, { wide: true });
    const [, job, states] = text.split(/^mwaa-local-/m);
    assert.match(job, /ReadInputs.*s3:GetObject.*called 2×: s3:::data\/output\/a .*used/);
    assert.match(job, /PublishMetrics.*never.*AWS only \[1\]/);
    assert.match(job, /\[1\] Glue measures/);
    assert.match(job, /s3:DeleteObject.*never.*UNUSED/);
    assert.match(job, /called 1×: s3:::data\/c /);
    assert.match(job, /checked 4×: s3:::data\/b for athena:StartQueryExecution/);
    assert.match(states, /ReadInputs.*checked 3×.*used/);
  });

  it("shows a row for each statement of a role that fits a terminal, and all that is wrong", () => {
    const other = { ...USED, role: "mwaa-local-states-0" };
    const text = renderAccess(access(USED, LISTED, other, UNUSED, USED), LIST, {});
    const [, job, states] = text.split(/^mwaa-local-/m);
    assert.match(job, /│ ReadInputs +│ +2 │ +│ +│ +1 │/);
    assert.match(job, /│ PublishMetrics +│ +│ +│ +1 │ +│/);
    assert.match(states, /│ ReadInputs +│ +1 │ +│ +│ +│/);
    assert.match(states, /✘ unused: ReadInputs of mwaa-local-glue-job-0000000 grants s3:DeleteObj/);
    const rows = text.split("\n").filter((line) => line.startsWith("│"));
    assert.ok(rows.every((row) => row.length <= 80));
  });

  it("shows one role alone, and what is wrong with the list of all", () => {
    const other = { ...USED, role: "mwaa-local-states-0" };
    const text = renderAccess(access(USED, LISTED, UNUSED, other), LIST, { role: "states" });
    assert.doesNotMatch(text, /glue-job|UNUSED \d|PublishMetrics/);
    assert.match(text, /grants: 1 of 1 used/);
    assert.match(text, /delete these UnexercisedGrant entries: Find of execution\n/);
  });

  it("gives each grant with its verdict to a program", () => {
    assert.deepEqual(
      judged(access(USED, UNUSED, LISTED), LIST).map(({ action, verdict }) => [action, verdict]),
      [
        ["s3:GetObject", { kind: "used" }],
        ["s3:DeleteObject", { kind: "UNUSED" }],
        ["cloudwatch:PutMetricData", { kind: "AWS only", reason: "Glue measures", source: AWS }],
      ],
    );
  });

  it("says a refused call once, with the statement that it needs", () => {
    const denial = {
      number: 1,
      role: "r",
      action: "s3:GetObject",
      resource: "arn:aws:s3:::b/k",
      by: "",
      ofOtherDag: false,
      needed: "needed in role r: {}",
    };
    assert.deepEqual(deniedCalls([denial, { ...denial, number: 2 }]), [
      "denied: r may not s3:GetObject on arn:aws:s3:::b/k; needed in role r: {}",
    ]);
    assert.match(
      deniedCalls([{ ...denial, by: "athena:StartQueryExecution" }])[0],
      /k for athena:StartQueryExecution; needed/,
    );
    assert.match(
      deniedCalls([{ ...denial, ofOtherDag: true }])[0],
      /^denied to another DAG: r may not/,
    );
  });
});

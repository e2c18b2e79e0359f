// Ends with an error unless the demo's report is one of a run that really went through.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");

const report = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));

assert.equal(report.stack.name, "local");
assert.ok(
  report.stack.resources["aws:mwaa/environment:Environment"] === 1,
  "no environment was made",
);
assert.ok(report.policies.rules >= 2, "the policy pack did not run");
assert.deepEqual(
  report.policies.violations.filter(({ level }) => level === "mandatory"),
  [],
);
const dag = report.dags["movie-list-dag"];
assert.equal(dag.state, "success");
assert.equal(Object.keys(dag.tasks).length, 9);
for (const [task, { state }] of Object.entries(dag.tasks)) {
  assert.equal(state, "success", `${task} ended in state ${state}`);
}
const { rows, sample } = report.results.movie_demo;
assert.ok(rows > 0 && sample.length > 0, "the result is empty");
console.log(
  `report: ${rows} rows in movie_demo, ${Object.keys(dag.tasks).length} tasks, all successful`,
);

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
const tasksOf = {
  "movie-list-dag": 9,
  mwaa_movielens_demo: 9,
  generate_sample_reviews: 5,
  test_dag: 6,
};
for (const [dagId, count] of Object.entries(tasksOf)) {
  const { state, tasks } = report.dags[dagId];
  assert.equal(state, "success", `${dagId} ended in state ${state}`);
  assert.equal(Object.keys(tasks).length, count, dagId);
  for (const [task, { state: ended }] of Object.entries(tasks)) {
    assert.equal(ended, "success", `${dagId}.${task} ended in state ${ended}`);
  }
}
const bestSellers = ["Apparel", "Automotive", "Baby", "Beauty", "Books"];
for (const table of [
  ...["movie_demo", "most_popular_movies", "top_rated_movies"],
  ...bestSellers.map((category) => `best_sellers/${category}`),
]) {
  const { rows, sample } = report.results[table];
  assert.ok(rows > 0 && sample.length > 0, `${table} is empty`);
  console.log(`report: ${rows} rows in ${table}`);
}
const page = fs.readFileSync(report.files["executed notebook"], "utf8");
assert.equal(page.match(/<svg\b/g).length, bestSellers.length, "a chart for each category");

const { grants, used, unused, denied } = report.access;
assert.ok(used > 0 && used < grants, `${used} of ${grants} grants were used`);
assert.deepEqual(unused, [], "grants that no run needed");
assert.deepEqual(denied, [], "calls that were refused");
console.log(`report: ${used} of ${grants} grants used`);

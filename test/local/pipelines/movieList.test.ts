import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { publishSource } from "../../../local/cli/movielensSource";
import { expectedMovies, loadedMovies } from "../cli/movieList";
import { demo } from "../demoStack";

describe("movie-list-dag, run", () => {
  let expected: string[];

  const rows = () => loadedMovies(demo.stack().endpoint, { WorkgroupName: "mwaa-local" });

  before(() => {
    expected = expectedMovies(demo.zip());
  });

  it("leaves in Redshift what DuckDB computes from the same zip", async () => {
    assert.deepEqual(await rows(), expected);
  });

  it("reports what was made, checked, run and left", () => {
    const report = JSON.parse(
      fs.readFileSync(path.join(demo.home.folder, "report.json"), "utf8"),
    ) as {
      stack: { name: string; resources: Record<string, number>; seconds: number };
      policies: { pack: string; rules: number; violations: unknown[] };
      dags: Record<string, { state: string; tasks: Record<string, { state: string }> }>;
      results: Record<string, { rows: number; location: string; sample: unknown[] }>;
    };
    assert.equal(report.stack.name, "local");
    assert.equal(report.stack.resources["aws:mwaa/environment:Environment"], 1);
    assert.match(report.policies.pack, /^mwaa-analytics /);
    assert.ok(report.policies.rules > 50, `only ${report.policies.rules} rules ran`);
    assert.deepEqual(report.policies.violations, []);
    const run = report.dags["movie-list-dag"];
    assert.equal(run.state, "success");
    assert.equal(Object.keys(run.tasks).length, 9);
    assert.ok(Object.values(run.tasks).every(({ state }) => state === "success"));
    assert.equal(report.results.movie_demo.rows, expected.length);
    assert.ok(report.results.movie_demo.sample.length > 0);
  });

  it("fails with one message, and leaves the table as it was, when the zip is cut short", async () => {
    const stack = demo.stack();
    const content = fs.readFileSync(demo.zip());
    await publishSource(stack.endpoint, content.subarray(0, content.length - 1000));
    const finished = await stack.run("movie-list-dag").finished;
    await stack.failed(finished, "files_to_s3", /not a whole zip file/);
    assert.equal(finished.output.match(/ failed:/g)?.length, 1, finished.output);
    assert.deepEqual(await rows(), expected);
    await publishSource(stack.endpoint, content);
  });

  it("fails with one message when there is no such DAG", async () => {
    const { status, output } = await demo.stack().command("run", "no-such-dag").finished;
    assert.equal(status, 1);
    assert.match(output, /there is no DAG "no-such-dag"\. Known DAGs: .*movie-list-dag/);
  });
});

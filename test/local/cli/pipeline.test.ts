import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { startCloud } from "../../../local/cli/cloud";
import { publishSource } from "../../../local/cli/movielensSource";
import { Endpoint } from "../../../local/engine/endpoint";
import { freePort, processesWith, temporaryHome } from "../running";
import { LocalCommand } from "./command";
import { changedZip, dataSet } from "./dataSet";
import { expectedMovies, loadedMovies } from "./movieList";

describe("movie-list-dag, run", () => {
  const { home, remove } = temporaryHome();
  let zip: string;
  let ports: { cloud: number; airflow: number };
  let endpoint: Endpoint;
  let expected: string[];

  const command = (...args: string[]) => new LocalCommand(home, ports, ...args);

  const rows = () => loadedMovies(endpoint, { WorkgroupName: "mwaa-local" });

  before(async () => {
    zip = dataSet(home.dir("data"));
    ports = { cloud: await freePort(), airflow: await freePort() };
    expected = expectedMovies(zip);
  });
  after(async () => {
    await command("down").finished;
    remove();
  });

  it("leaves in Redshift what DuckDB computes from the same zip", async () => {
    const { status, output } = await command("demo", "--keep", "--movielens", zip).finished;
    assert.equal(status, 0, output);
    endpoint = await startCloud(home, ports.cloud, () => undefined);
    assert.deepEqual(await rows(), expected);
  });

  it("reports what was made, checked, run and left", () => {
    const report = JSON.parse(fs.readFileSync(path.join(home.folder, "report.json"), "utf8")) as {
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

  it("leaves the same rows the second time", async () => {
    const { status, output } = await command("run", "movie-list-dag").finished;
    assert.equal(status, 0, output);
    assert.deepEqual(await rows(), expected);
  });

  const changed = (...args: Parameters<typeof changedZip>) => fs.readFileSync(changedZip(...args));
  const bad: readonly (readonly [string, (good: string) => Uint8Array, RegExp])[] = [
    ["is not a zip", () => Buffer.from("<html>moved</html>"), /not a whole zip file/],
    [
      "is cut short",
      (good) => {
        const content = fs.readFileSync(good);
        return content.subarray(0, content.length - 1000);
      },
      /not a whole zip file/,
    ],
    [
      "has a member outside of its folder",
      (good) => changed(good, home.dir("data"), `members["../../outside.csv"] = b"x"`),
      /unsafe name '\.\.\/\.\.\/outside\.csv'/,
    ],
    [
      "has no ratings.csv",
      (good) =>
        changed(
          good,
          home.dir("data"),
          `members = {n: d for n, d in members.items() if not n.endswith("ratings.csv")}`,
        ),
      /0 files ratings\.csv/,
    ],
    [
      "has a broken line",
      (good) =>
        changed(
          good,
          home.dir("data"),
          `name = next(n for n in members if n.endswith("ratings.csv"))\n` +
            `members[name] += b"1,1,good\\n"`,
        ),
      /ratings\.csv line \d+ has 3 values/,
    ],
  ];
  for (const [what, zipOf, message] of bad) {
    it(`fails with one message, and leaves the table as it was, when the zip ${what}`, async () => {
      await publishSource(endpoint, zipOf(zip));
      const { status, output } = await command("run", "movie-list-dag").finished;
      assert.equal(status, 1, output);
      assert.match(output, /files_to_s3 failed:/);
      assert.match(output, message);
      assert.equal(output.match(/ failed:/g)?.length, 1, output);
      assert.deepEqual(await rows(), expected);
    });
  }

  it("fails with one message when there is no such DAG", async () => {
    const { status, output } = await command("run", "no-such-dag").finished;
    assert.equal(status, 1);
    assert.match(output, /there is no DAG "no-such-dag"\. Known DAGs: .*movie-list-dag/);
  });

  it("leaves nothing running after down", async () => {
    assert.equal((await command("down").finished).status, 0);
    assert.deepEqual(processesWith(home.folder), []);
  });
});

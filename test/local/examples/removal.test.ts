import assert from "node:assert/strict";
import * as path from "node:path";

import { PIPELINES } from "../../../components/pipelines";
import { copyOfCheckout, local, runIn } from "../../examples/copy";
import { removePipelines } from "../../examples/removal";
import { freePort } from "../running";

// Each pipeline is removed from one copy, and is there in the other: the graphs that policies are tested on are derived
// anew for each, which takes most of the time.
const NAMES = PIPELINES.map(({ name }) => name);
const REMOVED = [0, 1].map((half) => NAMES.filter((_, index) => index % 2 === half));

for (const names of REMOVED.filter(({ length }) => length > 0)) {
  describe(`a checkout without ${names.join(" and ")}`, () => {
    const { folder, remove } = copyOfCheckout();
    const bin = (command: string) => path.join(folder, "node_modules/.bin", command);
    const npm = (...args: string[]) => runIn(folder, "npm", ["run", "--silent", ...args]);

    before(() => {
      removePipelines(folder, names);
      // Some tests ask for the files of the repository.
      runIn(folder, "git", ["init", "--quiet"]);
      runIn(folder, "git", ["add", "--all"]);
    });

    after(remove);

    it("has types that fit", () => void runIn(folder, bin("tsc"), ["--noEmit"]));

    it("has documents that are written anew", () => {
      npm("docs");
      npm("docs", "--", "--check");
    });

    it("passes the unit tests, once what they have on record is written anew", () => {
      const recorded = [
        "test/index.test.ts",
        "test/architecture.test.ts",
        "test/policy/recorded.test.ts",
      ];
      runIn(folder, bin("mocha"), recorded, { UPDATE_GOLDEN: "1" });
      assert.match(runIn(folder, bin("mocha"), []), /\n {2}\d{4,} passing/);
    });

    it("passes the tests that know every DAG file, and has none of a DAG that is gone", () => {
      const python = path.join(folder, ".local/venvs/test/bin/python");
      const pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider"];
      runIn(folder, python, [...pytest, "test/dags/test_imports.py", "test/dags/test_parsing.py"]);
      runIn(folder, python, [...pytest, "--collect-only", "test/dags"]);
    });

    it("has a preview of a stack with the others", async () => {
      const [cloud, airflow] = [await freePort(), await freePort()];
      const ports = ["--cloud-port", String(cloud), "--airflow-port", String(airflow)];
      assert.match(local(folder, ...ports, "preview"), /\+ \d+ to create/);
    });
  });
}

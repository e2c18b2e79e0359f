import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { PIPELINES } from "../../../components/pipelines";
import { WITHOUT_GRAPHS } from "../../checks";
import { copyOfCheckout, local, runIn } from "../../examples/copy";
import { giveGraphs, removePipelines } from "../../examples/removal";
import { STACKS } from "../../stackFiles";
import { freePort } from "../running";

// Each pipeline is removed from one copy, and is there in the other.
const NAMES = PIPELINES.map(({ name }) => name);
const REMOVED = [0, 1].map((half) => NAMES.filter((_, index) => index % 2 === half));

for (const [half, names] of REMOVED.filter(({ length }) => length > 0).entries()) {
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

    it("has types that fit", () => void npm("types"));

    it("has documents that are written anew", () => {
      npm("docs");
      npm("docs", "--", "--check");
    });

    // Those on graphs in one of the copies.
    const graphs = half === 0;

    it(`passes the unit tests${graphs ? "" : " without graphs"}, once what they have on record is written anew`, () => {
      const write = (...files: string[]) =>
        runIn(folder, bin("mocha"), files, { UPDATE_GOLDEN: "1" });
      write("test/index.test.ts", "test/architecture.test.ts");
      if (graphs) {
        giveGraphs(folder);
        write("test/policy/recorded.test.ts");
      }
      const ignored = graphs ? [] : WITHOUT_GRAPHS;
      assert.match(runIn(folder, bin("mocha"), ignored), /\n {2}\d{4,} passing/);
      if (graphs) {
        const used = fs.readdirSync(path.join(folder, ".local/recorded"));
        assert.equal(used.length, STACKS.length, `some were derived: ${used.join(", ")}`);
      }
    });

    it("passes the tests that know every DAG file, and has none of a DAG that is gone", () => {
      const python = path.join(folder, ".local/venvs/test/bin/python");
      // All are imported.
      const known = "test_a_file_parses or test_dags_import";
      const pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", known];
      assert.match(runIn(folder, python, [...pytest, "test/dags"]), /\d+ passed/);
    });

    it("has a preview of a stack with the others", async () => {
      const [cloud, airflow] = [await freePort(), await freePort()];
      const ports = ["--cloud-port", String(cloud), "--airflow-port", String(airflow)];
      assert.match(local(folder, ...ports, "preview"), /\+ \d+ to create/);
    });
  });
}

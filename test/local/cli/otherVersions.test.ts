import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { versionTests } from "../../../local/setup/airflowVersions";
import { Home } from "../../../local/home";
import { copyOfCheckout, local } from "../../examples/copy";
import { freePort } from "../running";
import { dataSet } from "./dataSet";

for (const { version } of versionTests()) {
  describe(`the demo on Airflow ${version}, which a stack names`, () => {
    const { folder, remove } = copyOfCheckout();
    const home = new Home(path.join(folder, ".local"));
    after(remove);

    it("brings all pipelines to their results", async () => {
      const file = path.join(folder, "Pulumi.local.yaml");
      const lines = [`airflowVersion: ${version}`, 'requirementsFile: ""'];
      const added = lines.map((line) => `  mwaa-analytics:${line}\n`).join("");
      fs.appendFileSync(file, added);
      const ports = ["--cloud-port", await freePort(), "--airflow-port", await freePort()];
      const output = local(
        folder,
        ...ports.map(String),
        ...["demo", "--movielens", dataSet(home.dir("data"))],
      );
      assert.match(output, /Done in /);
      const report = JSON.parse(fs.readFileSync(home.file("report.json"), "utf8")) as {
        dags: Record<string, { state: string }>;
      };
      assert.deepEqual(
        [...new Set(Object.values(report.dags).map(({ state }) => state))],
        ["success"],
      );
      const said = JSON.parse(
        fs.readFileSync(path.join(home.folder, "airflow", "status.json"), "utf8"),
      ) as { version: string };
      assert.equal(said.version, version);
    });
  });
}

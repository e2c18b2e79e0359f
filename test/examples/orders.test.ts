import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as path from "node:path";

import { commandsOfPage, copyOfCheckout, filesOf } from "./copy";

describe("the example of docs/your-own-pipeline.md", () => {
  it("is five files of its own beside its tests, and a line of the list", () => {
    assert.deepEqual(filesOf("orders"), [
      "components/pipelines/orders.ts",
      "dags/orders_daily.py",
      "jobs/glue/orders_daily.py",
      "plugins/orders/orders_money.py",
      "test/pipelines/orders.test.ts",
    ]);
    const [copy, line, ...others] = commandsOfPage();
    assert.equal(copy, "cp -r examples/orders/. .");
    assert.match(line, />> components\/pipelines\/list\.ts$/);
    assert.deepEqual(others, []);
  });

  it("passes its own tests and those of all pipelines in a copy of the checkout", function () {
    this.timeout(180_000);
    const { folder, remove } = copyOfCheckout();
    try {
      for (const command of commandsOfPage()) {
        execFileSync("bash", ["-c", command], { cwd: folder });
      }
      const output = execFileSync(
        path.join(folder, "node_modules/.bin/mocha"),
        ["test/pipelines/orders.test.ts", "test/pipelines/subsets.test.ts"],
        { cwd: folder, encoding: "utf8" },
      );
      assert.match(output, /a stack with orders\n/);
      assert.match(output, /\n {2}\d+ passing/);
    } finally {
      remove();
    }
  });
});

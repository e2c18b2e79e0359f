import assert from "node:assert/strict";
import * as path from "node:path";

import { commandsOfPage, copyOfCheckout, filesOf, runIn } from "./copy";

/** Each example, with its files. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  line_counts: ["components/pipelines/lineCounts.ts", "dags/line_counts.py"],
  orders: [
    "components/pipelines/orders.ts",
    "dags/orders_daily.py",
    "jobs/glue/orders_daily.py",
    "plugins/orders/orders_money.py",
    "test/pipelines/orders.test.ts",
  ],
};

describe("the examples of docs/your-own-pipeline.md", () => {
  for (const [example, files] of Object.entries(EXAMPLES)) {
    it(`${example} is five files of its own at most, and a line of the list`, () => {
      assert.deepEqual(filesOf(example), files);
      const [copy, line, ...others] = commandsOfPage(example);
      assert.equal(copy, `cp -r examples/${example}/. .`);
      assert.match(line, />> components\/pipelines\/list\.ts$/);
      assert.deepEqual(others, []);
    });
  }

  it("pass their own tests and those of all pipelines in a copy of the checkout", function () {
    this.timeout(180_000);
    const { folder, remove } = copyOfCheckout();
    try {
      for (const command of Object.keys(EXAMPLES).flatMap(commandsOfPage)) {
        runIn(folder, "bash", ["-c", command]);
      }
      const output = runIn(folder, path.join(folder, "node_modules/.bin/mocha"), [
        "test/pipelines/orders.test.ts",
        "test/pipelines/subsets.test.ts",
      ]);
      assert.match(output, /a stack with orders\n/);
      assert.match(output, /a stack with line-counts\n/);
      assert.match(output, /\n {2}\d+ passing/);
    } finally {
      remove();
    }
  });
});

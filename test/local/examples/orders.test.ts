import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as path from "node:path";

import { freePort } from "../running";
import { commandsOfPage, copyOfCheckout, list, local as localIn } from "../../examples/copy";

/** Rows of the sample: a day, its orders, and what they come to. */
const ROWS = Array.from({ length: 7 }, (_, day) => {
  const cents = 100 * (100 * day) + (99 * 100) / 2;
  const amount = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")} EUR`;
  return { day: `2026-01-0${day + 1}`, orders: 100, amount };
});

describe("the example of docs/your-own-pipeline.md, on the laptop", () => {
  const { folder, remove } = copyOfCheckout();
  let ports: string[];

  const local = (...args: string[]) => localIn(folder, ...ports, ...args);

  before(async () => {
    const [cloud, airflow] = [await freePort(), await freePort()];
    ports = ["--cloud-port", String(cloud), "--airflow-port", String(airflow)];
    for (const command of commandsOfPage()) {
      execFileSync("bash", ["-c", command], { cwd: folder });
    }
    list(folder, ["orders"]);
  });

  after(() => {
    local("destroy");
    remove();
  });

  it("has types that fit", () => {
    execFileSync(path.join(folder, "node_modules/.bin/tsc"), ["--noEmit"], { cwd: folder });
  });

  it("leaves the right rows in Redshift", () => {
    local("up");
    const output = local("run", "orders_daily");
    const [, table] = /\norders_daily: 7 rows in .*\n(\[[\s\S]*?\n\])/.exec(output) ?? [];
    const rows = JSON.parse(table) as Record<string, unknown>[];
    assert.deepEqual(
      rows.map(({ day, orders, amount }) => ({ day, orders: Number(orders), amount })),
      ROWS,
    );
    assert.equal(rows[6].label, "100-orders-on-2026-01-07");
  });

  it("is gone with its line of the stack, and leaves nothing", () => {
    list(folder, []);
    const output = local("up");
    assert.match(output, /- {2}aws:glue:Job orders-job delete/);
    assert.ok(!local("preview").includes("orders"));
  });
});

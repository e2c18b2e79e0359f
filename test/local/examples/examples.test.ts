import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { ListBucketsCommand, PutObjectCommand } from "@aws-sdk/client-s3";

import { s3Of } from "../../../local/cli/s3";
import { freePort } from "../running";
import { commandsOfPage, copyOfCheckout, list, local as localIn } from "../../examples/copy";

/** Rows of the sample: a day, its orders, and what they come to. */
const ROWS = Array.from({ length: 7 }, (_, day) => {
  const cents = 100 * (100 * day) + (99 * 100) / 2;
  const amount = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")} EUR`;
  return { day: `2026-01-0${day + 1}`, orders: 100, amount };
});

describe("the examples of docs/your-own-pipeline.md, on the laptop", () => {
  const { folder, remove } = copyOfCheckout();
  let ports: string[];

  const local = (...args: string[]) => localIn(folder, ...ports, ...args);

  before(async () => {
    const [cloud, airflow] = [await freePort(), await freePort()];
    ports = ["--cloud-port", String(cloud), "--airflow-port", String(airflow)];
    for (const command of [...commandsOfPage("orders"), ...commandsOfPage("line_counts")]) {
      execFileSync("bash", ["-c", command], { cwd: folder });
    }
    list(folder, ["orders", "line-counts"]);
  });

  after(() => {
    local("destroy");
    remove();
  });

  it("have types that fit", () => {
    execFileSync(path.join(folder, "node_modules/.bin/tsc"), ["--noEmit"], { cwd: folder });
  });

  it("leave the right rows in Redshift", () => {
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

  it("count the lines of a file that a client of AWS's has put there", async () => {
    // What `env` prints is what the shell of a user has then.
    const variables = local("env").matchAll(/^export (\w+)='(.*)'$/gm);
    const environment = Object.fromEntries([...variables].map(([, name, value]) => [name, value]));
    const s3 = s3Of({ url: environment.AWS_ENDPOINT_URL, environment });
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    const bucket = Buckets.map(({ Name = "" }) => Name).find((name) => name.includes("-data-"));
    const key = "line-counts-input/three.txt";
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "1\n2\n3\n" }));
    const [, report] = /\nreport: (.*)\n/.exec(local("run", "line_counts")) ?? [];
    assert.deepEqual(JSON.parse(fs.readFileSync(report, "utf8")), { [key]: 3 });
  });

  it("are gone with their line of the stack, and leave nothing", () => {
    list(folder, []);
    const output = local("up");
    assert.match(output, /- {2}aws:glue:Job orders-job delete/);
    assert.ok(!local("preview").includes("orders"));
  });
});

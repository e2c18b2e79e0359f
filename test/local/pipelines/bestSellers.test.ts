import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { ListNotebookExecutionsCommand } from "@aws-sdk/client-emr";
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

import { clientConfig } from "../../../local/cli/cloud";
import { type Report, reportFile } from "../../../local/cli/report";
import { ROOT, toolHome } from "../../../local/home";
import { pythonOf } from "../../../local/setup/python";
import { type Chart, noBrowser, showsCharts } from "../browser";
import { BUCKETS, UpStack, until } from "../cli/runs";
import { processesWith } from "../running";
import { demo } from "../demoStack";

const DAG = "test_dag";
const ALL = ["Apparel", "Automotive", "Baby", "Beauty", "Books", "Health_&_Personal_Care"];
/** What a run works on that is given nothing else, such as the demo's. */
const WEEK = {
  CATEGORIES_CSV: ALL.slice(0, 5).join(","),
  FROM_DATE: "2015-08-25",
  TO_DATE: "2015-08-31",
};

/** A notebook of one cell for the cluster's kernel. */
function notebook(source: string): string {
  return JSON.stringify({
    cells: [
      {
        cell_type: "code",
        id: "only",
        metadata: { tags: ["parameters"] },
        execution_count: null,
        outputs: [],
        source,
      },
    ],
    metadata: {
      kernelspec: { display_name: "PySpark", language: "python", name: "pysparkkernel" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  });
}

describe("test_dag, run", () => {
  let stack: UpStack;
  const run = (conf: Record<string, unknown> = {}) => stack.run(DAG, conf);

  /** Copies all that lies below a prefix of the data bucket into a folder; returns the folder. */
  async function copy(prefix: string): Promise<string> {
    const folder = fs.mkdtempSync(path.join(demo.home.dir("copies"), "copy-"));
    const pages = paginateListObjectsV2(
      { client: stack.s3() },
      { Bucket: BUCKETS.data, Prefix: prefix },
    );
    for await (const { Contents = [] } of pages) {
      for (const { Key = "" } of Contents.filter((object) => !object.Key?.endsWith("/"))) {
        const { Body } = await stack.s3().send(new GetObjectCommand({ Bucket: BUCKETS.data, Key }));
        const file = path.join(folder, Key.slice(prefix.length));
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, (await Body?.transformToByteArray()) ?? "");
      }
    }
    return folder;
  }

  /** A copy of the reviews that are read: those of the last run of `generate_sample_reviews`. */
  async function copyOfReviews(): Promise<string> {
    const folder = await copy("reviews/");
    const runs = fs.readdirSync(folder).filter((name) => /^\d{8}T/.test(name));
    return path.join(folder, runs.sort().at(-1) ?? assert.fail("no run has made any"));
  }

  /** Compares all that lies in the results to what DuckDB finds in the same reviews. */
  async function equalsOracle(conf: typeof WEEK): Promise<void> {
    const [reviews, results] = [await copyOfReviews(), await copy("query_output/")];
    const printed = execFileSync(
      pythonOf(toolHome, "spark"),
      [
        path.join(ROOT, "test/notebooks/oracle.py"),
        ...[reviews, path.join(results, "best_sellers")],
        ...[conf.FROM_DATE, conf.TO_DATE, conf.CATEGORIES_CSV],
      ],
      { encoding: "utf8" },
    );
    const { expected, found } = JSON.parse(printed) as Record<"expected" | "found", unknown[][]>;
    assert.ok(expected.length > 20, `the oracle has ${expected.length} rows`);
    assert.deepEqual(found, expected);
    const charts = conf.CATEGORIES_CSV.split(",").map((category) =>
      fs.existsSync(path.join(results, "charts", `${category}.svg`)),
    );
    assert.ok(charts.every(Boolean), `charts: ${charts.join(", ")}`);
  }

  /** The charts of a page are of a run's categories and days; there are none where there is no browser. */
  function assertLabels(charts: readonly Chart[], conf: typeof WEEK): void {
    const label = (category: string) =>
      `Best sellers of ${category}, ${conf.FROM_DATE} to ${conf.TO_DATE}`;
    const expected = conf.CATEGORIES_CSV.split(",").map(label);
    assert.deepEqual(
      charts.map((chart) => chart.label),
      noBrowser() === undefined ? expected : [],
    );
  }

  /** Has the DAG run another notebook while `work` runs. */
  async function withNotebook(
    name: string,
    source: string,
    work: () => Promise<void>,
  ): Promise<void> {
    const ssm = new SSMClient(clientConfig(stack.endpoint));
    const Name = "/mwaa-local/variables/NOTEBOOK_FILE_NAME";
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    await stack.s3().send(
      new PutObjectCommand({
        Bucket: BUCKETS.airflow,
        Key: `notebooks/${name}`,
        Body: notebook(source),
      }),
    );
    await ssm.send(new PutParameterCommand({ Name, Value: name, Overwrite: true }));
    try {
      await work();
    } finally {
      await ssm.send(new PutParameterCommand({ Name, Value: Parameter?.Value, Overwrite: true }));
    }
  }

  const runningExecution = async () => {
    const { NotebookExecutions = [] } = await stack
      .emr()
      .send(new ListNotebookExecutionsCommand({ Status: "RUNNING" }));
    return NotebookExecutions[0]?.NotebookExecutionId;
  };

  /** An execution as the local cloud has written it down; undefined until it has. */
  const savedExecution = async (id: string) => {
    const file = demo.home.file("cloud", "services", "emr.json");
    const { payload } = JSON.parse(await fs.promises.readFile(file, "utf8")) as {
      payload: { _notebook_executions: Record<string, unknown> };
    };
    return payload._notebook_executions[id];
  };

  /** No process of a notebook is left. */
  const nothingRuns = () =>
    assert.deepEqual(
      processesWith(demo.home.folder).filter((line) => line.includes("ipykernel")),
      [],
    );

  before(() => {
    stack = demo.stack();
  });

  it("leaves what DuckDB computes from the same reviews, and a page with its charts", async () => {
    await equalsOracle(WEEK);
    const { files } = JSON.parse(fs.readFileSync(reportFile(demo.home), "utf8")) as Report;
    const charts = await showsCharts(files["executed notebook"], 5);
    assertLabels(charts, WEEK);
    for (const { width, height, bars } of charts) {
      assert.ok(width > 300 && height > 300 && bars === 20, `${width} × ${height}, ${bars} bars`);
    }
  });

  it("has its input from generate_sample_reviews", async () => {
    const made = stack.run("generate_sample_reviews", {
      reviews: 30_000,
      categories: ALL.join(","),
    });
    await stack.succeeded(await made.finished);
    assert.deepEqual(
      fs
        .readdirSync(await copyOfReviews())
        .filter((name) => name.startsWith("product_category="))
        .map((name) => decodeURIComponent(name.slice("product_category=".length)))
        .sort(),
      ALL,
    );
  });

  it("is refused a date that is none, when it is triggered", async () => {
    const { status, output } = await run({ FROM_DATE: "2015-02-30" }).finished;
    assert.equal(status, 1, output);
    assert.match(output, /answered 4\d\d to POST .*FROM_DATE/s);
  });

  it("fails when the local cloud is killed under the execution", async () => {
    await withNotebook("sleeps.ipynb", "import time\ntime.sleep(600)", async () => {
      const cut = run();
      const id = await until(cut, runningExecution);
      // What changes is written a moment later: an execution that nothing is known of is not this case.
      await until(cut, () => savedExecution(id));
      await stack.killAndRestartCloud();
      await stack.failed(await cut.finished, "check_execution_task", /FAIL/);
    });
    nothingRuns();
  });

  // After that failure: what follows it is whole.
  it("takes categories and days from the run's conf, in place of what was there", async () => {
    const conf = {
      CATEGORIES_CSV: "Books,Health_&_Personal_Care",
      FROM_DATE: "2015-03-01",
      TO_DATE: "2015-03-01",
    };
    const finished = await run(conf).finished;
    await stack.succeeded(finished);
    await equalsOracle(conf);
    const [, page] = /executed notebook: (.+\.html)/.exec(finished.output) ?? [];
    assertLabels(await showsCharts(page, 2), conf);
  });
});

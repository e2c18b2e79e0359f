import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { ListBucketsCommand, PutObjectCommand } from "@aws-sdk/client-s3";

import { DEFAULTS } from "../../../checks/defaults";
import { PIPELINES } from "../../../components/pipelines";
import type { ConfiguredPipeline } from "../../../components/pipeline";
import { pipelinesOf } from "../../../deploy/oidc/stackSettings";
import { inventoryOf, startCloud, stopCloud } from "../../../local/cli/cloud";
import { sleep } from "../../../local/cli/processes";
import { s3Of } from "../../../local/cli/s3";
import { localStack } from "../../../local/cli/localStack";
import { Home } from "../../../local/home";
import { versionTests } from "../../../local/setup/airflowVersions";
import { commandsOfPage, copyOfCheckout, list, local as localIn, runIn } from "../../examples/copy";
import { PROJECT } from "../../mocks";
import { freePort } from "../running";
import { dataSet } from "./dataSet";

/**
 * Versions of Airflow that a stack may name in place of the default, which most tests have; that where there is no other.
 * A pipeline that works alone on one of them, works.
 */
const OTHERS = versionTests().map(({ version }) => version);
const VERSIONS = OTHERS.length > 0 ? OTHERS : [DEFAULTS.airflowVersion];

const CONFIGURED = pipelinesOf(localStack());

/** What the example `orders` makes of its sample: a day, its orders, and what they come to. */
const ORDERS = Array.from({ length: 7 }, (_, day) => {
  const cents = 100 * (100 * day) + (99 * 100) / 2;
  const amount = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")} EUR`;
  return { day: `2026-01-0${day + 1}`, orders: 100, amount };
});

/** DAGs of a pipeline, each after the one whose run makes its input. */
function dagsInOrder({ plan }: ConfiguredPipeline): string[] {
  const first = plan.dags.flatMap(({ after }) => after ?? []);
  return [...first, ...plan.dags.map(({ id }) => id).filter((id) => !first.includes(id))];
}

/** What in the inventory would be of a pipeline: names of its own resources, of its roles and of its DAG files. */
function namesOf({ name, plan, files, policy }: ConfiguredPipeline): string[] {
  const { roles = {}, ...owned } = plan.owned ?? {};
  return [
    ...Object.values(owned).flat(),
    ...[...Object.keys(roles), plan.nodes?.role ?? []].flat().map((role) => `-${role}-`),
    ...(policy === "inline" ? [] : [`execution-${name}`]),
    ...files.dags.map((file) => `dags/${file}`),
  ];
}

for (const version of VERSIONS) {
  describe(`one stack with Airflow ${version} through lists of pipelines`, () => {
    const { folder, remove } = copyOfCheckout();
    const home = new Home(`${folder}/.local`);
    let ports: { cloud: number; airflow: number };

    const local = (...args: string[]) =>
      localIn(
        folder,
        ...["--cloud-port", String(ports.cloud), "--airflow-port", String(ports.airflow)],
        ...args,
      );
    /** All that there is in the local cloud, as text. */
    const there = async () => {
      // The commands blocked this process, which has yet to notice connections that the server closed meanwhile.
      await sleep(100);
      const endpoint = await startCloud(home, ports.cloud, () => undefined);
      return JSON.stringify(await inventoryOf(home, endpoint), undefined, 1);
    };

    before(async () => {
      ports = { cloud: await freePort(), airflow: await freePort() };
      // The requirements are constrained to the default version.
      const added = [`airflowVersion: ${version}`, 'requirementsFile: ""'];
      const lines = added.map((line) => `  ${PROJECT}:${line}\n`).join("");
      fs.appendFileSync(path.join(folder, "Pulumi.local.yaml"), lines);
      for (const command of [...commandsOfPage("orders"), ...commandsOfPage("line_counts")]) {
        runIn(folder, "bash", ["-c", command]);
      }
    });

    after(() => {
      local("down");
      remove();
    });

    for (const [index, { name }] of PIPELINES.entries()) {
      it(`runs the DAGs of ${name} where it is the only one, and has nothing of another`, async () => {
        list(folder, [name]);
        local("up", ...(index === 0 ? ["--movielens", dataSet(home.dir("data"))] : []));
        const found = await there();
        for (const pipeline of CONFIGURED) {
          const own = namesOf(pipeline).filter((one) => found.includes(one));
          assert.deepEqual(own, pipeline.name === name ? namesOf(pipeline) : [], pipeline.name);
        }
        const one = CONFIGURED.find((pipeline) => pipeline.name === name) as ConfiguredPipeline;
        for (const dag of dagsInOrder(one)) {
          assert.match(local("run", dag), /success/);
        }
        const said = fs.readFileSync(path.join(home.folder, "airflow", "status.json"), "utf8");
        assert.equal((JSON.parse(said) as { version: string }).version, version);
      });
    }

    it("has types that fit with the examples of docs/your-own-pipeline.md", () => {
      runIn(folder, "npm", ["run", "--silent", "types"]);
    });

    it("runs the example orders, which leaves the right rows in Redshift", () => {
      list(folder, ["orders", "line-counts"]);
      local("up");
      const output = local("run", "orders_daily");
      const [, table] = /\norders_daily: 7 rows in .*\n(\[[\s\S]*?\n\])/.exec(output) ?? [];
      const rows = JSON.parse(table) as Record<string, unknown>[];
      assert.deepEqual(
        rows.map(({ day, orders, amount }) => ({ day, orders: Number(orders), amount })),
        ORDERS,
      );
      assert.equal(rows[6].label, "100-orders-on-2026-01-07");
    });

    it("runs the example line_counts on a file that a client of AWS's has put there", async () => {
      // What `env` prints is what the shell of a user has then.
      const variables = local("env").matchAll(/^export (\w+)='(.*)'$/gm);
      const environment = Object.fromEntries(
        [...variables].map(([, name, value]) => [name, value]),
      );
      const s3 = s3Of({ url: environment.AWS_ENDPOINT_URL, environment });
      const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
      const bucket = Buckets.map(({ Name = "" }) => Name).find((name) => name.includes("-data-"));
      const key = "line-counts-input/three.txt";
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "1\n2\n3\n" }));
      const [, report] = /\nreport: (.*)\n/.exec(local("run", "line_counts")) ?? [];
      assert.deepEqual(JSON.parse(fs.readFileSync(report, "utf8")), { [key]: 3 });
    });

    it("is the plain environment without any", async () => {
      list(folder, []);
      assert.match(local("up"), /- {2}aws:glue:Job orders-job delete/);
      const found = await there();
      assert.doesNotMatch(found, /orders|line-counts/);
      for (const pipeline of CONFIGURED) {
        assert.deepEqual(
          namesOf(pipeline).filter((one) => found.includes(one)),
          [],
        );
      }
      assert.match(found, /mwaa-local/);
    });

    it("leaves nothing after destroy", async () => {
      local("destroy");
      assert.equal(await there(), "{}");
      await stopCloud(home);
    });
  });
}

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { DEFAULTS } from "../../../checks/defaults";
import { PIPELINES } from "../../../components/pipelines";
import type { ConfiguredPipeline } from "../../../components/pipeline";
import { pipelinesOf } from "../../../deploy/oidc/stackSettings";
import { inventoryOf, startCloud, stopCloud } from "../../../local/cli/cloud";
import { sleep } from "../../../local/cli/processes";
import { localStack } from "../../../local/cli/localStack";
import { Home } from "../../../local/home";
import { versionTests } from "../../../local/setup/airflowVersions";
import { copyOfCheckout, list, local as localIn } from "../../examples/copy";
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

    it("is the plain environment without any", async () => {
      list(folder, []);
      local("up");
      const found = await there();
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

import assert from "node:assert/strict";

import { PIPELINES } from "../../../components/pipelines";
import type { ConfiguredPipeline } from "../../../components/pipeline";
import { pipelinesOf } from "../../../deploy/oidc/stackSettings";
import { inventoryOf, startCloud, stopCloud } from "../../../local/cli/cloud";
import { sleep } from "../../../local/cli/processes";
import { localStack } from "../../../local/cli/localStack";
import { Home } from "../../../local/home";
import { copyOfCheckout, list, local as localIn } from "../../examples/copy";
import { freePort } from "../running";
import { dataSet } from "./dataSet";

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

describe("one stack through lists of pipelines", () => {
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

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { PulumiCommand } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";

import { startCloud, stopCloud } from "../../../local/cli/cloud";
import { Endpoint } from "../../../local/engine/endpoint";
import { LocalStack } from "../../../local/engine/stack";
import { toolHome } from "../../../local/home";
import { findPulumi } from "../../../local/setup/pulumiCli";
import { copyOfProgram, freePort, temporaryHome } from "../running";

type Settings = Readonly<Record<string, unknown>>;

/**
 * Changes of settings of a live stack, on the engine: replacements that `provider/changes.test.ts` plans, of what keeps
 * its name.
 */
describe("a live stack whose settings change", () => {
  const { home, remove } = temporaryHome();
  const { folder, remove: removeCopy } = copyOfProgram();
  const file = path.join(folder, "Pulumi.local.yaml");
  const { config } = parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  let endpoint: Endpoint;
  let pulumi: PulumiCommand;

  before(async () => {
    pulumi = (await findPulumi(toolHome)) as PulumiCommand;
    endpoint = await startCloud(home, await freePort(), () => undefined);
    Object.assign(process.env, endpoint.environment);
  });
  after(async () => {
    await stopCloud(home);
    removeCopy();
    remove();
  });

  async function stack(settings: Settings): Promise<LocalStack> {
    const own = Object.entries(settings).map(([name, value]) => [`mwaa-analytics:${name}`, value]);
    fs.writeFileSync(
      file,
      stringify({ config: { ...config, ...(Object.fromEntries(own) as Settings) } }),
    );
    return LocalStack.open({
      home,
      pulumi,
      cloud: endpoint,
      onOutput: () => undefined,
      policyPack: null,
      source: folder,
    });
  }

  /** Brings the settings about, and looks that nothing is left to do. */
  async function works(settings: Settings): Promise<Readonly<Record<string, number>>> {
    const { changes } = await (await stack(settings)).up();
    const after = await (await stack(settings)).preview();
    assert.deepEqual(Object.keys(after.changes), ["same"], JSON.stringify(settings));
    return changes;
  }

  it("is made", async () => {
    assert.ok((await works({})).create > 100);
  });

  it("has its roles, and with them its flow log, under another path", async () => {
    assert.ok((await works({ iam: { path: "/data/" } })).replace > 5);
    await works({});
  });

  it("has another database in the warehouse, whose name is taken until the old one is gone", async () => {
    assert.ok((await works({ redshift: { kind: "serverless", database: "other" } })).replace >= 2);
  });
});

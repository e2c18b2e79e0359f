import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import * as pulumi from "@pulumi/pulumi";
import type { PulumiCommand } from "@pulumi/pulumi/automation";

import { PipelineData } from "../../../components/pipelineData";
import { secretsOf } from "../../../local/engine/secrets";
import { LocalStack, backendOf } from "../../../local/engine/stack";
import { ROOT, toolHome } from "../../../local/home";
import { findPulumi } from "../../../local/setup/pulumiCli";
import { temporaryHome } from "../running";

/** Stands for what a pipeline creates; no call to AWS is made. */
class Part extends pulumi.ComponentResource {
  public constructor(name: string) {
    super("test:pipeline:Part", name);
    this.registerOutputs({});
  }
}

describe("a pipeline that is taken off the list of a stack that keeps its data", () => {
  const { home, remove } = temporaryHome();
  const urn = "urn:pulumi:local::mwaa-analytics::mwaa:pipeline:PipelineData::orders-data";
  let pulumiCli: PulumiCommand;

  before(async () => {
    pulumiCli = (await findPulumi(toolHome)) as PulumiCommand;
  });

  after(remove);

  /** The stack with the pipeline, or without it. */
  const stackWith = (listed: boolean): Promise<LocalStack> =>
    LocalStack.open({
      home,
      pulumi: pulumiCli,
      cloud: { url: "http://127.0.0.1:9", environment: {} },
      policyPack: null,
      onOutput: () => undefined,
      // eslint-disable-next-line @typescript-eslint/require-await -- the engine wants a promise
      program: async () => {
        if (listed) {
          new PipelineData("orders", false);
          ["job", "database", "role"].forEach((name) => new Part(name));
        }
      },
    });

  it("is refused at preview and at up, with the way out, before anything is deleted", async () => {
    await (await stackWith(true)).up();
    const stack = await stackWith(false);
    const there = stack.resources();
    assert.equal(there["test:pipeline:Part"], 3);
    for (const operation of ["preview", "up"] as const) {
      await assert.rejects(stack[operation](), (error: Error) => {
        assert.ok(error.message.includes(urn), error.message);
        assert.match(error.message, /the engine's preview failed:[^]*protected/);
        assert.match(error.message, /pulumi state unprotect/);
        return true;
      });
    }
    assert.deepEqual(stack.resources(), there);
  });

  it("goes once that is lifted", async () => {
    const stack = await stackWith(false);
    execFileSync(pulumiCli.command, ["state", "unprotect", urn, "--yes", "--stack", "local"], {
      cwd: ROOT,
      env: {
        ...process.env,
        PULUMI_BACKEND_URL: backendOf(home),
        PULUMI_CONFIG_PASSPHRASE: secretsOf(home).passphrase,
      },
      stdio: "pipe",
    });
    assert.equal((await stack.up()).changes.delete, 4);
    assert.deepEqual(Object.keys(stack.resources()), ["pulumi:pulumi:Stack"]);
  });
});

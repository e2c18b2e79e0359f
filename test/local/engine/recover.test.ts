import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";

import type { PulumiCommand } from "@pulumi/pulumi/automation";

import { secretsOf } from "../../../local/engine/secrets";
import { LocalStack, backendOf } from "../../../local/engine/stack";
import { toolHome } from "../../../local/home";
import { findPulumi } from "../../../local/setup/pulumiCli";
import { PROJECT } from "../../mocks";
import { temporaryHome } from "../running";

/** What the engine notes before it creates a resource, as `pulumi stack export` shows it. */
const PENDING = {
  resource: {
    urn: "urn:pulumi:local::mwaa-analytics::aws:sns/topic:Topic::notices",
    custom: true,
    type: "aws:sns/topic:Topic",
  },
  type: "creating",
};

/** A file of the engine's state. */
interface State {
  readonly checkpoint: { readonly latest: Record<string, unknown> };
}

describe("a stack whose engine was killed", () => {
  const { home, remove } = temporaryHome();
  let pulumi: PulumiCommand;

  before(async () => {
    pulumi = (await findPulumi(toolHome)) as PulumiCommand;
  });
  after(remove);

  /** Opens the stack as every command does. */
  const open = () =>
    LocalStack.open({
      home,
      pulumi,
      cloud: { url: "http://127.0.0.1:9", environment: {} },
      program: () => Promise.resolve(undefined),
      policyPack: null,
      onOutput: () => undefined,
    });

  /** What the engine itself reads as not ended. */
  const pending = (): unknown => {
    const exported = execFileSync(pulumi.command, ["stack", "export", "--stack", "local"], {
      cwd: home.dir("stack"),
      encoding: "utf8",
      env: {
        ...process.env,
        PULUMI_BACKEND_URL: backendOf(home),
        PULUMI_CONFIG_PASSPHRASE: secretsOf(home).passphrase,
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    });
    const { deployment } = JSON.parse(exported) as { deployment: Record<string, unknown> };
    return deployment.pending_operations ?? [];
  };

  it("has no operation left in its state, of which the engine would warn ever after", async () => {
    await open();
    const file = home.file("state", ".pulumi", "stacks", PROJECT, "local.json");
    const state = JSON.parse(fs.readFileSync(file, "utf8")) as State;
    state.checkpoint.latest.pending_operations = [PENDING];
    fs.writeFileSync(file, JSON.stringify(state));
    assert.deepEqual(pending(), [PENDING]);

    await open();
    assert.deepEqual(pending(), []);
  });
});

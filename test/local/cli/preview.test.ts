import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { parse, stringify } from "yaml";

import { mandatoryViolations, sectionOf } from "../../../deploy/ci/result";
import { copyOfCheckout } from "../../examples/copy";
import { freePort, processesWith, temporaryHome } from "../running";

describe("a preview of a stack that violates a policy", () => {
  const { home, remove: removeHome } = temporaryHome();
  const { folder, remove: removeCopy } = copyOfCheckout();
  const rule = "mwaa-task-logs";

  before(() => {
    const file = path.join(folder, "Pulumi.local.yaml");
    const { config } = parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
    config["mwaa-analytics:airflowLogLevels"] = { task: "OFF" };
    fs.writeFileSync(file, stringify({ config }));
  });
  after(() => {
    removeCopy();
    removeHome();
  });

  /** `npm run local -- preview` in the copy. */
  const preview = async (): Promise<{ status: number | null; output: string }> => {
    const ports = { cloud: await freePort(), airflow: await freePort() };
    return new Promise((resolve, reject) => {
      const child = spawn(
        process.execPath,
        [
          path.join(folder, "tools", "bootstrap.cjs"),
          "local/cli/main.ts",
          ...["--home", home.folder],
          ...["--cloud-port", String(ports.cloud)],
          ...["--airflow-port", String(ports.airflow)],
          "preview",
        ],
        { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
      );
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (data: Buffer) => (output += data.toString()));
      }
      child.on("error", reject);
      child.on("close", (status) => resolve({ status, output }));
    });
  };

  it("shows a mandatory one as Pulumi does, and fails", async () => {
    const { status, output } = await preview();
    assert.equal(status, 1, output);
    // As the workflows read what the CLI prints: the level, the rule, the resource, why, and what to do.
    const [violation, ...more] = mandatoryViolations(output);
    assert.deepEqual(more, []);
    assert.match(
      violation,
      new RegExp(`^- \\[mandatory\\] .*${rule}  \\(.*: airflow-environment\\)`),
    );
    assert.match(violation, /Task logs are off; they must be on/);
    // The last that is said is why it failed.
    assert.match(output, new RegExp(`preview failed:\\s+${rule}: airflow-environment: .*[^]*$`));
    assert.equal(sectionOf(output, "Resources"), undefined);
    assert.deepEqual(processesWith(home.folder), []);
  });

  it("shows an advisory one as Pulumi does, and passes", async () => {
    const file = path.join(folder, "policy", "config", "local.json");
    const levels = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, unknown>;
    fs.writeFileSync(file, JSON.stringify({ ...levels, [rule]: "advisory" }));
    const { status, output } = await preview();
    assert.equal(status, 0, output);
    assert.deepEqual(mandatoryViolations(output), []);
    assert.match(sectionOf(output, "Policies") ?? "", new RegExp(`- \\[advisory\\] .*${rule}`));
    assert.match(sectionOf(output, "Resources") ?? "", /\+ \d+ to create/);
  });
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import { withProviders } from "../../../local/engine/providers";
import { ROOT } from "../../../local/home";
import { processesWith } from "../running";

/** A variable by which a test's processes are found, as their environment has it. */
const variables = (name: string) => ({ PROVIDERS_TEST: `${name}-${process.pid}` });

const silent = () => undefined;

/** The processes with a test's variable, and how many they are. */
const found = (name: string) => processesWith(`PROVIDERS_TEST=${variables(name).PROVIDERS_TEST}`);
const count = (name: string) => found(name).length;

/** Waits until none is left. */
async function gone(name: string): Promise<void> {
  while (count(name) > 0) {
    await setTimeout(50);
  }
}

const attachedOf = (name: string) =>
  withProviders(variables(name), silent, (attached) => Promise.resolve(attached));

describe("the providers of a process", () => {
  it("are one process for all operations, until others are asked for", async () => {
    const first = await attachedOf("one");
    assert.match(first.PULUMI_DEBUG_PROVIDERS, /^aws:\d+,awsx:\d+$/);
    assert.deepEqual(await attachedOf("one"), first);
    assert.equal(count("one"), 1);
    await withProviders(variables("one"), silent, async () => {
      await attachedOf("two");
      assert.equal(count("one"), 1, "they are at work");
    });
    await attachedOf("two");
    await gone("one");
  });

  it("are started again where they have been killed", async () => {
    const first = await attachedOf("two");
    const [line] = found("two");
    process.kill(Number(line.split(" ")[0]), "SIGKILL");
    // This process has yet to hear of it.
    while (isDeepStrictEqual(await attachedOf("two"), first)) {
      await setTimeout(50);
    }
    assert.equal(count("two"), 1);
  });

  it("say why they cannot be started", async () => {
    const broken = { ...variables("broken"), NODE_OPTIONS: "--require=./missing.cjs" };
    await assert.rejects(
      withProviders(broken, silent, () => Promise.resolve()),
      /the providers ended with 1:\n[^]*missing\.cjs/,
    );
  });

  it("end with it", () => {
    const script = `
      require("ts-node/register/transpile-only");
      const { withProviders } = require("./local/engine/providers");
      withProviders(${JSON.stringify(variables("ended"))}, console.error, async ({ PULUMI_DEBUG_PROVIDERS }) =>
        console.log(PULUMI_DEBUG_PROVIDERS),
      );
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], {
      cwd: ROOT,
      encoding: "utf8",
    });
    assert.match(stdout, /^aws:\d+,awsx:\d+\n$/, stderr);
    assert.equal(count("ended"), 0);
  });
});

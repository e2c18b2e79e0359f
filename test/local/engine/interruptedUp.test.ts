import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";

import { ROOT } from "../../../local/home";
import { LiveStack, type Settings } from "./liveStack";

/** What the points are drawn by: with INTERRUPTED_SEED those of an earlier run, which named its own. */
const SEED = Number(process.env.INTERRUPTED_SEED ?? randomInt(2 ** 31));

/** How often an update is broken off, by one signal and then by the other. */
const TIMES = 4;

/** What the stack is brought to by turns, the second as it is at first: another name and path replace most of it. */
const TARGETS: readonly Settings[] = [
  { environmentName: "mwaa-other", iam: { path: "/other/" } },
  { environmentName: "mwaa-local", iam: { path: "/" } },
];

/** What the engine says when it begins with a resource, and when it has ended. */
const STEP = /\b(creat|updat|delet|replac)(ing|ed)\b/;

/** Numbers from 0 to 1 that follow from a seed: https://prng.di.unimi.it/splitmix64.c, in 32 bits. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

describe(`an up that is broken off at a random point (INTERRUPTED_SEED=${SEED})`, () => {
  const next = random(SEED);
  /** Of each target: how many there are of each kind. */
  let counts: unknown[] = [];
  /** How many steps lead from one to the other; as many lead back. */
  let steps: number;
  let stack: LiveStack;

  before(async () => {
    stack = await LiveStack.start();
    await stack.works({});
  });
  after(() => stack.stop());

  /**
   * Runs an update in a process of its own, and sends it a signal at a step, where one is given.
   *
   * @returns how many steps it has said
   */
  async function up(target: Settings, signal?: NodeJS.Signals, at = Infinity): Promise<number> {
    stack.write(target);
    const args = [
      "tools/bootstrap.cjs",
      "test/local/engine/up.ts",
      stack.home.folder,
      stack.folder,
    ];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let [said, rest] = [0, ""];
    child.stdout.on("data", (data: Buffer) => {
      const lines = (rest + data.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        said += STEP.test(line) ? 1 : 0;
        if (said === at && signal !== undefined) {
          child.kill(signal);
        }
      }
    });
    const [status] = (await once(child, "exit")) as [number | null];
    if (signal === undefined) {
      assert.equal(status, 0);
    }
    return said;
  }

  it("has settings that replace most of it", async () => {
    const there = await stack.counts();
    steps = await up(TARGETS[0]);
    assert.ok(steps > 100, String(steps));
    await stack.settles(TARGETS[0]);
    counts = [await stack.counts(), there];
  });

  for (let time = 0; time < TIMES; time += 1) {
    const signal = time < TIMES / 2 ? "SIGINT" : "SIGKILL";
    const at = next();
    it(`is finished by the next one after ${signal} at ${Math.round(100 * at)} %`, async () => {
      // Back first.
      const to = (time + 1) % TARGETS.length;
      await up(TARGETS[to], signal, 1 + Math.floor(at * (steps - 1)));
      await stack.settles(TARGETS[to]);
      assert.deepEqual(await stack.counts(), counts[to]);
    });
  }

  it("leaves nothing when the stack is destroyed", async () => {
    await (await stack.with({})).destroy();
    assert.deepEqual(await stack.counts(), [{}, []]);
  });
});

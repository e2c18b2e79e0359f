import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { ROOT } from "../../../local/home";
import { UserError } from "../../../local/setup/steps";
import { STACKS, type StackName } from "../../stackFiles";
import { type Deriver, MODES, Store, graphFile } from "./store";

/** Writes both graphs, each with its stack's name. */
function write(stack: StackName, folder: string): Promise<void> {
  for (const mode of MODES) {
    fs.writeFileSync(graphFile(folder, mode), JSON.stringify([stack, mode]));
  }
  return Promise.resolve();
}

const SILENT = () => undefined;

describe("the store of graphs", () => {
  let folder: string;
  let digest: string;
  let store: Store;
  /** The stacks that were derived, in order. */
  let derived: StackName[];
  /** Homes that were to be ended. */
  let ended: string[];

  /** Derives by `write`, or by what is given. */
  const fill = (derive: Deriver["derive"] = write) =>
    store.fill(
      () =>
        Promise.resolve({
          derive: (stack, into, home) => {
            derived.push(stack);
            return derive(stack, into, home);
          },
          end: (home) => {
            ended.push(home.folder);
            return Promise.resolve();
          },
        }),
      SILENT,
    );
  const left = () => fs.readdirSync(folder).filter((name) => name.startsWith("work-"));

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "store-"));
    digest = "1";
    store = new Store(folder, () => digest);
    derived = [];
    ended = [];
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("derives what is missing, and that once", async () => {
    assert.deepEqual(store.missing(), STACKS);
    await fill();
    await fill();
    assert.deepEqual(derived, STACKS);
    assert.equal(store.read("prod", "planned"), '["prod","planned"]');
    assert.deepEqual(left(), []);
  });

  it("derives anew what was derived of something else, and keeps both for a while", async () => {
    await fill();
    digest = "2";
    assert.equal(store.read("dev", "planned"), undefined);
    await fill();
    digest = "1";
    assert.deepEqual(store.missing(), []);
    assert.equal(derived.length, 2 * STACKS.length);
  });

  it("removes what was not used for the longest", async () => {
    for (const one of ["1", "2", "3", "4", "5"]) {
      digest = one;
      await fill();
      // A folder's time may be a millisecond's: the order is to be that of the digests.
      const used = new Date(2026, 0, Number(one));
      STACKS.forEach((stack) => fs.utimesSync(store.folderOf(stack), used, used));
    }
    digest = "2";
    assert.ok(store.read("dev", "planned"));
    assert.equal(fs.existsSync(path.join(folder, "dev-1")), false);
    digest = "6";
    await fill();
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.startsWith("dev-")),
      ["dev-2", "dev-4", "dev-5", "dev-6"],
    );
  });

  it("derives a graph again that is not whole, and the others of its stack with it", async () => {
    await fill();
    fs.writeFileSync(graphFile(store.folderOf("dev"), "planned"), '["dev", ');
    fs.rmSync(graphFile(store.folderOf("local"), "deployed"));
    assert.deepEqual(store.missing(), ["dev", "local"]);
    await fill();
    assert.deepEqual(derived, [...STACKS, "dev", "local"]);
    assert.equal(store.read("dev", "planned"), '["dev","planned"]');
  });

  it("says which stack failed and why, leaves nothing of it, and keeps the others", async () => {
    const failing: Deriver["derive"] = async (stack, into) => {
      await write(stack, into);
      if (stack === "prod") {
        throw new UserError("the engine's up failed: no such role");
      }
    };
    await assert.rejects(fill(failing), /^Error: prod: the engine's up failed: no such role$/);
    assert.deepEqual(store.missing(), ["prod"]);
    assert.deepEqual(left(), []);
    await fill();
    assert.deepEqual(derived, [...STACKS, "prod"]);
  });

  it("takes no graph that was not written, or not to its end", async () => {
    await assert.rejects(
      fill(() => Promise.resolve()),
      /planned\.json/,
    );
    const cutOff: Deriver["derive"] = (_, into) => {
      MODES.forEach((mode) => fs.writeFileSync(graphFile(into, mode), "["));
      return Promise.resolve();
    };
    await assert.rejects(fill(cutOff), /JSON/);
    assert.deepEqual(store.missing(), STACKS);
  });

  it("takes no graph of a program that was changed while it was derived", async () => {
    const changing: Deriver["derive"] = async (stack, into) => {
      await write(stack, into);
      digest = "2";
    };
    await assert.rejects(fill(changing), /was changed meanwhile\. Run the same command again\./);
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => /^(dev|prod|local)-/.test(name)),
      [],
    );
  });

  it("ends and removes what a killed process has left, and nothing of one that runs", async () => {
    const running = path.join(folder, `work-${process.ppid}`, "dev");
    // No process has this id: it is above what any system counts to.
    const killed = path.join(folder, "work-99999999", "prod");
    [running, killed].forEach((work) => fs.mkdirSync(work, { recursive: true }));
    await fill();
    assert.deepEqual(ended, [killed]);
    assert.deepEqual(left(), [`work-${process.ppid}`]);
  });

  it("is filled by one of two processes that begin at once, and the other waits for it", async () => {
    const log = path.join(folder, "log");
    const program = `
      const fs = require("node:fs");
      const { Store, MODES, graphFile } = require("${path.join(__dirname, "store.ts")}");
      const derive = async (stack, folder) => {
        fs.appendFileSync("${log}", stack + "\\n");
        await new Promise((resolve) => setTimeout(resolve, 100));
        MODES.forEach((mode) => fs.writeFileSync(graphFile(folder, mode), "[]"));
      };
      const open = async () => ({ derive, end: async () => undefined });
      new Store("${folder}", () => "1").fill(open, () => undefined).then(() => process.exit(0));
    `;
    const run = () =>
      new Promise<number | null>((resolve) => {
        const args = ["-r", "ts-node/register/transpile-only", "-e", program];
        spawn(process.execPath, args, { cwd: ROOT, stdio: "inherit" }).on("exit", resolve);
      });
    assert.deepEqual(await Promise.all([run(), run()]), [0, 0]);
    assert.deepEqual(fs.readFileSync(log, "utf8").trim().split("\n").sort(), [...STACKS].sort());
    assert.deepEqual(store.missing(), []);
  });
});

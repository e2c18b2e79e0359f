import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";

import { ROOT } from "../../../local/home";

/** What a process does that runs some work to its end: its status, and what it says on standard error. */
function ended(work: string, options = "{}"): { status: number | null; stderr: string } {
  const script = `
    const { toEnd } = require("./local/setup/toEnd");
    const { UserError } = require("./local/setup/steps");
    toEnd((${work})(), ${options});
  `;
  const register = path.join("ts-node", "register", "transpile-only");
  return spawnSync(process.execPath, ["-r", register, "-e", script], {
    cwd: ROOT,
    encoding: "utf8",
  });
}

describe("a command that is run to its end", () => {
  const cases: readonly (readonly [string, Parameters<typeof ended>, number, RegExp])[] = [
    ["succeeds", ["async () => {}"], 0, /^$/],
    ["does not wait for what it left", ["async () => void setInterval(() => {}, 1000)"], 0, /^$/],
    ["has the status that was set", ["async () => { process.exitCode = 3; }"], 3, /^$/],
    [
      "has what a user needs of an error, and no more",
      ['async () => { throw new UserError("no such stack"); }'],
      1,
      /^no such stack\n$/,
    ],
    [
      "tells where any other error comes from",
      ['async () => { throw new TypeError("oh"); }', "{ statusOf: () => 130 }"],
      130,
      /^TypeError: oh\n {4}at /,
    ],
    [
      "has failed where nothing is left to wait for before it is done",
      ["() => new Promise(() => {})"],
      1,
      /ended before its work was done/,
    ],
  ];
  for (const [what, [work, options], status, stderr] of cases) {
    it(what, () => {
      const found = ended(work, options);
      assert.equal(found.status, status, found.stderr);
      assert.match(found.stderr, stderr);
    });
  }
});

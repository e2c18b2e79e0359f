import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

import { ROOT } from "../../../local/home";

const PRELUDE = `
  require("ts-node/register/transpile-only");
  require("./local/engine/sdkTraces");
  const { Resource } = require("@pulumi/pulumi");
  const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
  debuggablePromise(Promise.resolve(0), "first");
`;

/** Notes a promise and a resource as the SDK does, and shows what it noted, and where an error says that it comes from. */
const NOTES = `
  const noted = Promise.resolve(1);
  debuggablePromise(noted, "context").then((value) => {
    const frames = (stack) => stack?.split("\\n").length - 1;
    const traced = frames(noted._debugStackTrace) > 0;
    console.log(JSON.stringify([value, traced, Resource.stackTrace(0).length > 0, frames(Error().stack) > 0]));
  });
`;

function ended(script: string, leaks = "") {
  const env = { ...process.env, PULUMI_DEBUG_PROMISE_LEAKS: leaks };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", PRELUDE + script], {
    cwd: ROOT,
    env,
  });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

describe("a promise or resource of the SDK on the laptop", () => {
  it("has no stack trace, which nobody would see, and errors have theirs", () => {
    assert.deepEqual(JSON.parse(ended(NOTES).stdout), [1, false, false, true]);
  });

  it("has one where PULUMI_DEBUG_PROMISE_LEAKS is set", () => {
    assert.deepEqual(JSON.parse(ended(NOTES, "true").stdout), [1, true, true, true]);
  });

  for (const leaks of ["", "true"]) {
    it(`fails the run where promises are left at its end (PULUMI_DEBUG_PROMISE_LEAKS="${leaks}")`, () => {
      const left = ended(`debuggablePromise(new Promise(() => {}), "left");`, leaks);
      assert.equal(left.status, 1);
      assert.match(left.stderr, leaks ? /CONTEXT\(\d+\): left/ : / 1 promise was still active/);
    });

    it(`passes an error on (PULUMI_DEBUG_PROMISE_LEAKS="${leaks}")`, () => {
      const failed = `debuggablePromise(Promise.reject(new Error("refused")), "failed")`;
      assert.match(ended(`${failed};`, leaks).stderr, /Error: refused/);
      assert.equal(ended(`${failed}.catch(() => {});`, leaks).status, 0);
    });
  }
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { ROOT } from "../../../local/home";

/** Notes a promise and a resource as the SDK does, and shows what it noted, and where an error says that it comes from. */
const SCRIPT = `
  require("ts-node/register/transpile-only");
  require("./local/engine/sdkTraces");
  const { Resource } = require("@pulumi/pulumi");
  const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
  const noted = Promise.resolve(1);
  debuggablePromise(noted, "context").then((value) => {
    const frames = (stack) => stack.split("\\n").length - 1;
    const { _debugStackTrace, _debugCtx } = noted;
    console.log(JSON.stringify([value, _debugCtx, frames(_debugStackTrace), Resource.stackTrace(0).length, frames(Error().stack) > 0]));
  });
`;

function shown(environment: NodeJS.ProcessEnv): unknown {
  const env = { ...process.env, ...environment };
  return JSON.parse(execFileSync(process.execPath, ["-e", SCRIPT], { cwd: ROOT, env }).toString());
}

describe("a promise or resource of the SDK on the laptop", () => {
  it("has no stack trace, which nobody would see, and errors have theirs", () => {
    assert.deepEqual(shown({ PULUMI_DEBUG_PROMISE_LEAKS: "" }), [1, "context", 0, 0, true]);
  });

  it("has one where PULUMI_DEBUG_PROMISE_LEAKS is set", () => {
    const [value, context, ...frames] = shown({ PULUMI_DEBUG_PROMISE_LEAKS: "true" }) as unknown[];
    assert.deepEqual([value, context], [1, "context"]);
    assert.ok(
      frames.every((count) => Number(count) > 0),
      String(frames),
    );
  });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { ROOT } from "../../../local/home";

/** Loads the SDK as the laptop does, and shows how many of the installer's modules are there before and after it is used. */
const SCRIPT = `
  require("./local/engine/lazy-arborist.cjs");
  const sdk = require("module").createRequire(require.resolve("@pulumi/pulumi"));
  const modules = () => Object.keys(require.cache).filter((file) => /npmcli.arborist.lib.arborist/.test(file)).length;
  const { serializeFunction } = require("@pulumi/pulumi").runtime;
  const before = modules();
  const { Arborist } = sdk("@npmcli/arborist");
  const tree = new Arborist({ path: process.cwd() });
  console.log(JSON.stringify([typeof serializeFunction, before, typeof tree.loadActual, modules() > 0]));
`;

describe("the installer in Pulumi's SDK", () => {
  it("is not loaded with the SDK, and is itself where it is used", () => {
    const shown = execFileSync(process.execPath, ["-e", SCRIPT], { cwd: ROOT }).toString();
    assert.deepEqual(JSON.parse(shown), ["function", 0, "function", true]);
  });
});

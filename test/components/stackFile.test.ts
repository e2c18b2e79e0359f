import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { writtenSetting } from "../../components/stackFile";

describe("a setting as a stack's file has it", () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "stack-file-"));
  after(() => fs.rmSync(root, { recursive: true }));
  const written = (text: string | undefined, setting = "connections") => {
    const stack = text === undefined ? "none" : "dev";
    if (text !== undefined) {
      fs.writeFileSync(path.join(root, `Pulumi.${stack}.yaml`), text);
    }
    return writtenSetting(root, { project: "p", stack }, setting);
  };

  it("has what is encrypted as maps of `secure`", () => {
    const value = { a: { password: { secure: "AAABAK" }, host: "x" } };
    assert.deepEqual(
      written("config:\n  p:connections:\n    a:\n      password: {secure: AAABAK}\n      host: x"),
      value,
    );
    assert.deepEqual(written("config: {connections: x, q:other: y}"), "x");
  });

  it("is not known where the file is not there, or has it not", () => {
    for (const text of [undefined, "", "config:\n", "config: {p:tags: {}}"]) {
      assert.equal(written(text), undefined);
    }
  });
});

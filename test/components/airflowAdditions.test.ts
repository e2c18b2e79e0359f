import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { additionsOf, withExports, withRequirements } from "../../components/airflowAdditions";

describe("additionsOf", () => {
  let root: string;
  before(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "additions-"));
    for (const [folder, text] of Object.entries({
      one: "a = 1\n",
      same: "a = 1\n",
      other: "a = 2\n",
    })) {
      fs.mkdirSync(path.join(root, folder));
      fs.writeFileSync(path.join(root, folder, "plugin.py"), text);
    }
  });
  after(() => fs.rmSync(root, { recursive: true }));

  it("merges what pipelines add, each thing once", () => {
    const { requirements, plugins, exports } = additionsOf(
      [
        { name: "a", requirements: ["humanize==4.15.0"], plugins: "one", startup: { A: "1" } },
        { name: "b", requirements: ["humanize==4.15.0"], plugins: "same", startup: { B: "it's" } },
      ],
      root,
    );
    assert.deepEqual(requirements, ["humanize==4.15.0"]);
    assert.deepEqual(
      plugins.map((file) => file.path),
      ["plugin.py"],
    );
    assert.deepEqual(exports, ["export A='1'", "export B='it'\\''s'"]);
  });

  const bad: [string, Parameters<typeof additionsOf>[0], RegExp][] = [
    [
      "a package in two versions, however it is written",
      [
        { name: "a", requirements: ["Some_Package==1"] },
        { name: "b", requirements: ["some-package==2"] },
      ],
      /requirement some-package is of a and of b, and differs/,
    ],
    [
      "a plugin of two contents",
      [
        { name: "a", plugins: "one" },
        { name: "b", plugins: "other" },
      ],
      /plugin plugin\.py is of a and of b/,
    ],
    [
      "a variable of two values",
      [
        { name: "a", startup: { A: "1" } },
        { name: "b", startup: { A: "2" } },
      ],
      /start-up variable A is of a and of b/,
    ],
    [
      "a requirement without a version",
      [{ name: "a", requirements: ["humanize"] }],
      /name==version/,
    ],
    ["a variable that is none", [{ name: "a", startup: { "A B": "1" } }], /no name of a variable/],
    ["a folder that is not there", [{ name: "a", plugins: "none" }], /not a folder/],
  ];
  for (const [what, pipelines, message] of bad) {
    it(`refuses ${what}`, () => {
      assert.throws(() => additionsOf(pipelines, root), message);
    });
  }
});

describe("withRequirements", () => {
  it("keeps the file's lines, and adds what it does not have", () => {
    const file = '--constraint "c"\napache-airflow-providers-amazon==9.25.0\n';
    assert.equal(
      withRequirements(file, ["humanize==4.15.0", "apache-airflow-providers-amazon==9.25.0"]),
      `${file}humanize==4.15.0\n`,
    );
  });

  it("refuses another version than the file's", () => {
    assert.throws(
      () => withRequirements("Humanize==4.0\n", ["humanize==4.15.0"]),
      /Humanize==4\.0/,
    );
  });
});

describe("withExports", () => {
  it("exports before the script does anything, in a script that a shell runs", () => {
    const script = withExports('#!/bin/bash\necho "$A"\nexit 0\n', ["export A='it'\\''s'"]);
    assert.equal(execFileSync("bash", ["-c", script], { encoding: "utf8" }), "it's\n");
    assert.match(withExports(undefined, ["export A='1'"]), /^#!\/bin\/bash\nexport A='1'\n$/);
  });
});

import assert from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";

import { PIPELINES } from "../components/pipelines";
import { ROOT } from "../local/home";
import { type Tier, checks } from "./checks";
import { SHIPPED_PIPELINES } from "./stackFiles";

/** A test that the page names: its file and a part of its text, often its name; alone where the file is named alone. */
interface Named {
  readonly file: string;
  readonly text?: string;
}

/** The rows of the page's tables, as cells. */
const ROWS = fs
  .readFileSync(path.join(ROOT, "docs/testing-proof.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (commit|failure) \|/.test(line))
  .map((line) => line.split(" | ").map((cell) => cell.replace(/^\||\|$/g, "").trim()));

const CHECKS = checks();

function testsIn(cell: string): Named[] {
  return [...cell.matchAll(/`(test\/[^`]+)`(?: `([^`]+)`)?/g)].map(([, file, text]) => ({
    file,
    text,
  }));
}

/** The files that cells name anywhere, other than tests with their text. */
function filesIn(cell: string): string[] {
  return [...cell.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.\w+)`/g)].map(([, file]) => file);
}

/** The tier that a test is run in. */
function tierOf({ file, text = "" }: Named): Tier {
  if (!file.endsWith(".py")) {
    return CHECKS.find(({ command }) => command.includes(file))?.tier ?? "fast";
  }
  const content = fs.readFileSync(path.join(ROOT, file), "utf8");
  const decorators =
    content
      .slice(0, content.indexOf(`def ${text}(`))
      .split("\n\n")
      .at(-1) ?? "";
  return /^pytestmark = .*\bmark\.full\b/m.test(content) || /^@pytest\.mark\.full/m.test(decorators)
    ? "full"
    : "fast";
}

describe("the page of what the tests find", () => {
  before(function () {
    // Prose may still name a pipeline that was removed: docs/your-own-pipeline.md.
    if (!SHIPPED_PIPELINES.every((pipeline) => PIPELINES.some(({ name }) => name === pipeline))) {
      this.skip();
    }
  });

  it("names files that are there", () => {
    const files = ROWS.flat().flatMap(filesIn);
    assert.ok(files.length > 100);
    assert.deepStrictEqual(
      files.filter((file) => !fs.existsSync(path.join(ROOT, file))),
      [],
    );
  });

  it("names tests that are there", () => {
    const named = ROWS.flat().flatMap(testsIn);
    assert.deepStrictEqual(
      named.filter(
        ({ file, text = "" }) => !fs.readFileSync(path.join(ROOT, file), "utf8").includes(text),
      ),
      [],
    );
  });

  it("tells the tier in which a fault is found", () => {
    // The last column of the moved failures is of the full tier, or says nothing.
    for (const cells of ROWS) {
      const tier = cells.findIndex((cell) => cell === "fast" || cell === "full");
      assert.ok(tier > 0, cells.join(" | "));
      for (const test of testsIn(cells[tier - 1])) {
        assert.strictEqual(tierOf(test), cells[tier], JSON.stringify(test));
      }
      for (const test of testsIn(cells[tier + 1] ?? "")) {
        assert.strictEqual(tierOf(test), "full", JSON.stringify(test));
      }
    }
  });
});

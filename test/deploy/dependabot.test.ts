import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { parse } from "yaml";

import { ROOT } from "../../local/home";

interface Update {
  readonly "package-ecosystem": string;
  readonly directory?: string;
  readonly directories?: readonly string[];
}

const { updates } = parse(
  fs.readFileSync(path.join(ROOT, ".github", "dependabot.yml"), "utf8"),
) as { updates: readonly Update[] };

const watched = (ecosystem: string) =>
  updates
    .filter((update) => update["package-ecosystem"] === ecosystem)
    .flatMap(({ directory, directories }) => directories ?? [directory ?? "none"])
    .sort();

const files = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).split("\n");

/** Whether a folder is one that Dependabot is told of: a star stands for one name. */
function matches(pattern: string, folder: string): boolean {
  return new RegExp(`^${pattern.replaceAll("*", "[^/]+")}$`).test(folder);
}

/** Folders of files of that name which pin a package: those of test cases are no part of the project. */
function pinning(name: RegExp, pins: RegExp): string[] {
  const found = files.filter(
    (file) =>
      name.test(path.basename(file)) &&
      !file.startsWith("test/fixtures/") &&
      pins.test(fs.readFileSync(path.join(ROOT, file), "utf8")),
  );
  return [...new Set(found.map((file) => path.posix.join("/", path.dirname(file))))].sort();
}

describe("Dependabot watches every folder that pins", () => {
  for (const [ecosystem, name, pins] of [
    ["npm", /^package\.json$/, /ependencies"/],
    ["pip", /^(requirements|uv)\.txt$/, /^\S+==/m],
    ["gomod", /^go\.mod$/, /^require/m],
  ] as const) {
    it(`packages of ${ecosystem}`, () => {
      const folders = pinning(name, pins);
      assert.ok(folders.length > 0);
      const patterns = watched(ecosystem);
      const found = patterns.map((one) => folders.filter((folder) => matches(one, folder)));
      assert.deepEqual(found.flat().sort(), folders);
      assert.deepEqual(
        patterns.filter((_, i) => found[i].length === 0),
        [],
      );
    });
  }

  it("actions", () => {
    const [root, own] = watched("github-actions");
    assert.deepEqual([root, own], ["/", "/.github/actions/*"]);
  });
});

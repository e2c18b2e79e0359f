import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { ROOT } from "../local/home";

/**
 * Holds a text against the file where it is on record, which UPDATE_GOLDEN=1 writes anew.
 *
 * @param test file of the test
 * @param changed what is said where they differ
 */
export function assertGolden(file: string, found: string, test: string, changed: string): void {
  if (process.env.UPDATE_GOLDEN === "1") {
    fs.writeFileSync(file, found);
  }
  const command = `UPDATE_GOLDEN=1 npx mocha ${path.relative(ROOT, test)}`;
  assert.equal(
    found,
    fs.readFileSync(file, "utf8"),
    `${changed} If that is meant, write it anew, and look at the difference: ${command}`,
  );
}

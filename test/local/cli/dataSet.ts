import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { ROOT, toolHome } from "../../../local/home";
import { pythonOf } from "../../../local/setup/python";

const python = pythonOf(toolHome, "test");

/** The published data set where the caller has it, else a generated one. */
export function dataSet(folder: string): string {
  if (process.env.MOVIELENS_ZIP !== undefined) {
    return process.env.MOVIELENS_ZIP;
  }
  const zip = path.join(folder, "sample.zip");
  execFileSync(python, [path.join(ROOT, "local", "movielens", "generate.py"), zip]);
  return zip;
}

/** A copy of a zip with its members changed by a piece of Python: `members` maps names to bytes. */
export function changedZip(zip: string, folder: string, change: string): string {
  const file = path.join(fs.mkdtempSync(path.join(folder, "changed-")), "changed.zip");
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as given:
    members = {name: given.read(name) for name in given.namelist()}
${change}
with zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED) as made:
    for name, data in members.items():
        made.writestr(name, data)
`;
  execFileSync(python, ["-c", script, zip, file]);
  return file;
}

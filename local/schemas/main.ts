import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";

import type { NameTable } from "../../policy/cloudformation/constraint";
import { fileOf } from "../../policy/constraints";
import { ROOT, toolHome } from "../home";
import { environmentIsCurrent, makeEnvironment, pythonOf, pythonTools } from "../setup/python";
import { toEnd } from "../setup/toEnd";
import { Arguments } from "./arguments";
import { type Schemas, compileType } from "./compile";

const run = promisify(execFile);

const FOLDER = path.join(ROOT, "policy", "cloudformation");

/** The text of each file of `policy/cloudformation/types`, by name. */
async function made(): Promise<ReadonlyMap<string, string>> {
  const { types } = JSON.parse(
    fs.readFileSync(path.join(FOLDER, "names.json"), "utf8"),
  ) as NameTable;
  const wanted = [...new Set(Object.values(types).map(({ type }) => type))];
  const { stdout } = await run(
    pythonOf(toolHome, "judges"),
    [path.join(__dirname, "cloudformation.py"), ...wanted],
    { maxBuffer: 2 ** 28 },
  );
  const schemas = JSON.parse(stdout) as Schemas;
  const declared = new Arguments(path.join(ROOT, "node_modules", "@pulumi", "aws"));
  return new Map(
    Object.entries(types).map(([type, names]) => [
      path.basename(fileOf(type)),
      `${JSON.stringify(compileType(type, names, declared.of(type), schemas))}\n`,
    ]),
  );
}

/** What differs between what is made and the folder: names of files. */
function differing(files: ReadonlyMap<string, string>, folder: string): string[] {
  const there = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return [...new Set([...there, ...files.keys()])].filter(
    (name) =>
      !there.includes(name) || files.get(name) !== fs.readFileSync(path.join(folder, name), "utf8"),
  );
}

async function main(check: boolean): Promise<number> {
  if (!environmentIsCurrent(toolHome, "judges")) {
    const log = toolHome.log("setup-python");
    await makeEnvironment(toolHome, "judges", await pythonTools(toolHome, log), log);
  }
  const files = await made();
  const folder = path.join(FOLDER, "types");
  const different = differing(files, folder);
  if (check) {
    process.stdout.write(
      different.length === 0
        ? `The schemas of ${files.size} types are what \`npm run schemas\` makes.\n`
        : `Not what \`npm run schemas\` makes: ${different.join(", ")}\n`,
    );
    return different.length === 0 ? 0 : 1;
  }
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) {
    fs.writeFileSync(path.join(folder, name), text);
  }
  process.stdout.write(`${files.size} types, ${different.length} changed\n`);
  return 0;
}

toEnd(
  main(process.argv.includes("--check")).then((status) => {
    process.exitCode = status;
  }),
);

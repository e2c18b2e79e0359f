import * as fs from "node:fs";
import * as path from "node:path";

import { parse } from "yaml";

/** Folder of the program. */
export const ROOT = path.join(__dirname, "..");

/**
 * Name of the program's project, from `Pulumi.yaml`, which alone has it: the program itself asks the engine.
 *
 * @param root folder of the program
 */
export function projectName(root: string = ROOT): string {
  const { name } = parse(fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8")) as {
    name: string;
  };
  return name;
}

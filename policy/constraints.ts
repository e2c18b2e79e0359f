import * as fs from "node:fs";
import * as path from "node:path";

import type { TypeConstraints } from "./cloudformation/constraint";

// Beside `pack.ts`, as which all of the pack runs in the engine.
const FOLDER = path.join(__dirname, "cloudformation", "types");

const loaded = new Map<string, TypeConstraints | undefined>();

/** File of a type such as `aws:ec2/subnet:Subnet`. */
export function fileOf(type: string): string {
  return path.join(FOLDER, `${type.replace(/[:/]/g, ".")}.json`);
}

/** What CloudFormation's schema says of a type; undefined of a type that it is not known of. */
export function constraintsOf(type: string): TypeConstraints | undefined {
  if (!loaded.has(type)) {
    const file = fileOf(type);
    loaded.set(
      type,
      fs.existsSync(file)
        ? (JSON.parse(fs.readFileSync(file, "utf8")) as TypeConstraints)
        : undefined,
    );
  }
  return loaded.get(type);
}

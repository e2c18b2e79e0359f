import * as fs from "node:fs";
import * as path from "node:path";

/** The folder of the repository. */
export const ROOT = path.resolve(__dirname, "..");

/** The laptop's own stack: `Pulumi.local.yaml` has its settings. */
export const STACK_NAME = "local";

/**
 * Where the laptop target keeps all that it makes: tools, virtual environments, state, logs. One folder, so
 * that removing it removes everything. The tools in it are shared by all homes of a checkout.
 */
export class Home {
  constructor(readonly folder: string = path.join(ROOT, ".local")) {}

  /** A path in the home; its folder is made. */
  file(...parts: string[]): string {
    const file = path.join(this.folder, ...parts);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return file;
  }

  /** A folder in the home; it is made, and only its owner may look into it. */
  dir(...parts: string[]): string {
    const dir = path.join(this.folder, ...parts);
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
    return dir;
  }

  /** The log of a step or a server. */
  log(name: string): string {
    return this.file("logs", `${name}.log`);
  }
}

/** The home of tools and virtual environments: always the checkout's own, whatever home a stack runs in. */
export const toolHome = new Home();

/** Writes a file so that a reader sees the old content or the new, never a part, even across a kill. */
export function writeAtomically(file: string, content: string, mode = 0o644): void {
  const partial = `${file}.${process.pid}.partial`;
  fs.writeFileSync(partial, content, { mode });
  fs.renameSync(partial, file);
}

import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import ignore from "ignore";

/**
 * What is never uploaded, as patterns of a `.gitignore`: caches, editors' and operating systems'
 * files. `.airflowignore` is Airflow's own and does go up.
 */
const ALWAYS_IGNORED = [
  "__pycache__/",
  "*.py[cod]",
  "*~",
  "*.swp",
  "*.egg-info/",
  ".*",
  "!.airflowignore",
];

/** A local file that becomes an object, or a part of one. */
export interface LocalFile {
  /** Path inside its folder, with slashes. */
  readonly path: string;
  /** Where it is on this machine. */
  readonly location: string;
  /** SHA-256 of the content, in hexadecimal. */
  readonly hash: string;
}

/**
 * Finds and hashes the files under a folder, sorted by path.
 *
 * @param setting what names the folder, for messages
 * @param patterns further files that stay out, as in a `.gitignore`
 * @throws when the folder does not exist, or holds nothing
 */
export function readFolder(
  setting: string,
  directory: string,
  patterns: readonly string[],
): LocalFile[] {
  if (!fs.existsSync(directory) || !fs.statSync(directory).isDirectory()) {
    throw new pulumi.RunError(
      `${setting} is ${directory}, which is not a folder. Name a folder, relative to the project's.`,
    );
  }
  const ignored = ignore()
    .add(ALWAYS_IGNORED)
    .add([...patterns]);
  const files = walk(directory, "", ignored);
  if (files.length === 0) {
    throw new pulumi.RunError(
      `${setting} is ${directory}, which holds no file to upload. Add one, or name another folder.`,
    );
  }
  return files.map((file) => ({ ...readFile(setting, path.join(directory, file)), path: file }));
}

/** Paths of the files under a folder, sorted; links to files are followed, to folders refused. */
function walk(root: string, inside: string, ignored: ReturnType<typeof ignore>): string[] {
  return fs
    .readdirSync(path.join(root, inside), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const found = path.posix.join(inside, entry.name);
      if (ignored.ignores(entry.isDirectory() ? `${found}/` : found)) {
        return [];
      }
      if (entry.isDirectory()) {
        return walk(root, found, ignored);
      }
      if (entry.isSymbolicLink() && fs.statSync(path.join(root, found)).isDirectory()) {
        throw new pulumi.RunError(
          `${path.join(root, found)} is a link to a folder, which is not uploaded. Put the folder ` +
            "itself there, or add it to dagsIgnore.",
        );
      }
      return [found];
    });
}

/**
 * Hashes one file.
 *
 * @throws when there is none
 */
export function readFile(setting: string, location: string): LocalFile {
  if (!fs.existsSync(location) || !fs.statSync(location).isFile()) {
    throw new pulumi.RunError(
      `${setting} is ${location}, which is not a file. Name a file, relative to the project's folder.`,
    );
  }
  const hash = createHash("sha256").update(fs.readFileSync(location)).digest("hex");
  return { path: path.basename(location), location, hash };
}

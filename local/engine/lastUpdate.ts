import { createHash, createHmac } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { Home, writeAtomically } from "../home";
import type { Operation } from "./operation";
import { secretsOf } from "./secrets";
import type { StackOptions } from "./stack";

/** Folders of a checkout, beside hidden ones, that neither the program nor the policy pack reads. */
const UNREAD: readonly string[] = ["bench", "docs", "node_modules", "test"];

/** What an update is made from. */
export interface UpdateInputs {
  readonly home: Home;
  /** Folder of the checkout. */
  readonly source: string;
  /** The stack's settings, with the values of its secrets, where they are not in its file alone. */
  readonly settings: StackOptions["settings"];
}

/**
 * A digest of all that an update is made from: the files of the program and of the policy pack, installed packages and
 * settings. With a key of the home's, since a secret among the settings could be guessed from a plain one.
 */
export function digestOf({ home, source, settings }: UpdateInputs): string {
  const digest = createHmac("sha256", secretsOf(home).passphrase);
  const add = (name: string, content: string | Buffer) =>
    digest.update(`${name}\0${Buffer.byteLength(content)}\0`).update(content);
  add("node", process.version);
  add("settings", JSON.stringify(settings ?? {}));
  const installed = path.join(source, "node_modules", ".package-lock.json");
  for (const file of [installed, ...filesOf(source)]) {
    add(file, fs.existsSync(file) ? fs.readFileSync(file) : "");
  }
  return digest.digest("hex");
}

/** An update that succeeded. */
export interface LastUpdate {
  /** When it had ended: date and time in ISO 8601. */
  readonly ended: string;
  /** What the policy pack said of what it made. */
  readonly policies: Operation["policies"];
}

/** The note of an update, as its file has it. */
interface Note extends LastUpdate {
  /** Digest of what the update was made from. */
  readonly inputs: string;
  /** Digest of the engine's state, as the update left it. */
  readonly state: string;
}

/**
 * Takes note of an update that succeeded.
 *
 * @param inputs digest of what it was made from
 * @param state the file of the engine's state, as the update left it
 */
export function noteUpdate(home: Home, inputs: string, state: string, update: LastUpdate): void {
  const note: Note = { ...update, inputs, state: digestOfState(state) };
  writeAtomically(noteFile(home), `${JSON.stringify(note)}\n`);
}

/**
 * The last update that succeeded.
 *
 * @returns undefined where it was made from something else, or anything has changed the stack's state since
 */
export function lastUpdate(home: Home, inputs: string, state: string): LastUpdate | undefined {
  const file = noteFile(home);
  if (!fs.existsSync(file)) {
    return undefined;
  }
  const { ended, policies, ...of } = JSON.parse(fs.readFileSync(file, "utf8")) as Note;
  return of.inputs === inputs && of.state === digestOfState(state)
    ? { ended, policies }
    : undefined;
}

function noteFile(home: Home): string {
  return home.file("state", "last-update.json");
}

function digestOfState(state: string): string {
  const left = fs.existsSync(state) ? fs.readFileSync(state) : "";
  return createHash("sha256").update(left).digest("hex");
}

/** All files that matter in a checkout, and where its symbolic links lead, sorted. */
function filesOf(source: string): string[] {
  return namesIn(source)
    .filter((name) => !name.startsWith(".") && !UNREAD.includes(name))
    .flatMap((name) => filesAt(path.join(source, name), [fs.realpathSync(source)]));
}

/** A file, or those of a folder: none of a virtual environment, or of a link to a folder that it is in. */
function filesAt(file: string, above: readonly string[]): string[] {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) {
    return found?.isFile() === true ? [file] : [];
  }
  const folder = fs.realpathSync(file);
  if (above.includes(folder) || fs.existsSync(path.join(file, "pyvenv.cfg"))) {
    return [];
  }
  return namesIn(file).flatMap((name) => filesAt(path.join(file, name), [...above, folder]));
}

/** The names in a folder, sorted, without what Python writes beside modules. */
function namesIn(folder: string): string[] {
  return fs
    .readdirSync(folder)
    .filter((name) => name !== "__pycache__")
    .sort();
}

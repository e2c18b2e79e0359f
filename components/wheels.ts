import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { AIRFLOW_HOME, decodeRequirements } from "../checks/requirements";
import { type Pin, offlineRequirements, parseLock } from "../checks/wheels";

/** Folder of the project that `npm run wheels` keeps wheels in. Git ignores it: locks tell what belongs in it. */
export const WHEELS_FOLDER = "wheels";

/** The requirements of an environment, and the folders that they may name by MWAA's paths. */
export interface RequirementsSource {
  /** Folder of the project. */
  readonly root: string;
  readonly requirementsFile: string;
  readonly dagsFolder: string;
  readonly pluginsFolder?: string;
}

/** A wheel of the folder. */
export interface Wheel {
  /** File name. */
  readonly path: string;
  readonly location: string;
  /** SHA-256 of the content, in hexadecimal. */
  readonly hash: string;
}

/** The lock of a requirements file: beside it, `requirements.lock` for `requirements.txt`. */
export function lockOf({ root, requirementsFile }: RequirementsSource): string {
  const { dir, name } = path.parse(path.resolve(root, requirementsFile));
  return path.join(dir, `${name}.lock`);
}

/** SHA-256 of a requirements file and of the files that it names by MWAA's paths, in hexadecimal. */
export function requirementsDigest(source: RequirementsSource): string {
  const content = fs.readFileSync(path.resolve(source.root, source.requirementsFile));
  const hash = createHash("sha256").update(content);
  const text = localPaths(source, decodeRequirements(content) ?? "");
  for (const [named] of text.matchAll(/\/[^\s"'#]+/g)) {
    if (named.includes(source.root) && fs.existsSync(named) && fs.statSync(named).isFile()) {
      hash.update("\0").update(fs.readFileSync(named));
    }
  }
  return hash.digest("hex");
}

/** A text with the project's folders in the place of MWAA's. */
export function localPaths(source: RequirementsSource, text: string): string {
  const folders = { dags: source.dagsFolder, plugins: source.pluginsFolder };
  return Object.entries(folders).reduce(
    (replaced, [name, folder]) =>
      folder === undefined
        ? replaced
        : replaced.replaceAll(`${AIRFLOW_HOME}/${name}`, path.resolve(source.root, folder)),
    text,
  );
}

/** The wheels that lie in the project's folder. */
export function foundWheels(root: string): Wheel[] {
  const folder = path.join(root, WHEELS_FOLDER);
  return !fs.existsSync(folder)
    ? []
    : fs
        .readdirSync(folder)
        .filter((file) => file.endsWith(".whl"))
        .sort()
        .map((file) => {
          const location = path.join(folder, file);
          const hash = createHash("sha256").update(fs.readFileSync(location)).digest("hex");
          return { path: file, location, hash };
        });
}

/** The pins whose wheel is not among those that were found. */
export function missingPins(pins: readonly Pin[], wheels: readonly Wheel[]): Pin[] {
  return pins.filter(({ hash }) => !wheels.some((wheel) => wheel.hash === hash));
}

/** What an environment gets that is to install from wheels. */
export interface LockedRequirements {
  /** Content of its requirements.txt. */
  readonly requirements: string;
  /** What belongs into its plugins.zip. */
  readonly wheels: readonly Wheel[];
}

/**
 * Reads the lock of a requirements file and finds its wheels. Nothing is resolved or fetched.
 *
 * @returns undefined where there is no lock: then MWAA asks the index of Python's packages
 * @throws when the lock is for another version of Airflow, or for requirements as they were, or when
 *   a wheel is not there
 */
export function readLockedRequirements(
  source: RequirementsSource,
  airflowVersion: string,
): LockedRequirements | undefined {
  const file = lockOf(source);
  if (!fs.existsSync(file)) {
    return undefined;
  }
  const name = path.relative(source.root, file);
  const lock = parseLock(fs.readFileSync(file, "utf8"));
  if (lock === undefined) {
    throw new pulumi.RunError(
      `${name} is not a lock as \`npm run wheels\` writes it. Write it again: npm run wheels`,
    );
  }
  if (lock.airflowVersion !== airflowVersion) {
    throw new pulumi.RunError(
      `${name} is for Airflow ${lock.airflowVersion}, but airflowVersion is ${airflowVersion}. ` +
        "Write it again: npm run wheels",
    );
  }
  if (lock.requirements !== requirementsDigest(source)) {
    throw new pulumi.RunError(
      `${source.requirementsFile} has changed since ${name} was written. Write it again: npm run wheels`,
    );
  }
  const found = foundWheels(source.root);
  const missing = missingPins(lock.pins, found);
  if (missing.length > 0) {
    const names = missing.map((pin) => `${pin.name}==${pin.version}`).join(", ");
    throw new pulumi.RunError(
      `${WHEELS_FOLDER}/ does not hold the wheels of ${name} for ${names}. ` +
        "Fetch them: npm run wheels -- --locked",
    );
  }
  return {
    requirements: offlineRequirements(lock.pins),
    wheels: lock.pins.map(({ hash }) => found.find((wheel) => wheel.hash === hash) as Wheel),
  };
}

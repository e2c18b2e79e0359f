import * as fs from "node:fs";
import * as path from "node:path";

import { describeProblem } from "../../checks/problem";
import { checkRequirements, decodeRequirements } from "../../checks/requirements";
import { Pin, WheelsLock, parseLock, renderLock } from "../../checks/wheels";
import {
  RequirementsSource,
  WHEELS_FOLDER,
  foundWheels,
  localPaths,
  lockOf,
  missingPins,
  requirementsDigest,
} from "../../components/wheels";
import { readStack } from "../../deploy/oidc/stackSettings";
import type { Settings } from "../../settings";
import { toolHome, writeAtomically } from "../../local/home";
import {
  environmentIsCurrent,
  makeEnvironment,
  pythonOf,
  pythonTools,
} from "../../local/setup/python";
import { UserError, command, step } from "../../local/setup/steps";
import { indexLines, pipPlatform, resolve } from "./resolve";

/** No setting that counts here depends on the account. */
const ANY_ACCOUNT = { accountId: "123456789012", partition: "aws", dnsSuffix: "amazonaws.com" };

/** The requirements that are worked on. */
export interface Wanted {
  readonly source: RequirementsSource;
  readonly airflowVersion: string;
  /** Content, with this machine's paths in it. */
  readonly text: string;
}

/**
 * Reads the requirements of a stack.
 *
 * @returns undefined where it has none
 * @throws UserError when there is no such stack, a setting is wrong, or MWAA could not install them
 */
export function readWanted(stack: string, root: string): Wanted | undefined {
  const { files, environment } = settingsOf(stack, root);
  if (files.requirementsFile === undefined) {
    return undefined;
  }
  const source = { ...files, root, requirementsFile: files.requirementsFile };
  const file = path.resolve(root, files.requirementsFile);
  if (!fs.existsSync(file)) {
    throw new UserError(`requirementsFile is ${file}, which is not a file. Name a file.`);
  }
  const content = fs.readFileSync(file);
  const problems = checkRequirements(files.requirementsFile, content, environment.airflowVersion);
  if (problems.length > 0) {
    throw new UserError(problems.map(describeProblem).join("\n"));
  }
  const text = localPaths(source, decodeRequirements(content) as string);
  return { source, airflowVersion: environment.airflowVersion, text };
}

function settingsOf(stack: string, root: string): Settings {
  const name = `Pulumi.${stack}.yaml`;
  if (!fs.existsSync(path.join(root, name))) {
    throw new UserError(`There is no ${name}: name a stack that has one by --stack.`);
  }
  try {
    return readStack(stack, ANY_ACCOUNT, root).settings;
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}

/** Fetches files of packages, each checked by hash, into the folder of wheels. */
async function fetchWheels(
  { source, text }: Wanted,
  requirements: readonly string[],
  folder: string,
  log: string,
): Promise<string[]> {
  if (!environmentIsCurrent(toolHome, "wheels")) {
    await makeEnvironment(toolHome, "wheels", await pythonTools(toolHome, log), log);
  }
  const file = path.join(folder, "fetch.txt");
  const into = path.join(folder, "wheels");
  fs.writeFileSync(file, [...indexLines(text), ...requirements, ""].join("\n"));
  await command(
    pythonOf(toolHome, "wheels"),
    [
      ...["-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-deps"],
      ...["--require-hashes", "--requirement", file, "--dest", into, ...pipPlatform()],
    ],
    { log },
  );
  const target = path.join(source.root, WHEELS_FOLDER);
  fs.mkdirSync(target, { recursive: true });
  const names = fs.readdirSync(into);
  for (const name of names) {
    fs.copyFileSync(path.join(into, name), path.join(target, name));
  }
  return names;
}

/**
 * Resolves, fetches, and writes the lock.
 *
 * @param constraints path or address of Airflow's constraints; undefined means the published ones
 * @param folder for files in between
 * @throws UserError naming what has no wheel, or no version that fits
 */
export async function lockWheels(
  wanted: Wanted,
  constraints: string | undefined,
  folder: string,
  log: string,
): Promise<WheelsLock> {
  const { source, airflowVersion, text } = wanted;
  const tools = await step("uv", () => pythonTools(toolHome, log), log);
  const resolved = await step(
    `resolve ${source.requirementsFile} for Airflow ${airflowVersion}`,
    () => resolve({ text, airflowVersion, constraints, folder, log, ...tools }),
    log,
  );
  const fetched =
    resolved.length === 0
      ? []
      : await step(
          `fetch wheels: ${resolved.length}`,
          () =>
            fetchWheels(
              wanted,
              resolved.map(({ requirement }) => requirement),
              folder,
              log,
            ),
          log,
        );
  const wheels = foundWheels(source.root).filter((wheel) => fetched.includes(wheel.path));
  const pins = resolved.map(({ name, version, requirement }): Pin => {
    const wheel = wheels.find(({ hash }) => requirement.includes(`sha256:${hash}`));
    if (wheel === undefined) {
      throw new Error(`pip fetched no wheel of ${name}==${version}: ${log}`);
    }
    return { name, version, hash: wheel.hash };
  });
  const written = { airflowVersion, requirements: requirementsDigest(source), pins };
  writeAtomically(lockOf(source), renderLock(written));
  return written;
}

/**
 * Fetches what a lock names and is not there. Resolves nothing.
 *
 * @param folder for files in between
 * @returns undefined where there is no lock
 * @throws UserError when it is for other requirements
 */
export async function fetchLocked(
  wanted: Wanted,
  folder: string,
  log: string,
): Promise<WheelsLock | undefined> {
  const file = lockOf(wanted.source);
  if (!fs.existsSync(file)) {
    return undefined;
  }
  const found = parseLock(fs.readFileSync(file, "utf8"));
  if (
    found?.airflowVersion !== wanted.airflowVersion ||
    found.requirements !== requirementsDigest(wanted.source)
  ) {
    throw new UserError(
      `${file} is not for the requirements and airflowVersion of now. Write it again: npm run wheels`,
    );
  }
  const missing = missingPins(found.pins, foundWheels(wanted.source.root));
  if (missing.length > 0) {
    await step(
      `fetch wheels: ${missing.length}`,
      () =>
        fetchWheels(
          wanted,
          missing.map(({ name, version, hash }) => `${name}==${version} --hash=sha256:${hash}`),
          folder,
          log,
        ),
      log,
    );
  }
  return found;
}

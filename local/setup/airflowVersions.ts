import * as fs from "node:fs";
import * as path from "node:path";

import { compare } from "semver";

import { DEFAULTS } from "../../checks/defaults";
import { ROOT } from "../home";
import { UserError } from "./steps";

/** Has a folder for each version of Airflow: its requirements, their lock, and the constraints of MWAA's image. */
export const VERSIONS_FOLDER = "local/airflow/versions";

/** The virtual environment of the default version. */
export const AIRFLOW = "airflow";

/** The virtual environment of a version: that of another than the default carries the version in its name. */
export type AirflowEnvironment = typeof AIRFLOW | `airflow-${string}`;

/** The virtual environment in which DAGs are tested on another version than the default. */
export type VersionTests = `test-${string}`;

/** Has the requirements of these, and their locks, a folder for each version. */
export const VERSION_TESTS_FOLDER = "test/versions";

/** The versions of Airflow that the laptop has, the oldest first. */
export function airflowVersions(): string[] {
  return fs.readdirSync(path.join(ROOT, VERSIONS_FOLDER)).sort(compare);
}

/**
 * The virtual environment of a version of Airflow.
 *
 * @param version what `airflowVersion` says
 * @throws UserError where the laptop does not have the version, with those that it has
 */
export function airflowEnvironment(version: string): AirflowEnvironment {
  const versions = airflowVersions();
  if (!versions.includes(version)) {
    throw new UserError(
      `airflowVersion is ${version}; allowed on the laptop: ${versions.join(", ")}. Name one of these, or make it the ` +
        `default: npm run upgrade:airflow -- ${version}.`,
    );
  }
  return version === DEFAULTS.airflowVersion ? AIRFLOW : `${AIRFLOW}-${version}`;
}

/** The versions other than the default, each with the virtual environment of its tests. */
export function versionTests(): { version: string; environment: VersionTests }[] {
  return airflowVersions()
    .filter((version) => version !== DEFAULTS.airflowVersion)
    .map((version) => ({ version, environment: `test-${version}` }));
}

/**
 * The lock file of a virtual environment that is made for a version of Airflow, relative to the checkout; undefined for
 * any other.
 */
export function versionLock(name: string): string | undefined {
  if (name === AIRFLOW) {
    return `${VERSIONS_FOLDER}/${DEFAULTS.airflowVersion}/requirements.txt`;
  }
  const [, what, version] = /^(airflow|test)-(.+)$/.exec(name) ?? [];
  const folder = what === AIRFLOW ? VERSIONS_FOLDER : VERSION_TESTS_FOLDER;
  return what === undefined ? undefined : `${folder}/${version}/requirements.txt`;
}

import { AIRFLOW_HOME } from "./requirements";

/** A package that MWAA installs from a wheel of plugins.zip. */
export interface Pin {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of its wheel, in hexadecimal. */
  readonly hash: string;
}

/** What `npm run wheels` found a requirements file to need beside MWAA's own packages. */
export interface WheelsLock {
  /** Version of Airflow that it was resolved for. */
  readonly airflowVersion: string;
  /** SHA-256 of the requirements, in hexadecimal. */
  readonly requirements: string;
  readonly pins: readonly Pin[];
}

const AIRFLOW = "# airflow: ";
const REQUIREMENTS = "# requirements: sha256:";

/** Renders a lock: a requirements file of pip's, each package with the hash of its one wheel. */
export function renderLock({ airflowVersion, requirements, pins }: WheelsLock): string {
  const packages = [...pins]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version, hash }) => `${name}==${version} \\\n    --hash=sha256:${hash}\n`);
  return (
    "# Written by `npm run wheels`: what is installed from wheels in plugins.zip, beside what MWAA has.\n" +
    `${AIRFLOW}${airflowVersion}\n${REQUIREMENTS}${requirements}\n${packages.join("")}`
  );
}

/** Reads a lock; undefined where it is not one that `renderLock` writes. */
export function parseLock(text: string): WheelsLock | undefined {
  const valueOf = (begin: string): string | undefined =>
    text
      .split("\n")
      .find((line) => line.startsWith(begin))
      ?.slice(begin.length);
  const airflowVersion = valueOf(AIRFLOW);
  const requirements = valueOf(REQUIREMENTS);
  if (airflowVersion === undefined || requirements === undefined) {
    return undefined;
  }
  const pins = [...text.matchAll(/^(\S+)==(\S+) \\\n +--hash=sha256:([0-9a-f]{64})$/gm)].map(
    ([, name, version, hash]) => ({ name, version, hash }),
  );
  const lock = { airflowVersion, requirements, pins };
  return renderLock(lock) === text ? lock : undefined;
}

/**
 * The requirements file that MWAA gets in place of the original: it asks no index.
 *
 * The comment is one that MWAA looks for: it adds constraints of its own to a file that names none,
 * and these versions are resolved against them already.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/best-practices-dependencies.html
 */
export function offlineRequirements(pins: readonly Pin[]): string {
  return [
    "# Each version is resolved already: there is no --constraint to be added.",
    "--no-index",
    `--find-links ${AIRFLOW_HOME}/plugins`,
    ...pins.map(({ name, version }) => `${name}==${version}`),
    "",
  ].join("\n");
}

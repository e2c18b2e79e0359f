import type { Problem } from "./problem";

/** Environment classes of MWAA, smallest first. */
export const ENVIRONMENT_CLASSES = [
  "mw1.micro",
  "mw1.small",
  "mw1.medium",
  "mw1.large",
  "mw1.xlarge",
  "mw1.2xlarge",
] as const;
export type EnvironmentClass = (typeof ENVIRONMENT_CLASSES)[number];

export const WEBSERVER_ACCESS_MODES = [
  "PRIVATE_ONLY",
  "PUBLIC_ONLY",
  "PUBLIC_AND_PRIVATE",
] as const;
export type WebserverAccessMode = (typeof WEBSERVER_ACCESS_MODES)[number];

/** The numbers that an environment's class bounds. */
export interface EnvironmentSize {
  readonly environmentClass: EnvironmentClass;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly minWebservers: number;
  readonly maxWebservers: number;
  readonly schedulers: number;
}

interface Range {
  readonly least: number;
  readonly most: number;
}

/** Most workers of an environment: https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-quotas.html */
const MOST_WORKERS = 25;

// mw1.micro has one container for scheduler and worker, one web server and no autoscaling:
// https://docs.aws.amazon.com/mwaa/latest/userguide/environment-class.html. The others:
// https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
const ONE: Range = { least: 1, most: 1 };
const WORKERS: Range = { least: 1, most: MOST_WORKERS };
const TWO_TO_FIVE: Range = { least: 2, most: 5 };

/** Number of schedulers, and least number of web servers, that a class begins with. */
export function defaultCount(environmentClass: EnvironmentClass): number {
  return environmentClass === "mw1.micro" ? ONE.least : TWO_TO_FIVE.least;
}

/** Checks class, workers, web servers and schedulers together. */
export function checkEnvironmentSize(size: EnvironmentSize): Problem[] {
  const micro = size.environmentClass === "mw1.micro";
  const workers = micro ? ONE : WORKERS;
  const others = micro ? ONE : TWO_TO_FIVE;
  const remedy = micro
    ? "mw1.micro does not scale: set it to 1, or take mw1.small or larger."
    : "Choose a number in the range.";
  const check = (setting: keyof EnvironmentSize, range: Range): Problem[] => {
    const value = size[setting] as number;
    return value >= range.least && value <= range.most
      ? []
      : [
          {
            setting,
            value,
            allowed:
              range.least === range.most
                ? `${range.least} with environmentClass ${size.environmentClass}`
                : `${range.least} to ${range.most} with environmentClass ${size.environmentClass}`,
            remedy,
          },
        ];
  };
  const problems = [
    ...check("minWorkers", workers),
    ...check("maxWorkers", workers),
    ...check("minWebservers", others),
    ...check("maxWebservers", others),
    ...check("schedulers", others),
  ];
  for (const [least, most] of [
    ["minWorkers", "maxWorkers"],
    ["minWebservers", "maxWebservers"],
  ] as const) {
    if (size[least] > size[most]) {
      problems.push({
        setting: least,
        value: size[least],
        allowed: `at most ${most}, which is ${size[most]}`,
        remedy: `Lower ${least} or raise ${most}.`,
      });
    }
  }
  return problems;
}

/** Checks that the Airflow version knows the web server's access mode. */
export function checkAccessMode(mode: WebserverAccessMode, airflowVersion: string): Problem[] {
  const [major, minor] = airflowVersion.split(".").map(Number);
  // https://docs.aws.amazon.com/mwaa/latest/userguide/configuring-networking.html
  return mode !== "PUBLIC_AND_PRIVATE" || major > 3 || (major === 3 && minor >= 2)
    ? []
    : [
        {
          setting: "webserverAccessMode",
          value: mode,
          allowed: `PRIVATE_ONLY or PUBLIC_ONLY with Airflow ${airflowVersion}`,
          remedy: "Choose one of them, or Airflow 3.2 or later.",
        },
      ];
}

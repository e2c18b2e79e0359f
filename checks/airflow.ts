import type { Deployment } from "./deployment";
import type { Key } from "./defaults";
import { DEFAULTS } from "./defaults";
import {
  ENVIRONMENT_CLASSES,
  type EnvironmentClass,
  type EnvironmentSize,
  WEBSERVER_ACCESS_MODES,
  type WebserverAccessMode,
  checkAccessMode,
  checkEnvironmentSize,
  defaultCount,
} from "./environment";
import { fitName } from "./names";
import type { Problem } from "./problem";
import type { Reader } from "./reader";
import { BACKEND_OPTIONS, type SecretsBackend, readSecretsBackend } from "./secretsBackend";

/** Logs that an environment can send, as the settings name them. */
export const AIRFLOW_LOGS = ["dagProcessing", "scheduler", "task", "webserver", "worker"] as const;
export type AirflowLog = (typeof AIRFLOW_LOGS)[number];

export const LOG_LEVELS = ["OFF", "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Folders of the environment's bucket that hold what is no DAG, and that other roles read. */
const OWN_PREFIXES = ["jobs", "notebooks"];

const DAG_PREFIX = new RegExp(
  `^(?!(${OWN_PREFIXES.join("|")})(/|$))(?!\\.{1,2}(/|$))[\\w.-]+(/(?!\\.{1,2}(/|$))[\\w.-]+)*$`,
);

/** Section of Airflow's options that is the program's: schedules of pipelines, and the poll interval. */
const OWN_SECTION = "mwaa_analytics.";

/** The MWAA environment. */
export interface EnvironmentSettings extends EnvironmentSize {
  /** Name; it begins what belongs to the environment: log groups, parameters, roles. */
  readonly name: string;
  readonly airflowVersion: string;
  readonly webserverAccessMode: WebserverAccessMode;
  /** `DAY:HH:MM` in UTC, on the half hour. */
  readonly weeklyMaintenanceWindowStart: string;
  readonly logLevels: Readonly<Record<AirflowLog, LogLevel>>;
  /** Airflow options beside those that the program sets itself. */
  readonly configurationOptions: Readonly<Record<string, string>>;
  /** What the stack sets of Airflow's secrets backend. */
  readonly secretsBackend: SecretsBackend;
  /** Execution role that is already there, in place of one of the stack's own. */
  readonly executionRoleArn?: string;
}

/** Local files that become objects of the environment's bucket. */
export interface AirflowFileSettings {
  /** `managed`: the stack uploads the DAG files. `external`: `npm run deploy-dags` does, or somebody else. */
  readonly dags: "managed" | "external";
  /** Folder of DAGs, relative to the project's folder or absolute. */
  readonly dagsFolder: string;
  /** Key prefix of the DAGs in the bucket. */
  readonly dagS3Path: string;
  /** Patterns, as in `.gitignore`, of files in `dagsFolder` and `pluginsFolder` that stay out. */
  readonly dagsIgnore: readonly string[];
  readonly requirementsFile?: string;
  readonly pluginsFolder?: string;
  readonly startupScript?: string;
}

/** Reads and checks the settings of the environment. */
export function readEnvironment(
  read: Reader,
  problems: Problem[],
  deployment: Deployment,
): EnvironmentSettings {
  const environmentClass = read.choice<EnvironmentClass>("environmentClass", ENVIRONMENT_CLASSES);
  const orDefault = (key: Key): number => read.integer(key) || defaultCount(environmentClass);
  const size: EnvironmentSize = {
    environmentClass,
    minWorkers: read.integer("minWorkers"),
    maxWorkers: read.integer("maxWorkers"),
    minWebservers: orDefault("minWebservers"),
    maxWebservers: orDefault("maxWebservers"),
    schedulers: orDefault("schedulers"),
  };
  const airflowVersion = read.matching(
    "airflowVersion",
    /^3\.\d+\.\d+$/,
    `an Airflow 3 version, such as ${DEFAULTS.airflowVersion}: the DAGs are written for it`,
  );
  const webserverAccessMode = read.choice<WebserverAccessMode>(
    "webserverAccessMode",
    WEBSERVER_ACCESS_MODES,
  );
  const options = read.object("airflowConfigurationOptions");
  problems.push(...checkEnvironmentSize(size));
  problems.push(...checkAccessMode(webserverAccessMode, airflowVersion));
  return {
    // https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
    name:
      read.optional(
        "environmentName",
        // It begins the names of parameters, which aws and ssm may not begin:
        // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
        /^(?!aws|ssm)[a-z][0-9a-z_-]{0,79}$/i,
        "a letter, then letters, digits, - or _, 80 characters at most, not beginning with aws or ssm",
      ) ?? defaultEnvironmentName(deployment),
    ...size,
    airflowVersion,
    webserverAccessMode,
    weeklyMaintenanceWindowStart: read.matching(
      "weeklyMaintenanceWindowStart",
      /^(MON|TUE|WED|THU|FRI|SAT|SUN):([01]\d|2[0-3]):(00|30)$/,
      "DAY:HH:MM in UTC on the half hour, such as SUN:04:00",
    ),
    logLevels: readLogLevels(read, problems),
    configurationOptions: readOptions(options, problems),
    secretsBackend: readSecretsBackend(options, problems),
    // A role is passed within its account alone.
    executionRoleArn: read.optional(
      "executionRoleArn",
      new RegExp(`^arn:aws(-[a-z]+)*:iam::${deployment.accountId}:role/[\\w+=,.@/-]+$`),
      `the ARN of an IAM role of the account ${deployment.accountId}`,
    ),
  };
}

/** Default name of the environment: `mwaa-`, then project and stack. */
export function defaultEnvironmentName({
  project,
  stack,
}: Pick<Deployment, "project" | "stack">): string {
  const name = `${project}-${stack}`;
  return fitName(name.startsWith("mwaa-") ? name : `mwaa-${name}`, { maxLength: 80, filler: "-" });
}

function readLogLevels(read: Reader, problems: Problem[]): Record<AirflowLog, LogLevel> {
  const found = read.object("airflowLogLevels");
  for (const [log, level] of Object.entries(found)) {
    if (!AIRFLOW_LOGS.includes(log as AirflowLog) || !LOG_LEVELS.includes(level as LogLevel)) {
      problems.push({
        setting: `airflowLogLevels.${log}`,
        value: level,
        allowed: `${AIRFLOW_LOGS.join(", ")}, each with one of ${LOG_LEVELS.join(", ")}`,
        remedy: "Correct the name of the log or its level.",
      });
    }
  }
  const level = (log: AirflowLog): LogLevel => (found[log] as LogLevel | undefined) ?? "OFF";
  return {
    dagProcessing: level("dagProcessing"),
    scheduler: level("scheduler"),
    task: level("task"),
    webserver: level("webserver"),
    worker: level("worker"),
  };
}

function readOptions(
  given: Readonly<Record<string, unknown>>,
  problems: Problem[],
): Record<string, string> {
  const setting = "airflowConfigurationOptions";
  const options: Record<string, string> = {};
  for (const [option, raw] of Object.entries(given)) {
    if (BACKEND_OPTIONS.includes(option)) {
      continue;
    }
    const value =
      typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean"
        ? String(raw)
        : "";
    // https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
    if (!/^[a-z][a-z0-9._]{0,63}$/.test(option) || !option.includes(".")) {
      problems.push({
        setting,
        value: option,
        allowed: "option names such as core.parallelism, 64 characters at most",
        remedy: "Write section, dot, option.",
      });
    } else if (!/^[ -~]+$/.test(value)) {
      problems.push({
        setting: `${setting}.${option}`,
        value: raw,
        allowed: "a string of printable ASCII characters that is not empty",
        remedy: "Correct the value or remove the option.",
      });
    } else if (option.startsWith(OWN_SECTION)) {
      problems.push({
        setting: `${setting}.${option}`,
        value,
        allowed: `options of other sections than ${OWN_SECTION.slice(0, -1)}, which is the program's`,
        remedy:
          "Remove it; settings decide schedules and the poll interval, such as pollIntervalSeconds.",
      });
    } else {
      options[option] = value;
    }
  }
  return options;
}

/** Reads and checks the settings that name files. */
export function readFiles(read: Reader): AirflowFileSettings {
  const path = /^\S.*$/;
  return {
    dags: read.choice("dags", ["managed", "external"]),
    dagsFolder: read.matching("dagsFolder", path, "a folder"),
    dagS3Path: read.matching(
      "dagS3Path",
      DAG_PREFIX,
      "a key prefix without a slash at either end and without . and .. between, such as dags; " +
        `not below ${OWN_PREFIXES.join(" or ")}, which the program has`,
    ),
    dagsIgnore: read.list("dagsIgnore"),
    requirementsFile: read.optional("requirementsFile", path, "a file"),
    pluginsFolder: read.optional("pluginsFolder", path, "a folder"),
    startupScript: read.optional("startupScript", path, "a file"),
  };
}

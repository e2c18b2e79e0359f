import * as pulumi from "@pulumi/pulumi";
import { checkBucketName, defaultBucketName } from "./checks/bucketName";
import { checkNetworkCidrs } from "./checks/cidr";
import type { Declaration } from "./checks/declaration";
import { EMR, type EmrSettings } from "./checks/emr";
import {
  ENVIRONMENT_CLASSES,
  type EnvironmentClass,
  type EnvironmentSize,
  WEBSERVER_ACCESS_MODES,
  type WebserverAccessMode,
  checkAccessMode,
  checkEnvironmentSize,
  defaultCount,
} from "./checks/environment";
import { fitName } from "./checks/names";
import {
  type AirflowUserRole,
  IAM,
  type IamSettings,
  checkBoundary,
  readAirflowUserRoles,
} from "./checks/iam";
import { type Subscription, readNotices } from "./checks/notices";
import { type Problem, describeProblem } from "./checks/problem";
import { type RedshiftSettings, readRedshift } from "./checks/redshift";

/**
 * Default of every setting of the platform, in the shape of the stack's configuration. `Pulumi.yaml` declares
 * the same keys with the same defaults, types and descriptions. Those of pipelines are declared by them.
 *
 * An empty text means "not given", and 0 "as the environment class begins": Pulumi has no optional
 * key in a project's configuration schema.
 */
export const DEFAULTS = {
  pipelines: [],
  services: [],
  environmentName: "",
  airflowVersion: "3.2.1",
  environmentClass: "mw1.small",
  minWorkers: 1,
  maxWorkers: 1,
  minWebservers: 0,
  maxWebservers: 0,
  schedulers: 0,
  webserverAccessMode: "PRIVATE_ONLY",
  weeklyMaintenanceWindowStart: "SUN:04:00",
  airflowLogLevels: { task: "INFO" },
  logRetentionDays: 30,
  airflowConfigurationOptions: {},
  pollIntervalSeconds: 30,
  executionRoleArn: "",
  airflowBucketName: "",
  createAirflowBucket: true,
  dataBucketName: "",
  oldVersionRetentionDays: 90,
  dagS3Path: "dags",
  dagsFolder: "dags",
  dagsIgnore: [],
  requirementsFile: "dags/requirements.txt",
  pluginsFolder: "",
  startupScript: "",
  vpcCidr: "10.192.0.0/16",
  publicSubnetCidrs: ["10.192.10.0/24", "10.192.11.0/24"],
  privateSubnetCidrs: ["10.192.20.0/24", "10.192.21.0/24"],
  redshiftSubnetCidrs: ["10.192.30.0/24", "10.192.31.0/24", "10.192.32.0/24"],
  availabilityZones: [],
  natGateways: "OnePerAz",
  redshift: { kind: "serverless" },
  athenaWorkgroupName: "",
  emr: {},
  notices: [],
  iam: {},
  airflowUserRoles: [],
  encryptionKey: "aws",
  forceDestroy: false,
  tags: {},
} as const;

type Key = keyof typeof DEFAULTS;

/** Logs that an environment can send, as the settings name them. */
export const AIRFLOW_LOGS = ["dagProcessing", "scheduler", "task", "webserver", "worker"] as const;
export type AirflowLog = (typeof AIRFLOW_LOGS)[number];

export const LOG_LEVELS = ["OFF", "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
] as const;

const MOST_TAGS = 40;

/** Tags that the program gives every resource; a setting of the very same name replaces one. */
const OWN_TAGS: readonly string[] = ["Project", "Stack", "Environment"];

// What IAM, Systems Manager, CloudWatch Logs and MWAA all take; of them MWAA alone wants a value:
// https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
const TAG_KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/iu;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,256}$/u;

// The request for an EMR cluster, which carries the tags, is a parameter of 4096 bytes at most:
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
const MOST_TAG_BYTES = 2000;

/** Folders of the environment's bucket that hold what is no DAG, and that other roles read. */
const OWN_PREFIXES = ["jobs", "notebooks"];

const DAG_PREFIX = new RegExp(
  `^(?!(${OWN_PREFIXES.join("|")})(/|$))(?!\\.{1,2}(/|$))[\\w.-]+(/(?!\\.{1,2}(/|$))[\\w.-]+)*$`,
);

/** A task that polls less often keeps a cluster for minutes after its work has ended. */
const LONGEST_POLL_SECONDS = 300;

/** Settings that there were, and why there are none any more. */
const REMOVED: Readonly<Record<string, string>> = {
  endpointManagement:
    "Remove it: the environment's endpoints are MWAA's own. With CUSTOMER the provider reports success while the " +
    "environment waits for endpoints that nothing creates, and fails after 72 hours.",
  workerReplacementStrategy:
    "Remove it: the provider sends it only in an update of this value alone, so that it cannot hold for other updates.",
};

/** Airflow options that the program sets itself, and the setting that decides each. */
const OWN_OPTIONS: Readonly<Record<string, string>> = {
  "secrets.backend": "nothing: Variables are Systems Manager parameters of the stack",
  "secrets.backend_kwargs": "environmentName, which is in the parameters' prefix",
};

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
  /** Execution role that is already there, in place of one of the stack's own. */
  readonly executionRoleArn?: string;
}

/** Local files that become objects of the environment's bucket. */
export interface AirflowFileSettings {
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

/** The network's addresses and zones. */
export interface NetworkSettings {
  readonly vpcCidr: string;
  readonly publicSubnetCidrs: readonly string[];
  readonly privateSubnetCidrs: readonly string[];
  readonly redshiftSubnetCidrs: readonly string[];
  /** Availability zones by name; empty means the region's first ones. */
  readonly availabilityZones: readonly string[];
  readonly natGateways: "OnePerAz" | "Single";
}

/** `aws`: the services' own keys. `own`: a key of the stack. `existing`: a key that is there. */
export type EncryptionSettings =
  | { readonly kind: "aws" }
  | { readonly kind: "own" }
  | { readonly kind: "existing"; readonly keyArn: string };

/** The checked settings of one stack. */
export interface Settings {
  /** Names of the pipelines of the stack, in the order of the list of all. */
  readonly pipelines: readonly string[];
  /** Services of the platform that are there although no pipeline needs them. */
  readonly services: readonly string[];
  /** Settings that pipelines declare, by their keys. */
  readonly ofPipelines: Readonly<Record<string, unknown>>;
  readonly environment: EnvironmentSettings;
  readonly files: AirflowFileSettings;
  readonly airflowBucketName: string;
  /** False: the bucket is there already and only its objects are the stack's. */
  readonly createAirflowBucket: boolean;
  readonly dataBucketName: string;
  /** Days that an object's old version is kept. */
  readonly oldVersionRetentionDays: number;
  /** Days that CloudWatch keeps a log event. */
  readonly logRetentionDays: number;
  readonly network: NetworkSettings;
  readonly redshift: RedshiftSettings;
  readonly athenaWorkgroupName: string;
  /** Seconds between two looks of a task at a cluster, step, notebook or execution. */
  readonly pollIntervalSeconds: number;
  readonly emr: EmrSettings;
  /** Who is told when a task fails, of a pipeline that has notices. */
  readonly notices: readonly Subscription[];
  readonly iam: IamSettings;
  /** Roles of Airflow's own that there are managed policies for. */
  readonly airflowUserRoles: readonly AirflowUserRole[];
  readonly encryption: EncryptionSettings;
  /** True: destroy takes buckets, databases and keys with their content. False: they are kept. */
  readonly forceDestroy: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** What the settings' defaults are derived from. */
export interface Deployment {
  readonly project: string;
  readonly stack: string;
  readonly accountId: string;
  readonly region: string;
}

/** What can be set beside the platform's own settings. */
export interface Extensions {
  /** Names of all pipelines. */
  readonly pipelines: readonly string[];
  /** Names of all services of the platform. */
  readonly services: readonly string[];
  /** Settings that the pipelines declare, by their keys. */
  readonly declared: Readonly<Record<string, Declaration>>;
}

/** The part of `pulumi.Config` that settings are read through. */
export interface ConfigSource {
  /** Text of a key of the project, structured values as JSON; undefined when the key is not set. */
  get(key: string): string | undefined;
}

/** All that is wrong with a stack's settings, in one message. Thrown before anything is made. */
export class SettingsError extends pulumi.RunError {
  public readonly problems: readonly Problem[];

  public constructor(stack: string, problems: readonly Problem[]) {
    const lines = problems.map((problem) => `  - ${describeProblem(problem)}`);
    super(
      `Settings of stack ${stack} are not valid; nothing was created or changed.\n` +
        `${lines.join("\n")}\n` +
        `Edit Pulumi.${stack}.yaml or use "pulumi config set".`,
    );
    this.problems = problems;
  }
}

/** Keys of the project that a stack has set, of all the configuration in a run. */
export function configuredKeys(project: string, configuration: Record<string, unknown>): string[] {
  const prefix = `${project}:`;
  return Object.keys(configuration)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}

/**
 * Reads and checks every setting of a stack.
 *
 * @param source the stack's configuration
 * @param keys the keys that the stack has set, so that a misspelt one is found
 * @param deployment where the stack is, for the default names
 * @param extensions the pipelines with their settings
 * @throws {SettingsError} naming every setting that is wrong
 */
export function readSettings(
  source: ConfigSource,
  keys: readonly string[],
  deployment: Deployment,
  extensions: Extensions,
): Settings {
  const problems = checkKeys(keys, Object.keys(extensions.declared));
  const read = reader(source, problems);
  const environment = readEnvironment(read, problems, deployment);
  const network: NetworkSettings = {
    vpcCidr: read.text("vpcCidr"),
    publicSubnetCidrs: read.list("publicSubnetCidrs"),
    privateSubnetCidrs: read.list("privateSubnetCidrs"),
    redshiftSubnetCidrs: read.list("redshiftSubnetCidrs"),
    availabilityZones: read.list("availabilityZones"),
    natGateways: read.choice("natGateways", ["OnePerAz", "Single"]),
  };
  problems.push(...checkNetworkCidrs(network));
  problems.push(...checkZones(network.availabilityZones, deployment.region));
  const { redshift, problems: redshiftProblems } = readRedshift(
    read.object("redshift"),
    deployment.region,
  );
  problems.push(...redshiftProblems);
  const emr = read.declared("emr", EMR);
  const iam = read.declared("iam", IAM);
  const { subscriptions, problems: noticeProblems } = readNotices(read.list("notices"));
  const { roles, problems: roleProblems } = readAirflowUserRoles(read.list("airflowUserRoles"));
  problems.push(...noticeProblems, ...roleProblems, ...checkBoundary(iam, deployment.accountId));
  const settings: Omit<Settings, "redshift"> = {
    pipelines: readNames("pipelines", extensions.pipelines, read, problems),
    services: readNames("services", extensions.services, read, problems),
    ofPipelines: Object.fromEntries(
      Object.entries(extensions.declared).map(([key, declaration]) => [
        key,
        read.declared(key, declaration),
      ]),
    ),
    environment,
    files: readFiles(read),
    ...readBuckets(read, problems, deployment),
    logRetentionDays: read.oneOf("logRetentionDays", RETENTION_DAYS),
    network,
    athenaWorkgroupName:
      read.optional("athenaWorkgroupName", /^[a-zA-Z0-9._-]{1,128}$/, "letters, digits, . _ -") ??
      environment.name,
    pollIntervalSeconds: readPollInterval(read, problems),
    emr,
    notices: subscriptions,
    iam,
    airflowUserRoles: roles,
    encryption: readEncryption(read, problems, deployment.region),
    forceDestroy: read.flag("forceDestroy"),
    tags: readTags(read, problems),
  };
  if (problems.length > 0 || redshift === undefined) {
    throw new SettingsError(deployment.stack, problems);
  }
  return { ...settings, redshift };
}

type Reader = ReturnType<typeof reader>;

/** Typed access to the configuration; what does not fit is noted and its default stands in. */
function reader(source: ConfigSource, problems: Problem[]) {
  const reject = <T>(key: Key, value: unknown, allowed: string, otherwise: T): T => {
    problems.push({ setting: key, value, allowed, remedy: "Correct the value." });
    return otherwise;
  };
  const fallback = (key: Key): string => {
    const value: unknown = DEFAULTS[key];
    return typeof value === "string" ? value : JSON.stringify(value);
  };
  const text = (key: Key): string => source.get(key) ?? fallback(key);
  const parsed = (key: Key): unknown => {
    const found = source.get(key);
    return found === undefined ? DEFAULTS[key] : parsedText(found);
  };
  return {
    text,
    flag: (key: Key): boolean => {
      const found = text(key);
      return found === "true" || found === "false"
        ? found === "true"
        : reject(key, found, "true or false", false);
    },
    integer: (key: Key): number => {
      const found = text(key);
      return /^\d{1,9}$/.test(found)
        ? Number(found)
        : reject(key, found, "a whole number", DEFAULTS[key] as number);
    },
    oneOf: <T extends number>(key: Key, allowed: readonly T[]): number => {
      const found = text(key);
      return allowed.map(String).includes(found)
        ? Number(found)
        : reject(key, found, allowed.join(", "), DEFAULTS[key] as number);
    },
    choice: <T extends string>(key: Key, allowed: readonly T[]): T => {
      const found = text(key) as T;
      return allowed.includes(found)
        ? found
        : reject(key, found, allowed.join(", "), DEFAULTS[key] as unknown as T);
    },
    matching: (key: Key, pattern: RegExp, allowed: string): string => {
      const found = text(key);
      return pattern.test(found) ? found : reject(key, found, allowed, fallback(key));
    },
    declared: <T>(key: string, declaration: Declaration<T>): T => {
      const found = source.get(key);
      const given =
        found === undefined
          ? declaration.default
          : declaration.type === "string"
            ? found
            : parsedText(found);
      const { value, problems: own } = declaration.read(key, given);
      problems.push(...own);
      return value;
    },
    optional: (key: Key, pattern: RegExp, allowed: string): string | undefined => {
      const found = text(key);
      if (found === "") {
        return undefined;
      }
      return pattern.test(found) ? found : reject(key, found, `${allowed}, or empty`, undefined);
    },
    list: (key: Key): readonly string[] => {
      const found = parsed(key);
      return Array.isArray(found) && found.every((item) => typeof item === "string")
        ? found
        : reject(key, found, "a list of texts", DEFAULTS[key] as unknown as readonly string[]);
    },
    object: (key: Key): Record<string, unknown> => {
      const found = parsed(key);
      return typeof found === "object" && found !== null && !Array.isArray(found)
        ? (found as Record<string, unknown>)
        : reject(key, found, "a map", DEFAULTS[key] as unknown as Record<string, unknown>);
    },
  };
}

function parsedText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A list of names, each known and once, in the order of those known. */
function readNames(
  key: "pipelines" | "services",
  known: readonly string[],
  read: Reader,
  problems: Problem[],
): readonly string[] {
  const found = read.list(key);
  for (const value of found.filter(
    (name, index) => !known.includes(name) || found.indexOf(name) !== index,
  )) {
    problems.push({
      setting: key,
      value,
      allowed: `each of ${known.join(", ")} at most once`,
      remedy: "Correct or remove it.",
    });
  }
  return known.filter((name) => found.includes(name));
}

function checkKeys(keys: readonly string[], declared: readonly string[]): Problem[] {
  const known = [...Object.keys(DEFAULTS), ...declared];
  return keys
    .filter((key) => !known.includes(key))
    .map((key) => ({
      setting: key,
      value: "set",
      allowed: `one of ${known.join(", ")}`,
      remedy: REMOVED[key] ?? "Correct the name or remove the key.",
    }));
}

function readEnvironment(
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
    configurationOptions: readOptions(read, problems),
    // A role is passed within its account alone.
    executionRoleArn: read.optional(
      "executionRoleArn",
      new RegExp(`^arn:aws(-[a-z]+)*:iam::${deployment.accountId}:role/[\\w+=,.@/-]+$`),
      `the ARN of an IAM role of the account ${deployment.accountId}`,
    ),
  };
}

/** Default name of the environment: `mwaa-`, then project and stack. */
function defaultEnvironmentName({ project, stack }: Deployment): string {
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

function readOptions(read: Reader, problems: Problem[]): Record<string, string> {
  const setting = "airflowConfigurationOptions";
  const options: Record<string, string> = {};
  for (const [option, raw] of Object.entries(read.object(setting))) {
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
        allowed: "a text of printable ASCII characters that is not empty",
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
    } else if (option in OWN_OPTIONS) {
      problems.push({
        setting: `${setting}.${option}`,
        value,
        allowed: "options that the program does not set itself",
        remedy: `Remove it; it is decided by ${OWN_OPTIONS[option]}.`,
      });
    } else {
      options[option] = value;
    }
  }
  return options;
}

function readFiles(read: Reader): AirflowFileSettings {
  const path = /^\S.*$/;
  return {
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

function readBuckets(read: Reader, problems: Problem[], deployment: Deployment) {
  const anything = /^/;
  const createAirflowBucket = read.flag("createAirflowBucket");
  const givenName = read.optional("airflowBucketName", anything, "a bucket name");
  if (!createAirflowBucket && givenName === undefined) {
    problems.push({
      setting: "airflowBucketName",
      value: "",
      allowed: "the name of a bucket that is there, because createAirflowBucket is false",
      remedy: "Name the bucket or set createAirflowBucket to true.",
    });
  }
  const airflowBucketName = givenName ?? defaultBucketName(deployment);
  const dataBucketName =
    read.optional("dataBucketName", anything, "a bucket name") ??
    defaultBucketName({ ...deployment, purpose: "data" });
  problems.push(
    ...checkBucketName("airflowBucketName", airflowBucketName, { isNew: createAirflowBucket }),
  );
  problems.push(...checkBucketName("dataBucketName", dataBucketName));
  if (airflowBucketName === dataBucketName) {
    problems.push({
      setting: "dataBucketName",
      value: dataBucketName,
      allowed: "another bucket than airflowBucketName",
      remedy: "Use two buckets: a role that writes data must not reach the DAGs.",
    });
  }
  const oldVersionRetentionDays = read.integer("oldVersionRetentionDays");
  if (oldVersionRetentionDays < 1) {
    problems.push({
      setting: "oldVersionRetentionDays",
      value: oldVersionRetentionDays,
      allowed: "1 day or more",
      remedy: "Raise it.",
    });
  }
  return { airflowBucketName, createAirflowBucket, dataBucketName, oldVersionRetentionDays };
}

function readPollInterval(read: Reader, problems: Problem[]): number {
  const seconds = read.integer("pollIntervalSeconds");
  if (seconds < 1 || seconds > LONGEST_POLL_SECONDS) {
    problems.push({
      setting: "pollIntervalSeconds",
      value: seconds,
      allowed: `a whole number from 1 to ${LONGEST_POLL_SECONDS}`,
      remedy: `Use ${DEFAULTS.pollIntervalSeconds}, the interval of the waiters of AWS's SDKs, unless tasks are short.`,
    });
  }
  return seconds;
}

function readEncryption(read: Reader, problems: Problem[], region: string): EncryptionSettings {
  const found = read.text("encryptionKey");
  if (found === "aws" || found === "own") {
    return { kind: found };
  }
  // An alias is not enough: https://docs.aws.amazon.com/mwaa/latest/userguide/custom-keys-certs.html
  const arn = /^arn:aws(?:-[a-z]+)*:kms:([a-z0-9-]+):\d{12}:key\/[0-9a-f-]{36}$/.exec(found);
  if (arn === null || arn[1] !== region) {
    problems.push({
      setting: "encryptionKey",
      value: found,
      allowed: `aws, own, or the ARN of a KMS key (no alias) in ${region}`,
      remedy: "Correct the value.",
    });
  }
  return { kind: "existing", keyArn: found };
}

function readTags(read: Reader, problems: Problem[]): Record<string, string> {
  const tags: Record<string, string> = {};
  const found = read.object("tags");
  if (Object.keys(found).length > MOST_TAGS) {
    problems.push({
      setting: "tags",
      value: Object.keys(found),
      allowed: `at most ${MOST_TAGS} tags: AWS allows 50, and the program adds its own`,
      remedy: "Remove some.",
    });
  }
  if (Buffer.byteLength(JSON.stringify(found)) > MOST_TAG_BYTES) {
    problems.push({
      setting: "tags",
      value: `${Buffer.byteLength(JSON.stringify(found))} bytes`,
      allowed: `${MOST_TAG_BYTES} bytes as JSON`,
      remedy: "Shorten or remove some: they travel in a parameter that AWS limits.",
    });
  }
  const names = [...OWN_TAGS, ...Object.keys(found).filter((key) => !OWN_TAGS.includes(key))];
  for (const [key, value] of Object.entries(found)) {
    const other = names.find((name) => name !== key && name.toLowerCase() === key.toLowerCase());
    if (typeof value !== "string" || !TAG_VALUE.test(value) || !TAG_KEY.test(key)) {
      problems.push({
        setting: `tags.${key}`,
        value,
        allowed:
          "a string of 1 to 256 letters, digits, spaces and _ . : / = + - @; the key of 1 to 128 " +
          'of them, not beginning with "aws:"',
        remedy: "Correct the tag.",
      });
    } else if (other !== undefined) {
      problems.push({
        setting: `tags.${key}`,
        value,
        allowed: `keys that differ in more than capitals; ${other} is there, and IAM takes both for one`,
        remedy: OWN_TAGS.includes(other)
          ? `Name it ${other}, which replaces the program's own value, or something else.`
          : "Remove or rename one of them.",
      });
    } else {
      tags[key] = value;
    }
  }
  return tags;
}

function checkZones(zones: readonly string[], region: string): Problem[] {
  const valid =
    zones.length === 0 ||
    (zones.length >= 2 &&
      new Set(zones).size === zones.length &&
      // A local zone or a wavelength zone, as us-east-1-bos-1a, has neither MWAA nor Redshift.
      zones.every((zone) => zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length))));
  return valid
    ? []
    : [
        {
          setting: "availabilityZones",
          value: zones,
          allowed:
            `none for the first of the region, or two or more different zones of ${region}, ` +
            `such as ${region}a; no local zones`,
          remedy: "Correct the list; MWAA uses the first two.",
        },
      ];
}

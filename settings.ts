import * as pulumi from "@pulumi/pulumi";
import {
  type AirflowFileSettings,
  type EnvironmentSettings,
  readEnvironment,
  readFiles,
} from "./checks/airflow";
import { readBuckets } from "./checks/buckets";
import { checkNetworkCidrs, checkRedshiftCidrs } from "./checks/cidr";
import type { Declaration } from "./checks/declaration";
import { readConnections } from "./checks/connections";
import { DEFAULTS } from "./checks/defaults";
import type { Deployment } from "./checks/deployment";
import { EMR, type EmrSettings } from "./checks/emr";
import { EXPIRATION, type ExpirationSettings } from "./checks/expiration";
import {
  type AirflowUserRole,
  IAM,
  type IamSettings,
  checkBoundary,
  readAirflowUserRoles,
} from "./checks/iam";
import {
  type ExistingVpc,
  NETWORK,
  OWN_VPC_SETTINGS,
  VPC_ENDPOINTS,
  checkBeside,
} from "./checks/existingVpc";
import { type Subscription, readNotices } from "./checks/notices";
import { type Problem, describeProblem } from "./checks/problem";
import { type ConfigSource, type Reader, reader } from "./checks/reader";
import { type RedshiftSettings, readRedshift } from "./checks/redshift";
import { readTags } from "./checks/tags";
import { STATEMENTS, type TaskStatement, policyArns } from "./checks/taskPermissions";
import { VARIABLES } from "./checks/variables";
import {
  SECURITY_GROUP_IDS,
  WEBSERVER_INGRESS,
  type WebserverIngress,
  checkIngress,
} from "./checks/webserver";

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
] as const;

/** A task that polls less often keeps a cluster for minutes after its work has ended. */
const LONGEST_POLL_SECONDS = 300;

/** Settings that there were, and why there are none any more. */
const REMOVED: Readonly<Record<string, string>> = {
  endpointManagement:
    "Remove it: the environment's endpoints are MWAA's own. With CUSTOMER the provider reports success while the " +
    "environment waits for endpoints that nothing creates, and fails after 72 hours. docs/network.md has more.",
  workerReplacementStrategy:
    "Remove it: the provider takes it from MWAA's last update, and a new environment has had none, so that the update " +
    "after the creation would replace the environment's workers for this value alone.",
};

/** The network's addresses and zones. */
export interface NetworkSettings {
  /** A VPC that is there; with an empty `vpcId` the stack makes one, of the blocks and zones below. */
  readonly existing: ExistingVpc;
  /** AWS services that the stack makes endpoints for, beside those that its own VPC needs. */
  readonly vpcEndpoints: readonly string[];
  readonly vpcCidr: string;
  readonly publicSubnetCidrs: readonly string[];
  readonly privateSubnetCidrs: readonly string[];
  readonly redshiftSubnetCidrs: readonly string[];
  /** Availability zones by name; empty means the region's first ones. */
  readonly availabilityZones: readonly string[];
  readonly natGateways: "OnePerAz" | "Single" | "None";
  /** Who is admitted to a private web server. */
  readonly webserverIngress: WebserverIngress;
  /** Security groups of the environment beside the stack's own. */
  readonly securityGroupIds: readonly string[];
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
  /** Days after which objects of the data bucket expire. */
  readonly expirationDays: ExpirationSettings;
  /** Days that CloudWatch keeps a log event. */
  readonly logRetentionDays: number;
  readonly network: NetworkSettings;
  readonly redshift: RedshiftSettings;
  readonly athenaWorkgroupName: string;
  /** Seconds between two looks of a task at a cluster, step, notebook or execution. */
  readonly pollIntervalSeconds: number;
  readonly emr: EmrSettings;
  /** Airflow Variables beside those of the platform and the pipelines. */
  readonly variables: Readonly<Record<string, string>>;
  /** Airflow connections by id, each a URI or JSON, with what is secret in them. */
  readonly connections: Readonly<Record<string, string>>;
  /** ARNs of the KMS keys that connections which are there already are encrypted with. */
  readonly connectionsKeyArns: readonly string[];
  /** What tasks may do beside what the pipelines ask for. */
  readonly taskStatements: readonly TaskStatement[];
  /** Managed policies that the execution role gets beside the stack's own. */
  readonly executionRolePolicyArns: readonly string[];
  /** Failure notification subscriptions, for pipelines that publish notices. */
  readonly notices: readonly Subscription[];
  readonly iam: IamSettings;
  /** Roles of Airflow's own that there are managed policies for. */
  readonly airflowUserRoles: readonly AirflowUserRole[];
  readonly encryption: EncryptionSettings;
  /** True: destroy takes buckets, databases and keys with their content. False: they are kept. */
  readonly forceDestroy: boolean;
  readonly tags: Readonly<Record<string, string>>;
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

/** All that is wrong with a stack's settings, in one message. Thrown before anything is created. */
export class SettingsError extends pulumi.RunError {
  public readonly problems: readonly Problem[];

  public constructor(stack: string, problems: readonly Problem[]) {
    const lines = problems.map((problem) => `  - ${describeProblem(problem)}`);
    super(
      `Settings of stack ${stack} are not valid; nothing was created or changed.\n` +
        `${lines.join("\n")}\n` +
        `Edit Pulumi.${stack}.yaml.`,
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
  const network = readNetwork(read, problems);
  problems.push(...checkIngress(network.webserverIngress, environment.webserverAccessMode));
  problems.push(...checkZones(network.availabilityZones, deployment.region));
  const { redshift, problems: redshiftProblems } = readRedshift(
    read.object("redshift"),
    deployment.region,
  );
  problems.push(...redshiftProblems);
  const emr = read.declared("emr", EMR);
  const iam = read.declared("iam", IAM);
  const executionRolePolicyArns = read.declared(
    "executionRolePolicyArns",
    policyArns(deployment.accountId),
  );
  const { subscriptions, problems: noticeProblems } = readNotices(read.list("notices"));
  const { roles, problems: roleProblems } = readAirflowUserRoles(read.list("airflowUserRoles"));
  problems.push(...noticeProblems, ...roleProblems, ...checkBoundary(iam, deployment.accountId));
  if (environment.executionRoleArn !== undefined && executionRolePolicyArns.length > 0) {
    problems.push({
      setting: "executionRolePolicyArns",
      value: executionRolePolicyArns,
      allowed: "none with executionRoleArn, whose role is not the stack's",
      remedy: "Attach them to that role where it is defined.",
    });
  }
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
    expirationDays: read.declared("expirationDays", EXPIRATION),
    logRetentionDays: read.oneOf("logRetentionDays", RETENTION_DAYS),
    network,
    athenaWorkgroupName:
      read.optional("athenaWorkgroupName", /^[a-zA-Z0-9._-]{1,128}$/, "letters, digits, . _ -") ??
      environment.name,
    pollIntervalSeconds: readPollInterval(read, problems),
    emr,
    variables: read.declared("variables", VARIABLES),
    ...readConnections(read, source, problems, { ...deployment, ...environment }),
    taskStatements: read.declared("executionRoleStatements", STATEMENTS),
    executionRolePolicyArns,
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

function readNetwork(read: Reader, problems: Problem[]): NetworkSettings {
  const network: NetworkSettings = {
    existing: read.declared("network", NETWORK),
    vpcEndpoints: read.declared("vpcEndpoints", VPC_ENDPOINTS),
    vpcCidr: read.text("vpcCidr"),
    publicSubnetCidrs: read.list("publicSubnetCidrs"),
    privateSubnetCidrs: read.list("privateSubnetCidrs"),
    redshiftSubnetCidrs: read.list("redshiftSubnetCidrs"),
    availabilityZones: read.list("availabilityZones"),
    natGateways: read.choice("natGateways", ["OnePerAz", "Single", "None"]),
    webserverIngress: read.declared("webserverIngress", WEBSERVER_INGRESS),
    securityGroupIds: read.declared("securityGroupIds", SECURITY_GROUP_IDS),
  };
  problems.push(
    ...checkBeside(network.existing, changedOf(network)),
    ...(network.existing.vpcId === ""
      ? checkNetworkCidrs(network)
      : checkRedshiftCidrs(network.redshiftSubnetCidrs)),
  );
  return network;
}

/** Settings of an own network that are not as they are left out: the engine hands on defaults as if they were set. */
function changedOf(network: NetworkSettings): Readonly<Record<string, unknown>> {
  const { webserverIngress, securityGroupIds } = network;
  const changed: Record<string, unknown> = {};
  for (const key of OWN_VPC_SETTINGS) {
    if (JSON.stringify(network[key]) !== JSON.stringify(DEFAULTS[key])) {
      changed[key] = network[key];
    }
  }
  return {
    ...changed,
    ...(Object.values(webserverIngress).flat().length > 0 ? { webserverIngress } : {}),
    ...(securityGroupIds.length > 0 ? { securityGroupIds } : {}),
  };
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
      remedy:
        key === "pipelines"
          ? "Correct or remove it; a pipeline of your own has a line in components/pipelines/list.ts first."
          : "Correct or remove it.",
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

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { AIRFLOW_LOGS } from "../../checks/airflow";
import { ENVIRONMENT_CLASSES, WEBSERVER_ACCESS_MODES } from "../../checks/environment";
import { SERVICES } from "../../components/plan";
import { NETWORK } from "../existingVpc";
import { ACCOUNT, REGION } from "../mocks";
import { THEIR_BUCKET } from "./network";
import { FILES } from "./stack";

/** Values of a setting among which a live stack changes. */
export interface Values {
  readonly values: readonly unknown[];
  /** Each value to each other; otherwise each to the next one, and back. */
  readonly all?: true;
  /** Further values, among which it changes as well. */
  readonly also?: Values;
  /** They are values of all the setting, not of the field that has them. */
  readonly whole?: true;
  /** Other settings that these values go with. */
  readonly beside?: Readonly<Record<string, unknown>>;
}

const key = (digit: string) =>
  `arn:aws:kms:${REGION}:${ACCOUNT}:key/${digit.repeat(8)}-2222-3333-4444-555566667777`;
const each = (...values: readonly unknown[]): Values => ({ values, all: true });
const some = (...values: readonly unknown[]): Values => ({ values });

const statement = (queue: string) => ({
  Sid: "SendOrders",
  Action: "sqs:SendMessage",
  Resource: `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue}`,
});

/** Files that take the place of no file, and of others. */
export function localFiles(): { readonly folder: string; readonly remove: () => void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "live-stack-"));
  fs.mkdirSync(path.join(folder, "dags"));
  fs.mkdirSync(path.join(folder, "plugins"));
  fs.writeFileSync(path.join(folder, "dags", "other.py"), "# other\n");
  fs.writeFileSync(path.join(folder, "plugins", "plugin.py"), "# plugin\n");
  fs.writeFileSync(path.join(folder, "startup.sh"), "#!/bin/bash\n");
  return { folder, remove: () => fs.rmSync(folder, { recursive: true }) };
}

/** Values of every setting, by its name, and by those of its fields. */
export function settingValues(folder: string): Readonly<Record<string, Values>> {
  const file = (...parts: string[]) => path.join(folder, ...parts);
  const redshift = (kind: string, fields: object) => ({ kind, ...fields });
  return {
    pipelines: some(["movie-list", "movielens", "notebook"], ["movielens"], []),
    services: { values: [[...SERVICES], ["athena"], []], beside: { pipelines: [] } },
    environmentName: some("mwaa-one", "mwaa-other", ""),
    airflowVersion: { values: ["3.2.1", "3.3.0"], beside: { requirementsFile: "" } },
    environmentClass: each(...ENVIRONMENT_CLASSES),
    minWorkers: { values: [1, 2, 3], beside: { maxWorkers: 4 } },
    maxWorkers: some(1, 5),
    minWebservers: { values: [0, 2, 3], beside: { maxWebservers: 4 } },
    maxWebservers: some(0, 2, 5),
    schedulers: some(0, 2, 4),
    webserverAccessMode: each(...WEBSERVER_ACCESS_MODES),
    weeklyMaintenanceWindowStart: some("SUN:04:00", "MON:03:30"),
    airflowLogLevels: each(
      {},
      { task: "INFO" },
      { task: "DEBUG", scheduler: "ERROR" },
      Object.fromEntries(AIRFLOW_LOGS.map((log) => [log, "OFF"])),
    ),
    logRetentionDays: some(30, 1, 3653),
    airflowConfigurationOptions: some(
      {},
      { "core.parallelism": "8" },
      { "core.parallelism": "16" },
    ),
    pollIntervalSeconds: some(30, 1, 300),
    executionRoleArn: some(
      "",
      `arn:aws:iam::${ACCOUNT}:role/one`,
      `arn:aws:iam::${ACCOUNT}:role/other`,
    ),
    executionRolePolicyArns: some(
      [],
      [`arn:aws:iam::${ACCOUNT}:policy/one`],
      [`arn:aws:iam::${ACCOUNT}:policy/other`],
    ),
    executionRoleStatements: some([], [statement("one")], [statement("other")]),
    connectionsKeyArns: {
      ...some([], [key("1")], [key("2")]),
      beside: {
        airflowConfigurationOptions: {
          "secrets.backend_kwargs": { connections_prefix: "/team/connections" },
        },
      },
    },
    connections: some({}, { films: "http://films.example.com" }, { films: { conn_type: "http" } }),
    variables: some({}, { orders_queue: "one" }, { orders_queue: "other" }),
    airflowBucketName: some("", "airflow-one", "airflow-other", THEIR_BUCKET),
    createAirflowBucket: { values: [true, false], beside: { airflowBucketName: THEIR_BUCKET } },
    dataBucketName: some("", "airflow-data-one", "airflow-data-other", THEIR_BUCKET),
    oldVersionRetentionDays: some(90, 1, 365),
    dags: some("managed", "external"),
    "expirationDays.queryResults": some(30, 1, 3650),
    "expirationDays.runFiles": some(30, 1),
    "expirationDays.logs": some(90, 1),
    dagS3Path: some("dags", "other/dags"),
    dagsFolder: some(FILES.dagsFolder, file("dags")),
    dagsIgnore: some([], ["helpers/"]),
    requirementsFile: some(FILES.requirementsFile, ""),
    pluginsFolder: some("", file("plugins")),
    startupScript: some("", file("startup.sh")),
    vpcCidr: some("10.192.0.0/16", "10.192.0.0/17", "10.192.0.0/18"),
    publicSubnetCidrs: each(
      ["10.192.10.0/24", "10.192.11.0/24"],
      ["10.192.110.0/24", "10.192.111.0/24"],
      ["10.192.11.0/24", "10.192.10.0/24"],
    ),
    privateSubnetCidrs: each(
      ["10.192.20.0/24", "10.192.21.0/24"],
      ["10.192.120.0/24", "10.192.21.0/24"],
      ["10.192.20.0/25", "10.192.21.0/25"],
      ["10.192.21.0/24", "10.192.20.0/24"],
    ),
    redshiftSubnetCidrs: each(
      ["10.192.30.0/24", "10.192.31.0/24", "10.192.32.0/24"],
      ["10.192.30.0/24", "10.192.31.0/24"],
      ["10.192.130.0/24", "10.192.131.0/24", "10.192.132.0/24"],
    ),
    availabilityZones: each([], ["a", "b", "c"].map(zone), ["b", "c", "d"].map(zone)),
    natGateways: {
      ...each("OnePerAz", "Single", "None"),
      beside: { movielensSource: "s3://films/ml.zip" },
    },
    "webserverIngress.cidrBlocks": {
      values: [[], ["10.8.0.0/22"], ["10.8.0.0/22", "172.16.0.0/12"]],
      beside: { webserverAccessMode: "PRIVATE_ONLY" },
    },
    "webserverIngress.securityGroupIds": {
      values: [[], ["sg-01234567"], ["sg-89abcdef"]],
      beside: { webserverAccessMode: "PRIVATE_ONLY" },
    },
    "network.vpcId": { values: [{}, NETWORK], whole: true },
    "network.subnetIds": {
      values: [NETWORK.subnetIds, [NETWORK.subnetIds[0], "subnet-0000000d"]],
      beside: { network: NETWORK },
    },
    "network.securityGroupIds": {
      values: [[], ["sg-0000000a"], ["sg-0000000b"]],
      beside: { network: NETWORK },
    },
    "network.routeTableIds": {
      values: [[], ["rtb-0000000f"]],
      beside: { network: NETWORK, vpcEndpoints: ["s3"] },
    },
    vpcEndpoints: {
      ...some([], ["ssm"], ["ssm", "ecr.api"]),
      also: { ...some([], ["ssm"], ["ssm", "s3"]), beside: { network: NETWORK } },
    },
    securityGroupIds: some([], ["sg-01234567"], ["sg-89abcdef", "sg-01234567"]),
    redshift: {
      ...each(
        redshift("serverless", {}),
        redshift("provisioned", {}),
        redshift("existing", { workgroupName: "theirs" }),
        redshift("existing", { clusterIdentifier: "theirs" }),
      ),
      also: some(
        redshift("serverless", { database: "other" }),
        redshift("serverless", {}),
        redshift("serverless", { tableName: "other" }),
        redshift("serverless", { readers: ["role analysts", "user bob"] }),
        redshift("serverless", { baseCapacity: 32, maxCapacity: 64 }),
        redshift("provisioned", { nodeType: "ra3.xlplus", numberOfNodes: 2 }),
        redshift("provisioned", {}),
        redshift("provisioned", { database: "other" }),
      ),
    },
    athenaWorkgroupName: some("", "one", "other"),
    notices: some([], ["email:data@example.com"], ["email:other@example.com"]),
    airflowUserRoles: some([], ["Viewer"], ["Admin", "Viewer"]),
    encryptionKey: each("aws", "own", key("1"), key("2")),
    forceDestroy: each(true, false),
    tags: each(
      {},
      { Team: "data" },
      { Environment: "other", Name: "one" },
      { Project: "other" },
      { Stack: "other" },
    ),
    "emr.releaseLabel": some("emr-7.13.0", "emr-7.12.0"),
    "emr.masterInstanceType": some("m5.xlarge", "m5.2xlarge"),
    "emr.coreInstanceType": some("m5.xlarge", "m5.2xlarge"),
    "emr.coreInstanceCount": some(2, 1, 100),
    "emr.coreMarket": each("ON_DEMAND", "SPOT"),
    "emr.idleTimeoutSeconds": some(7200, 604_800),
    "emr.certificateObject": some(
      undefined,
      "s3://certificates/one.zip",
      "s3://certificates/b.zip",
    ),
    "iam.permissionsBoundary": some(
      "",
      `arn:aws:iam::${ACCOUNT}:policy/one`,
      `arn:aws:iam::${ACCOUNT}:policy/other`,
    ),
    "iam.path": some("/", "/data/", "/other/"),
    movielensSource: some("https://example.com/ml.zip", "s3://films/ml.zip"),
    movieListSchedule: some("*/10 * * * *", "none"),
    athenaDatabaseName: some("", "one", "other"),
    "glue.version": some("5.1", "5.0"),
    "glue.workerType": some("G.1X", "G.2X"),
    "glue.workers": some(2, 299),
    "glue.timeoutMinutes": some(60, 1, 10_080),
    "glue.minRatings": some(0, 100),
    "notebook.schedule": some("0 * * * *", "none"),
    "notebook.inputLocation": some("", "s3://reviews/parquet/", "s3://reviews/"),
    "notebook.categories": some("Books", "Apparel,Books"),
    "notebook.fromDate": some("2015-08-25", "2015-08-01"),
    "notebook.toDate": some("2015-08-31", "2015-08-30"),
    "notebook.editorId": {
      values: ["e-0123456789A", "e-0123456789B"],
      beside: { notebook: { editorLocation: "s3://studio/e/" } },
    },
    "notebook.editorLocation": {
      values: ["s3://studio/e/", "s3://studio/other/"],
      beside: { notebook: { editorId: "e-0123456789A" } },
    },
    "notebook.fileName": {
      values: ["one.ipynb", "other.ipynb"],
      beside: { notebook: { editorId: "e-0123456789A", editorLocation: "s3://studio/e/" } },
    },
  };
}

const zone = (letter: string) => `${REGION}${letter}`;

/** A change of one setting. */
export interface Change {
  readonly setting: string;
  readonly from: Readonly<Record<string, unknown>>;
  readonly to: Readonly<Record<string, unknown>>;
  /** What changes, for a message. */
  readonly label: string;
}

/** Every change that is to be tried. */
export function changesOf(settings: Readonly<Record<string, Values>>): Change[] {
  return Object.entries(settings).flatMap(
    ([setting, { values, all, also, whole, beside = {} }]) => [
      ...(also === undefined ? [] : changesOf({ [setting]: also })),
      ...values.flatMap((from, index) =>
        values
          .filter((_, other) => other !== index && (all === true || Math.abs(other - index) === 1))
          .map((to) => ({
            setting,
            from: configured(whole === true ? setting.split(".")[0] : setting, from, beside),
            to: configured(whole === true ? setting.split(".")[0] : setting, to, beside),
            label: `${setting}: ${JSON.stringify(from)} to ${JSON.stringify(to)}`,
          })),
      ),
    ],
  );
}

/** A setting as a stack's file has it; a field beside the other fields. */
function configured(
  setting: string,
  value: unknown,
  beside: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const [name, field] = setting.split(".");
  return {
    ...beside,
    [name]: field === undefined ? value : { ...(beside[name] as object), [field]: value },
  };
}

/** Settings that change at once: each with the one a few names on, so that most come from different parts. */
export function pairsOf(settings: readonly string[]): (readonly [string, string])[] {
  return settings.map((one, index) => [one, settings[(index + PAIR_DISTANCE) % settings.length]]);
}

const PAIR_DISTANCE = 17;

/** The first change of one setting together with the first of another, and its undoing. */
export function changesOfBoth(
  settings: Readonly<Record<string, Values>>,
  one: string,
  other: string,
): Pick<Change, "from" | "to" | "label">[] {
  const [first, second] = [one, other].map(
    (name) => changesOf({ [name]: { ...settings[name], also: undefined } })[0],
  );
  const from = merged(first.from, second.from);
  const to = merged(first.to, second.to);
  const label = `${first.label} and ${second.label}`;
  return [
    { from, to, label },
    { from: to, to: from, label: `back from ${label}` },
  ];
}

/** Settings of both; of objects, the fields of both. */
function merged(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const isObject = (value: unknown): value is object =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  return Object.fromEntries(
    Object.entries({ ...one, ...other }).map(([name, value]) => {
      const before = one[name];
      return [name, isObject(value) && isObject(before) ? { ...before, ...value } : value];
    }),
  );
}

import { PolicyResource } from "@pulumi/policy";

import { mwaaAllLogs } from "../../../policy/rules/mwaa/mwaa-all-logs";
import { mwaaClassAndWorkers } from "../../../policy/rules/mwaa/mwaa-class-and-workers";
import { mwaaMaintenanceWindow } from "../../../policy/rules/mwaa/mwaa-maintenance-window";
import { mwaaOwnKey } from "../../../policy/rules/mwaa/mwaa-own-key";
import { mwaaPinnedObjectVersions } from "../../../policy/rules/mwaa/mwaa-pinned-object-versions";
import { mwaaPrivateWebserver } from "../../../policy/rules/mwaa/mwaa-private-webserver";
import { mwaaSupportedVersion } from "../../../policy/rules/mwaa/mwaa-supported-version";
import { mwaaTaskLogs } from "../../../policy/rules/mwaa/mwaa-task-logs";
import { ENVIRONMENT } from "../../../policy/types";
import { Case, UNKNOWN, resource, table } from "../graph";

const environment = (props: Record<string, unknown>) => resource(ENVIRONMENT, "env", props);
const other = (props: Record<string, unknown>): PolicyResource =>
  resource("aws:sqs/queue:Queue", "queue", props);

const passes = (when: string, props: Record<string, unknown>): Case => ({
  when,
  resources: [environment(props)],
});
const refuses = (when: string, props: Record<string, unknown>, ...messages: RegExp[]): Case => ({
  when,
  resources: [environment(props)],
  violations: messages.map((message) => ["env", message] as const),
});
const undecided = (when: string, props: Record<string, unknown>, what: RegExp): Case => ({
  when,
  resources: [environment(props)],
  notChecked: what,
});

const logs = (enabled: readonly string[], logLevel = "INFO") => ({
  loggingConfiguration: Object.fromEntries(
    ["dagProcessingLogs", "schedulerLogs", "taskLogs", "webserverLogs", "workerLogs"].map((log) => [
      log,
      enabled.includes(log) ? { enabled: true, logLevel } : { enabled: false },
    ]),
  ),
});
const ALL = ["dagProcessingLogs", "schedulerLogs", "taskLogs", "webserverLogs", "workerLogs"];

table(mwaaTaskLogs, [
  passes("they are on at INFO", logs(["taskLogs"])),
  passes("they are on at DEBUG", logs(["taskLogs"], "DEBUG")),
  refuses("they are off", logs([]), /Task logs are off/),
  refuses("nothing is said of them", {}, /Task logs are off/),
  refuses("they are at WARNING", logs(["taskLogs"], "WARNING"), /at WARNING; INFO or DEBUG/),
  refuses("they are at ERROR", logs(["taskLogs"], "ERROR"), /at ERROR/),
  undecided("they are not known yet", { loggingConfiguration: UNKNOWN }, /loggingConfiguration/),
  { when: "a resource has another type", resources: [other({})] },
]);

table(mwaaAllLogs, [
  passes("all five are on", logs(ALL)),
  ...ALL.map((log) =>
    refuses(`${log} is off`, logs(ALL.filter((one) => one !== log)), new RegExp(`^${log} is off`)),
  ),
  refuses("nothing is said of them", {}, /dagProcessingLogs, .*workerLogs are off/),
  undecided("they are not known yet", { loggingConfiguration: UNKNOWN }, /loggingConfiguration/),
  { when: "a resource has another type", resources: [other({})] },
]);

table(mwaaClassAndWorkers, [
  passes("nothing is said", {}),
  passes("the numbers agree", {
    environmentClass: "mw1.medium",
    minWorkers: 1,
    maxWorkers: 5,
    minWebservers: 2,
    maxWebservers: 3,
    schedulers: 2,
  }),
  passes("mw1.micro has one of each", {
    environmentClass: "mw1.micro",
    minWorkers: 1,
    maxWorkers: 1,
    minWebservers: 1,
    maxWebservers: 1,
    schedulers: 1,
  }),
  refuses("fewer workers are allowed than needed", { minWorkers: 3, maxWorkers: 2 }, /more than/),
  refuses("there is no worker", { minWorkers: 0, maxWorkers: 2 }, /1 to 25/),
  refuses("there are too many workers", { maxWorkers: 26 }, /1 to 25/),
  refuses("mw1.micro has two workers", { environmentClass: "mw1.micro", maxWorkers: 2 }, /1 to 1/),
  refuses(
    "mw1.micro has two schedulers",
    { environmentClass: "mw1.micro", schedulers: 2 },
    /1 to 1/,
  ),
  refuses(
    "there is no such class",
    { environmentClass: "mw1.tiny" },
    /is mw1\.tiny; one of .*2xlarge/,
  ),
  refuses("there is one scheduler", { schedulers: 1 }, /schedulers is 1; mw1.small takes 2 to 5/),
  refuses("there are six schedulers", { schedulers: 6 }, /schedulers is 6/),
  refuses("there is one web server", { minWebservers: 1 }, /minWebservers is 1/),
  refuses(
    "web servers are the wrong way round",
    { minWebservers: 4, maxWebservers: 3 },
    /more than maxWebservers/,
  ),
  undecided("a number is not known yet", { minWorkers: UNKNOWN }, /minWorkers/),
  { when: "a resource has another type", resources: [other({ minWorkers: 3, maxWorkers: 1 })] },
]);

table(mwaaSupportedVersion, [
  passes("it is supported", { airflowVersion: "3.2.1" }),
  refuses("it is too old", { airflowVersion: "1.10.12" }, /is 1\.10\.12; one of .*3\.2\.1/),
  passes("it is missing", {}),
  {
    when: "it is missing and one has to be named",
    resources: [environment({})],
    configuration: { named: true },
    violations: [["env", /is missing/]],
  },
  undecided("it is not known yet", { airflowVersion: UNKNOWN }, /airflowVersion/),
  {
    when: "the parameter allows others",
    resources: [environment({ airflowVersion: "9.9.9" })],
    configuration: { versions: ["9.9.9"] },
  },
  { when: "a resource has another type", resources: [other({})] },
]);

table(mwaaPinnedObjectVersions, [
  passes("there are no files", {}),
  passes("all have versions", {
    requirementsS3Path: "requirements.txt",
    requirementsS3ObjectVersion: "1",
    pluginsS3Path: "plugins.zip",
    pluginsS3ObjectVersion: "2",
    startupScriptS3Path: "startup.sh",
    startupScriptS3ObjectVersion: "3",
  }),
  passes("the version is given and not known yet", {
    requirementsS3Path: "requirements.txt",
    requirementsS3ObjectVersion: UNKNOWN,
  }),
  ...["requirements", "plugins", "startupScript"].map((file) =>
    refuses(
      `${file} has none`,
      { [`${file}S3Path`]: "file" },
      new RegExp(`${file}S3ObjectVersion is not`),
    ),
  ),
  refuses("a path is not known yet and has none", { pluginsS3Path: UNKNOWN }, /pluginsS3Object/),
  { when: "a resource has another type", resources: [other({ pluginsS3Path: "x" })] },
]);

table(mwaaPrivateWebserver, [
  passes("it is private", { webserverAccessMode: "PRIVATE_ONLY" }),
  passes("nothing is said", {}),
  refuses("it is public", { webserverAccessMode: "PUBLIC_ONLY" }, /is PUBLIC_ONLY/),
  refuses("it is both", { webserverAccessMode: "PUBLIC_AND_PRIVATE" }, /is PUBLIC_AND_PRIVATE/),
  undecided("it is not known yet", { webserverAccessMode: UNKNOWN }, /webserverAccessMode/),
  {
    when: "a resource has another type",
    resources: [other({ webserverAccessMode: "PUBLIC_ONLY" })],
  },
]);

table(mwaaOwnKey, [
  passes("there is one", { kmsKey: "arn:aws:kms:us-east-1:123456789012:key/1" }),
  passes("it is given and not known yet", { kmsKey: UNKNOWN }),
  refuses("there is none", {}, /kmsKey is missing/),
  refuses("it is empty", { kmsKey: "" }, /kmsKey is missing/),
  { when: "a resource has another type", resources: [other({})] },
]);

table(mwaaMaintenanceWindow, [
  passes("it was chosen", { weeklyMaintenanceWindowStart: "SUN:04:00" }),
  passes("it is given and not known yet", { weeklyMaintenanceWindowStart: UNKNOWN }),
  refuses("it was not", {}, /is missing/),
  { when: "a resource has another type", resources: [other({})] },
]);

import { athenaDatabaseEncryption } from "../../../policy/rules/athena/athena-database-encryption";
import { athenaEnforcedWorkgroup } from "../../../policy/rules/athena/athena-enforced-workgroup";
import { athenaExpectedBucketOwner } from "../../../policy/rules/athena/athena-expected-bucket-owner";
import { athenaMetrics } from "../../../policy/rules/athena/athena-metrics";
import { athenaResultEncryption } from "../../../policy/rules/athena/athena-result-encryption";
import { Case, UNKNOWN, resource, table } from "../graph";

const WORKGROUP = "aws:athena/workgroup:Workgroup";
const DATABASE = "aws:athena/database:Database";
const CATALOG = "aws:athena/dataCatalog:DataCatalog";
const KEY = "arn:aws:kms:us-east-1:123456789012:key/1";

const workgroup = (configuration: unknown, type = WORKGROUP) =>
  resource(type, "workgroup", { configuration });
const database = (props: Record<string, unknown>, type = DATABASE) =>
  resource(type, "database", props);

/** The table of a setting of a workgroup that must be true. */
const mustBeTrue = (setting: string): Case[] => [
  { when: "it is true", resources: [workgroup({ [setting]: true })] },
  { when: "it is the provider's default", resources: [workgroup({})] },
  {
    when: "it is false",
    resources: [workgroup({ [setting]: false })],
    violations: [["workgroup", new RegExp(`${setting} of the workgroup workgroup is false; true`)]],
  },
  ...[undefined, null].map((configuration): Case => ({
    when: `the configuration is ${JSON.stringify(configuration)}`,
    resources: [workgroup(configuration)],
    violations: [["workgroup", new RegExp(`no configuration; one with ${setting} true`)]],
  })),
  {
    when: "it is not known yet",
    resources: [workgroup({ [setting]: UNKNOWN })],
    notChecked: new RegExp(`of workgroup: .*${setting}`),
  },
  {
    when: "the configuration is not known yet",
    resources: [workgroup(UNKNOWN)],
    notChecked: /of workgroup: .*configuration/,
  },
  { when: "another type has none", resources: [workgroup(undefined, CATALOG)] },
];

const encrypted = (encryptionOption: unknown, kmsKeyArn?: unknown) =>
  workgroup({
    resultConfiguration: { encryptionConfiguration: { encryptionOption, kmsKeyArn } },
  });

const resultEncryption: readonly Case[] = [
  { when: "it is by S3", resources: [encrypted("SSE_S3")] },
  { when: "it is by KMS", resources: [encrypted("SSE_KMS", KEY)] },
  { when: "it is by the client", resources: [encrypted("CSE_KMS", KEY)] },
  { when: "it is by a key that is not known yet", resources: [encrypted("SSE_KMS", UNKNOWN)] },
  {
    when: "Athena keeps the results",
    resources: [workgroup({ managedQueryResultsConfiguration: { enabled: true } })],
  },
  {
    when: "Athena does not keep the results",
    resources: [workgroup({ managedQueryResultsConfiguration: { enabled: false } })],
    violations: [["workgroup", /"missing"; one of SSE_S3, SSE_KMS, CSE_KMS/]],
  },
  ...["SSE_KMS", "CSE_KMS"].map((option): Case => ({
    when: `it is ${option} without a key`,
    resources: [encrypted(option)],
    violations: [["workgroup", new RegExp(`"${option}" and no kmsKeyArn`)]],
  })),
  {
    when: "it is by nothing that Athena has",
    resources: [encrypted("NONE")],
    violations: [["workgroup", /"NONE"; one of/]],
  },
  ...[
    undefined,
    {},
    { resultConfiguration: {} },
    { resultConfiguration: { encryptionConfiguration: {} } },
  ].map((configuration): Case => ({
    when: `the configuration is ${JSON.stringify(configuration)}`,
    resources: [workgroup(configuration)],
    violations: [["workgroup", /"missing"/]],
  })),
  {
    when: "it must be by KMS and is by S3",
    resources: [encrypted("SSE_S3")],
    configuration: { options: ["SSE_KMS"] },
    violations: [["workgroup", /"SSE_S3"; one of SSE_KMS is needed/]],
  },
  {
    when: "it is not known yet",
    resources: [encrypted(UNKNOWN)],
    notChecked: /encryptionOption/,
  },
  { when: "another type has none", resources: [workgroup(undefined, CATALOG)] },
];

const databaseEncryption: readonly Case[] = [
  ...["SSE_S3", "SSE_KMS", "CSE_KMS"].map((encryptionOption): Case => ({
    when: `it is ${encryptionOption}`,
    resources: [database({ encryptionConfiguration: { encryptionOption, kmsKey: UNKNOWN } })],
  })),
  {
    when: "it is by nothing that Athena has",
    resources: [database({ encryptionConfiguration: { encryptionOption: "NONE" } })],
    violations: [["database", /"NONE"; one of/]],
  },
  ...[undefined, null, {}].map((encryptionConfiguration): Case => ({
    when: `the configuration is ${JSON.stringify(encryptionConfiguration)}`,
    resources: [database({ encryptionConfiguration })],
    violations: [["database", /"missing"/]],
  })),
  {
    when: "it is not known yet",
    resources: [database({ encryptionConfiguration: { encryptionOption: UNKNOWN } })],
    notChecked: /encryptionOption/,
  },
  {
    when: "the database is Glue's",
    resources: [database({}, "aws:glue/catalogDatabase:CatalogDatabase")],
  },
];

const ownedBy = (expectedBucketOwner: unknown) =>
  workgroup({ resultConfiguration: { expectedBucketOwner } });

const expectedBucketOwner: readonly Case[] = [
  { when: "a workgroup names the account", resources: [ownedBy("123456789012")] },
  {
    when: "a database names the account",
    resources: [database({ expectedBucketOwner: "123456789012" })],
  },
  {
    when: "Athena keeps the results",
    resources: [workgroup({ managedQueryResultsConfiguration: { enabled: true } })],
  },
  ...[undefined, {}, { resultConfiguration: {} }].map((configuration): Case => ({
    when: `the configuration is ${JSON.stringify(configuration)}`,
    resources: [workgroup(configuration)],
    violations: [["workgroup", /expectedBucketOwner of workgroup is "missing"; the 12 digits/]],
  })),
  {
    when: "a workgroup names no account",
    resources: [ownedBy("me")],
    violations: [["workgroup", /"me"/]],
  },
  {
    when: "a database names none",
    resources: [database({})],
    violations: [["database", /expectedBucketOwner of database is "missing"/]],
  },
  {
    when: "it is not known yet",
    resources: [ownedBy(UNKNOWN)],
    notChecked: /expectedBucketOwner/,
  },
  { when: "another type names none", resources: [database({}, CATALOG)] },
];

describe("rules on Athena", () => {
  table(athenaEnforcedWorkgroup, mustBeTrue("enforceWorkgroupConfiguration"));
  table(athenaMetrics, mustBeTrue("publishCloudwatchMetricsEnabled"));
  table(athenaResultEncryption, resultEncryption);
  table(athenaDatabaseEncryption, databaseEncryption);
  table(athenaExpectedBucketOwner, expectedBucketOwner);
});

import { glueCatalogEncryption } from "../../../policy/rules/glue/glue-catalog-encryption";
import { glueCrawlerSecurityConfiguration } from "../../../policy/rules/glue/glue-crawler-security-configuration";
import { glueDatabaseName } from "../../../policy/rules/glue/glue-database-name";
import { glueJobBookmarkOrIdempotent } from "../../../policy/rules/glue/glue-job-bookmark-or-idempotent";
import { glueJobLogging } from "../../../policy/rules/glue/glue-job-logging";
import { glueJobMetrics } from "../../../policy/rules/glue/glue-job-metrics";
import { glueJobNoSecretsInArguments } from "../../../policy/rules/glue/glue-job-no-secrets-in-arguments";
import { glueJobRetriesBounded } from "../../../policy/rules/glue/glue-job-retries-bounded";
import { glueJobSecurityConfiguration } from "../../../policy/rules/glue/glue-job-security-configuration";
import { glueJobSupportedVersion } from "../../../policy/rules/glue/glue-job-supported-version";
import { glueJobTimeout } from "../../../policy/rules/glue/glue-job-timeout";
import { glueSecurityConfigurationEncrypts } from "../../../policy/rules/glue/glue-security-configuration-encrypts";
import { UNKNOWN, table } from "../graph";
import { variants } from "../variants";

const JOB = "aws:glue/job:Job";
const CRAWLER = "aws:glue/crawler:Crawler";
const DATABASE = "aws:glue/catalogDatabase:CatalogDatabase";
const SECURITY = "aws:glue/securityConfiguration:SecurityConfiguration";
const CATALOG = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings";

const command = (name: string | undefined, pythonVersion?: string) => ({
  command: { name, pythonVersion, scriptLocation: "s3://b/job.py" },
});
const args = (defaultArguments: unknown, nonOverridableArguments?: unknown) => ({
  defaultArguments,
  nonOverridableArguments,
});

table(
  glueJobSecurityConfiguration,
  variants(
    JOB,
    { securityConfiguration: "encrypted" },
    {
      passes: { "its name is not known yet": { securityConfiguration: UNKNOWN } },
      refuses: {
        "there is none": [{ securityConfiguration: undefined }, /of the job subject is missing/],
      },
    },
  ),
);

table(
  glueCrawlerSecurityConfiguration,
  variants(
    CRAWLER,
    { securityConfiguration: "encrypted" },
    {
      passes: { "its name is not known yet": { securityConfiguration: UNKNOWN } },
      refuses: {
        "there is none": [{ securityConfiguration: "" }, /of the crawler subject is missing/],
      },
    },
  ),
);

table(
  glueJobRetriesBounded,
  variants(
    JOB,
    { maxRetries: 0 },
    {
      passes: { "nothing is said": { maxRetries: undefined } },
      refuses: { "Glue retries": [{ maxRetries: 1 }, /maxRetries.*is 1; at most 0/] },
      undecided: { "it is not known": [{ maxRetries: UNKNOWN }, /maxRetries/] },
      configured: {
        "the stack allows two and there are two": [{ maxRetries: 2 }, { highest: 2 }, undefined],
        "the stack allows two and there are three": [
          { maxRetries: 3 },
          { highest: 2 },
          /is 3; at most 2/,
        ],
      },
    },
  ),
);

table(
  glueJobTimeout,
  variants(
    JOB,
    { ...command("glueetl"), timeout: 60 },
    {
      passes: {
        "it is at the bound": { timeout: 480 },
        "a stream has none": { ...command("gluestreaming"), timeout: undefined },
        "a Ray job has none": { ...command("glueray"), timeout: undefined },
      },
      refuses: {
        "there is none": [{ timeout: undefined }, /is missing; one of at most 480/],
        "it is above the bound": [{ timeout: 2880 }, /is 2880 minutes; one of at most 480/],
        "it is zero": [{ timeout: 0 }, /is missing/],
        "a Python shell has none": [
          { ...command("pythonshell"), timeout: undefined },
          /is missing; one of at most 480/,
        ],
      },
      undecided: { "it is not known": [{ timeout: UNKNOWN }, /timeout/] },
      configured: {
        "the stack wants less": [{}, { longest: 30 }, /is 60 minutes; one of at most 30/],
      },
    },
  ),
);

const LOG = "--enable-continuous-cloudwatch-log";

table(
  glueJobLogging,
  variants(
    JOB,
    { ...command("glueetl"), glueVersion: "4.0", ...args({ [LOG]: "true" }) },
    {
      passes: {
        "Glue 5.0 always logs": { glueVersion: "5.0", ...args(undefined) },
        "Glue 5.1 always logs": { glueVersion: "5.1", ...args(undefined) },
        "a run cannot switch it off": args({}, { [LOG]: "true" }),
        "a Python shell always logs": { ...command("pythonshell"), ...args(undefined) },
      },
      refuses: {
        "it is off": [args({ [LOG]: "false" }), /is "false"; "true" is needed/],
        "nothing is said": [args(undefined), /is missing; "true" is needed/],
        "no version is named": [{ glueVersion: undefined, ...args({}) }, /is missing/],
        "a run cannot switch it on": [args({ [LOG]: "true" }, { [LOG]: "false" }), /is "false"/],
      },
      undecided: {
        "the version is not known": [{ glueVersion: UNKNOWN }, /glueVersion/],
        "the arguments are not known": [args(UNKNOWN), /defaultArguments/],
      },
    },
  ),
);

table(
  glueJobMetrics,
  variants(JOB, args({ "--enable-metrics": "true" }), {
    passes: {
      "observability metrics are on": args({ "--enable-observability-metrics": "true" }),
      "a Python shell has none": { ...command("pythonshell"), ...args({}) },
    },
    refuses: {
      "nothing is said": [args(undefined), /neither --enable-metrics nor/],
      "it is another value": [
        args({ "--enable-metrics": "false" }),
        /neither --enable-metrics nor/,
      ],
    },
    undecided: { "the arguments are not known": [args(UNKNOWN), /defaultArguments/] },
  }),
);

const bookmark = (value: unknown) => args({ "--job-bookmark-option": value });

table(
  glueJobBookmarkOrIdempotent,
  variants(JOB, bookmark("job-bookmark-enable"), {
    passes: {
      "it is stated that there are none": bookmark("job-bookmark-disable"),
      "a Python shell has none": { ...command("pythonshell"), ...args({}) },
    },
    refuses: {
      "nothing is said": [args({}), /is missing; one of/],
      "it is none of Glue's": [bookmark("enable"), /is "enable"; one of/],
    },
    undecided: { "it is not known": [bookmark(UNKNOWN), /job-bookmark-option/] },
  }),
);

table(
  glueJobNoSecretsInArguments,
  variants(
    JOB,
    args({ "--database": "movies", "--api-token": "arn:aws:secretsmanager:us-east-1:1:secret:x" }),
    {
      passes: {
        "there are no arguments": args(undefined),
        "it is something about a secret": args({ "--password-policy": "strict" }),
      },
      refuses: {
        "a name says so": [
          args({ "--db-password": "hunter2" }),
          /--db-password in defaultArguments.*by its name/,
        ],
        "a value says so": [
          args({ "--jdbc": "jdbc:postgresql://loader:hunter2@db/movies" }),
          /--jdbc in defaultArguments.*holds a/,
        ],
        "it is among those that a run cannot change": [
          args({}, { "--token": "abc" }),
          /--token in nonOverridableArguments.*by its name/,
        ],
        "there are two": [args({ "--token": "abc", "--secret": "def" }), [/--token/, /--secret/]],
      },
      undecided: {
        "a value is not known": [args({ "--token": UNKNOWN }), /--token/],
        "the arguments are not known": [args(UNKNOWN), /defaultArguments/],
      },
    },
  ),
);

table(
  glueJobSupportedVersion,
  variants(
    JOB,
    { ...command(undefined), glueVersion: "5.1" },
    {
      passes: {
        "a Python shell has a supported Python": {
          ...command("pythonshell", "3.9"),
          glueVersion: undefined,
        },
      },
      refuses: {
        "it is an old one": [{ glueVersion: "2.0" }, /is 2\.0; one of 4\.0, 5\.0, 5\.1/],
        "none is named": [{ glueVersion: undefined }, /is missing; one of/],
        "a Python shell has an old Python": [command("pythonshell", "3"), /is 3; 3\.9 is needed/],
        "a Python shell names no Python": [command("pythonshell"), /is missing; 3\.9 is needed/],
      },
      undecided: { "it is not known": [{ glueVersion: UNKNOWN }, /glueVersion/] },
      configured: {
        "the stack allows another": [{ glueVersion: "3.0" }, { versions: ["3.0"] }, undefined],
        "the stack allows fewer": [{ glueVersion: "4.0" }, { versions: ["5.1"] }, /one of 5\.1 is/],
      },
    },
  ),
);

const encryption = (logs: unknown, bookmarks: unknown, s3: unknown) => ({
  encryptionConfiguration: {
    cloudwatchEncryption: { cloudwatchEncryptionMode: logs },
    jobBookmarksEncryption: { jobBookmarksEncryptionMode: bookmarks },
    s3Encryption: { s3EncryptionMode: s3 },
  },
});

table(
  glueSecurityConfigurationEncrypts,
  variants(SECURITY, encryption("SSE-KMS", "CSE-KMS", "SSE-KMS"), {
    passes: { "S3's own keys are used": encryption("SSE-KMS", "CSE-KMS", "SSE-S3") },
    refuses: {
      "logs are not encrypted": [
        encryption("DISABLED", "CSE-KMS", "SSE-KMS"),
        /cloudwatchEncryptionMode of .* is DISABLED; SSE-KMS is needed/,
      ],
      "bookmarks are not encrypted": [
        encryption("SSE-KMS", "DISABLED", "SSE-KMS"),
        /jobBookmarksEncryptionMode of .* is DISABLED; CSE-KMS is needed/,
      ],
      "objects are not encrypted": [
        encryption("SSE-KMS", "CSE-KMS", undefined),
        /s3EncryptionMode of .* is missing; SSE-KMS or SSE-S3 is needed/,
      ],
      "nothing is said": [
        { encryptionConfiguration: undefined },
        [/cloudwatch/, /jobBookmarks/, /s3Encryption/],
      ],
    },
    undecided: {
      "a mode is not known": [
        encryption(UNKNOWN, "CSE-KMS", "SSE-KMS"),
        /cloudwatchEncryptionMode/,
      ],
      "it is not known": [{ encryptionConfiguration: UNKNOWN }, /encryptionConfiguration/],
    },
  }),
);

const catalog = (mode: unknown, hidden: unknown) => ({
  dataCatalogEncryptionSettings: {
    encryptionAtRest: { catalogEncryptionMode: mode },
    connectionPasswordEncryption: { returnConnectionPasswordEncrypted: hidden },
  },
});

table(
  glueCatalogEncryption,
  variants(CATALOG, catalog("SSE-KMS", true), {
    passes: { "a role of the service is used": catalog("SSE-KMS-WITH-SERVICE-ROLE", true) },
    refuses: {
      "the catalog is not encrypted": [
        catalog("DISABLED", true),
        /catalogEncryptionMode.*is DISABLED/,
      ],
      "passwords are not encrypted": [
        catalog("SSE-KMS", false),
        /returnConnectionPasswordEncrypted.*is false; true/,
      ],
      "nothing is said": [
        { dataCatalogEncryptionSettings: undefined },
        [/catalogEncryptionMode.*missing/, /returnConnectionPasswordEncrypted.*missing/],
      ],
    },
    undecided: { "the mode is not known": [catalog(UNKNOWN, true), /catalogEncryptionMode/] },
  }),
);

table(
  glueDatabaseName,
  variants(
    DATABASE,
    { name: "demo_athena_db_2" },
    {
      refuses: {
        "it has capitals": [{ name: "Movies" }, /called "Movies"; 1 to 255 lower-case/],
        "it has a hyphen": [{ name: "movies-dev" }, /called "movies-dev"/],
        "it is too long": [{ name: "m".repeat(256) }, /1 to 255/],
        "it is empty": [{ name: "" }, /called ""/],
        "there is none": [{ name: undefined }, /subject has no name/],
      },
      undecided: { "it is not known": [{ name: UNKNOWN }, /name/] },
    },
  ),
);

import { Mutant, find } from "../mutant";
import { add } from "../synthetic";

const DATABASE = "aws:glue/catalogDatabase:CatalogDatabase";
const JOB = "aws:glue/job:Job";
const CRAWLER = "aws:glue/crawler:Crawler";
const SECURITY = "aws:glue/securityConfiguration:SecurityConfiguration";
const CATALOG = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings";

type Properties = Record<string, unknown>;

/** A Spark job beside what the stack has, and what is wrong with it. */
function job(rule: string, what: string, changes: Properties): Mutant {
  return {
    rule,
    what,
    mutate: (resources) =>
      void add(resources, JOB, "mutant-job", {
        name: "mutant",
        command: { name: "glueetl", scriptLocation: "s3://mutant/job.py" },
        glueVersion: "5.1",
        maxRetries: 0,
        timeout: 60,
        securityConfiguration: "mutant",
        defaultArguments: argumentsWith({}),
        ...changes,
      }),
    resource: "mutant-job",
  };
}

function argumentsWith(changes: Properties): Properties {
  return {
    "--enable-metrics": "true",
    "--job-bookmark-option": "job-bookmark-disable",
    ...changes,
  };
}

/** Breaking changes to what a shipped stack has in Glue. */
export const mutants: readonly Mutant[] = [
  {
    rule: "glue-database-name",
    what: "a database with capitals and a hyphen",
    mutate: (resources) => {
      find(resources, DATABASE, "athena-database").props.name = "Demo-Athena-Db";
    },
    resource: "athena-database",
  },
  job("glue-job-security-configuration", "a job that encrypts nothing", {
    securityConfiguration: undefined,
  }),
  job("glue-job-retries-bounded", "a job that Glue retries", { maxRetries: 3 }),
  job("glue-job-timeout", "a job that may run for two days", { timeout: 2880 }),
  job("glue-job-logging", "a job that logs when it has ended", { glueVersion: "4.0" }),
  job("glue-job-metrics", "a job without metrics", {
    defaultArguments: argumentsWith({ "--enable-metrics": undefined }),
  }),
  job("glue-job-bookmark-or-idempotent", "a job that says nothing of bookmarks", {
    defaultArguments: argumentsWith({ "--job-bookmark-option": undefined }),
  }),
  job("glue-job-no-secrets-in-arguments", "a job with a password among its arguments", {
    defaultArguments: argumentsWith({ "--db-password": "mutant" }),
  }),
  job("glue-job-supported-version", "a job on a version without patches", {
    glueVersion: "3.0",
    defaultArguments: argumentsWith({ "--enable-continuous-cloudwatch-log": "true" }),
  }),
  {
    rule: "glue-crawler-security-configuration",
    what: "a crawler that encrypts nothing",
    mutate: (resources) => void add(resources, CRAWLER, "mutant-crawler", { name: "mutant" }),
    resource: "mutant-crawler",
  },
  {
    rule: "glue-security-configuration-encrypts",
    what: "a security configuration that leaves logs as they are",
    mutate: (resources) =>
      void add(resources, SECURITY, "mutant-security", {
        encryptionConfiguration: {
          cloudwatchEncryption: { cloudwatchEncryptionMode: "DISABLED" },
          jobBookmarksEncryption: { jobBookmarksEncryptionMode: "CSE-KMS" },
          s3Encryption: { s3EncryptionMode: "SSE-KMS" },
        },
      }),
    resource: "mutant-security",
  },
  {
    rule: "glue-catalog-encryption",
    what: "a catalog that is not encrypted",
    mutate: (resources) =>
      void add(resources, CATALOG, "mutant-catalog", {
        dataCatalogEncryptionSettings: {
          encryptionAtRest: { catalogEncryptionMode: "DISABLED" },
          connectionPasswordEncryption: { returnConnectionPasswordEncrypted: true },
        },
      }),
    resource: "mutant-catalog",
  },
];

import { Mutant, RecordedResource, find } from "../mutant";
import { add } from "../synthetic";

const CATALOG = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings";

type Properties = Record<string, unknown>;

/** A change to a shipped resource of Glue. */
function changed(
  type: string,
  name: string,
  rule: string,
  what: string,
  change: (props: RecordedResource["props"]) => void,
): Mutant {
  return {
    rule,
    what,
    mutate: (resources) => change(find(resources, `aws:glue/${type}`, name).props),
    resource: name,
  };
}

/** Other properties of the shipped job. */
function job(rule: string, what: string, changes: Properties): Mutant {
  return changed("job:Job", "movielens-job", rule, what, (props) => {
    Object.assign(props, changes);
  });
}

/** Other arguments of the shipped job. */
function jobArguments(rule: string, what: string, changes: Properties): Mutant {
  return changed("job:Job", "movielens-job", rule, what, (props) => {
    props.defaultArguments = { ...(props.defaultArguments as Properties), ...changes };
  });
}

/** Breaking changes to what a shipped stack has in Glue. */
export const mutants: readonly Mutant[] = [
  changed(
    "catalogDatabase:CatalogDatabase",
    "athena-database",
    "glue-database-name",
    "a database with capitals and a hyphen",
    (props) => {
      props.name = "Demo-Athena-Db";
    },
  ),
  job("glue-job-security-configuration", "a job that encrypts nothing", {
    securityConfiguration: undefined,
  }),
  job("glue-job-retries-bounded", "a job that Glue retries", { maxRetries: 3 }),
  job("glue-job-timeout", "a job that may run for two days", { timeout: 2880 }),
  job("glue-job-logging", "a job that logs when it has ended", { glueVersion: "4.0" }),
  jobArguments("glue-job-metrics", "a job without metrics", { "--enable-metrics": undefined }),
  jobArguments("glue-job-bookmark-or-idempotent", "a job that says nothing of bookmarks", {
    "--job-bookmark-option": undefined,
  }),
  jobArguments("glue-job-no-secrets-in-arguments", "a job with a password among its arguments", {
    "--db-password": "mutant",
  }),
  changed(
    "job:Job",
    "movielens-job",
    "glue-job-supported-version",
    "a job on a version without patches",
    (props) => {
      props.glueVersion = "3.0";
      // Which that version wants, or its logs come too late as well.
      (props.defaultArguments as Properties)["--enable-continuous-cloudwatch-log"] = "true";
    },
  ),
  {
    // The shipped stacks have none.
    rule: "glue-crawler-security-configuration",
    what: "a crawler that encrypts nothing",
    mutate: (resources) =>
      void add(resources, "aws:glue/crawler:Crawler", "mutant-crawler", {
        name: "mutant",
        databaseName: "mutant",
        role: "arn:aws:iam::123456789012:role/mutant",
        s3Targets: [{ path: "s3://mutant/tables/" }],
      }),
    resource: "mutant-crawler",
  },
  changed(
    "securityConfiguration:SecurityConfiguration",
    "movielens-security",
    "glue-security-configuration-encrypts",
    "a security configuration that leaves logs as they are",
    (props) => {
      const encryption = props.encryptionConfiguration as Properties;
      encryption.cloudwatchEncryption = { cloudwatchEncryptionMode: "DISABLED" };
    },
  ),
  {
    // The catalog's encryption is the account's, not a stack's.
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

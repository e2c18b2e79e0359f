import { Mutant, RecordedResource, find } from "../mutant";

const WORKGROUP = "aws:athena/workgroup:Workgroup";
const DATABASE = "aws:athena/database:Database";

interface Configuration {
  enforceWorkgroupConfiguration?: boolean;
  publishCloudwatchMetricsEnabled?: boolean;
  resultConfiguration: Record<string, unknown>;
}

function configuration(change: (configuration: Configuration) => void) {
  return (resources: RecordedResource[]): void =>
    change(find(resources, WORKGROUP, "athena-workgroup").props.configuration as Configuration);
}

function database(props: Record<string, unknown>) {
  return (resources: RecordedResource[]): void => {
    resources.push({
      type: DATABASE,
      name: "athena-mutant",
      props: {
        name: "mutant",
        bucket: "airflow-data",
        expectedBucketOwner: "123456789012",
        encryptionConfiguration: { encryptionOption: "SSE_S3" },
        ...props,
      },
      propertyDependencies: {},
      protect: false,
    });
  };
}

/** Breaking changes to the workgroup of a shipped stack, and to a database that would be added. */
export const mutants: readonly Mutant[] = [
  {
    rule: "athena-enforced-workgroup",
    what: "queries choose their own settings",
    mutate: configuration((of) => {
      of.enforceWorkgroupConfiguration = false;
    }),
    resource: "athena-workgroup",
  },
  {
    rule: "athena-metrics",
    what: "the workgroup publishes no metrics",
    stack: "dev",
    mutate: configuration((of) => {
      of.publishCloudwatchMetricsEnabled = false;
    }),
    resource: "athena-workgroup",
  },
  {
    rule: "athena-result-encryption",
    what: "results are not encrypted",
    mutate: configuration((of) => {
      delete of.resultConfiguration.encryptionConfiguration;
    }),
    resource: "athena-workgroup",
  },
  {
    rule: "athena-result-encryption",
    what: "results are encrypted with no key",
    mutate: configuration((of) => {
      of.resultConfiguration.encryptionConfiguration = { encryptionOption: "SSE_KMS" };
    }),
    resource: "athena-workgroup",
  },
  {
    rule: "athena-expected-bucket-owner",
    what: "results go to whoever has the bucket",
    stack: "local",
    mutate: configuration((of) => {
      delete of.resultConfiguration.expectedBucketOwner;
    }),
    resource: "athena-workgroup",
  },
  {
    rule: "athena-expected-bucket-owner",
    what: "a database names no owner of its bucket",
    mutate: database({ expectedBucketOwner: undefined }),
    resource: "athena-mutant",
  },
  {
    rule: "athena-database-encryption",
    what: "a database is made by queries whose results are not encrypted",
    mutate: database({ encryptionConfiguration: undefined }),
    resource: "athena-mutant",
  },
];

import { PolicyResource } from "@pulumi/policy";

import { airflowBucketNamePrefix } from "../../../policy/rules/s3/airflow-bucket-name-prefix";
import { airflowBucketVersioning } from "../../../policy/rules/s3/airflow-bucket-versioning";
import { Case, UNKNOWN, resource, table } from "../graph";

const BUCKET = "aws:s3/bucket:Bucket";
const VERSIONING = "aws:s3/bucketVersioning:BucketVersioning";
const ENVIRONMENT = "aws:mwaa/environment:Environment";

/** An environment whose bucket ARN is not known yet, as at a first preview. */
function planned(bucket: PolicyResource): PolicyResource {
  return resource(ENVIRONMENT, "env", { sourceBucketArn: UNKNOWN }, { sourceBucketArn: [bucket] });
}

/** An environment whose bucket ARN is known, as at an update or a later preview. */
function deployed(bucketName: string): PolicyResource {
  return resource(ENVIRONMENT, "env", { sourceBucketArn: `arn:aws:s3:::${bucketName}` });
}

function versioning(
  bucket: PolicyResource,
  status: unknown = "Enabled",
  bucketProperty: unknown = UNKNOWN,
): PolicyResource {
  return resource(
    VERSIONING,
    `versioning-of-${bucket.name}`,
    { bucket: bucketProperty, versioningConfiguration: { status } },
    { bucket: [bucket] },
  );
}

const named = (name: string) => resource(BUCKET, "dags", { bucket: name });
const good = named("airflow-dev");
const nameless = resource(BUCKET, "dags", { bucket: UNKNOWN });
const other = resource(BUCKET, "data", { bucket: "airflow-dev-data" });

const airflowBucketNamePrefixCases: readonly Case[] = [
  {
    when: "the bucket has the prefix (first preview)",
    resources: [good, planned(good)],
  },
  {
    when: "the bucket has the prefix (ARN known)",
    resources: [good, deployed("airflow-dev")],
  },
  {
    when: "the prefix is given by bucketPrefix",
    resources: [
      resource(BUCKET, "dags", { bucketPrefix: "airflow-" }),
      planned(resource(BUCKET, "dags", { bucketPrefix: "airflow-" })),
    ],
  },
  {
    when: "a bucket outside the stack has the prefix",
    resources: [deployed("airflow-of-another-team")],
  },
  {
    when: "no environment uses the bucket",
    resources: [named("logs")],
  },
  {
    when: "the prefix is missing (first preview)",
    resources: [named("dags-dev"), planned(named("dags-dev"))],
    violations: [["dags", /"dags-dev".*"airflow-"/]],
  },
  {
    when: "the prefix is missing (ARN known)",
    resources: [named("dags-dev"), deployed("dags-dev")],
    violations: [["dags", /"dags-dev".*"airflow-"/]],
  },
  {
    when: "the prefix is in capitals",
    resources: [named("Airflow-dev"), planned(named("Airflow-dev"))],
    violations: [["dags", /"Airflow-dev"/]],
  },
  {
    when: "a bucket outside the stack lacks the prefix, which MWAA does not ask for",
    resources: [deployed("team-dags")],
  },
  {
    when: "the bucket has no name at all",
    resources: [resource(BUCKET, "dags", {}), planned(resource(BUCKET, "dags", {}))],
    violations: [["dags", /neither a name nor a prefix/]],
  },
  {
    when: "the name is not known yet",
    resources: [nameless, planned(nameless)],
    notChecked: /not checked yet of env: .*bucket/,
  },
  {
    when: "a resource has another type",
    resources: [resource("aws:sqs/queue:Queue", "queue", { sourceBucketArn: "arn:aws:s3:::x" })],
  },
];

const airflowBucketVersioningCases: readonly Case[] = [
  {
    when: "versioning is enabled (first preview)",
    resources: [good, planned(good), versioning(good)],
  },
  {
    when: "versioning is enabled (names known)",
    resources: [good, deployed("airflow-dev"), versioning(good, "Enabled", "airflow-dev")],
  },
  {
    when: "the bucket is outside the stack",
    resources: [deployed("airflow-of-another-team")],
  },
  {
    when: "no environment uses the unversioned bucket",
    resources: [named("logs")],
  },
  {
    when: "there is no versioning resource",
    resources: [good, planned(good)],
    violations: [["dags", /no aws\.s3\.BucketVersioning/]],
  },
  {
    when: "versioning is suspended",
    resources: [good, planned(good), versioning(good, "Suspended")],
    violations: [["versioning-of-dags", /"Suspended".*"Enabled"/]],
  },
  {
    when: "versioning was never switched on",
    resources: [good, planned(good), versioning(good, "Disabled")],
    violations: [["versioning-of-dags", /"Disabled"/]],
  },
  {
    when: "the versioning resource has no status",
    resources: [good, planned(good), versioning(good, null)],
    violations: [["versioning-of-dags", /"missing"/]],
  },
  {
    when: "versioning is on another bucket (first preview)",
    resources: [good, other, planned(good), versioning(other)],
    violations: [["dags", /no aws\.s3\.BucketVersioning/]],
  },
  {
    when: "versioning is on another bucket (names known)",
    resources: [
      good,
      other,
      deployed("airflow-dev"),
      versioning(other, "Enabled", "airflow-dev-data"),
    ],
    violations: [["dags", /no aws\.s3\.BucketVersioning/]],
  },
  {
    when: "the status is not known yet",
    resources: [good, planned(good), versioning(good, UNKNOWN)],
    notChecked: /not checked yet of env: .*status/,
  },
];

describe("rules on the bucket of an environment", () => {
  table(airflowBucketNamePrefix, airflowBucketNamePrefixCases);
  table(airflowBucketVersioning, airflowBucketVersioningCases);
});

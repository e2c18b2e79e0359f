import assert from "node:assert/strict";

import { PolicyResource } from "@pulumi/policy";

import { Rule } from "../../../policy/rule";
import { airflowBucketNamePrefix } from "../../../policy/rules/s3/airflow-bucket-name-prefix";
import { airflowBucketVersioning } from "../../../policy/rules/s3/airflow-bucket-versioning";
import { UnknownValueError } from "../../../policy/unknown";
import { UNKNOWN, resource, violationsOf } from "../graph";

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

interface Case {
  readonly when: string;
  readonly rule: Rule;
  readonly resources: readonly PolicyResource[];
  /** The resource that the one violation is on, with what it says; none where the rule passes. */
  readonly violation?: readonly [string, RegExp];
}

const cases: readonly Case[] = [
  {
    when: "the bucket has the prefix (first preview)",
    rule: airflowBucketNamePrefix,
    resources: [good, planned(good)],
  },
  {
    when: "the bucket has the prefix (ARN known)",
    rule: airflowBucketNamePrefix,
    resources: [good, deployed("airflow-dev")],
  },
  {
    when: "the prefix is given by bucketPrefix",
    rule: airflowBucketNamePrefix,
    resources: [
      resource(BUCKET, "dags", { bucketPrefix: "airflow-" }),
      planned(resource(BUCKET, "dags", { bucketPrefix: "airflow-" })),
    ],
  },
  {
    when: "a bucket outside the stack has the prefix",
    rule: airflowBucketNamePrefix,
    resources: [deployed("airflow-of-another-team")],
  },
  {
    when: "no environment uses the bucket",
    rule: airflowBucketNamePrefix,
    resources: [named("logs")],
  },
  {
    when: "the prefix is missing (first preview)",
    rule: airflowBucketNamePrefix,
    resources: [named("dags-dev"), planned(named("dags-dev"))],
    violation: ["dags", /"dags-dev".*"airflow-"/],
  },
  {
    when: "the prefix is missing (ARN known)",
    rule: airflowBucketNamePrefix,
    resources: [named("dags-dev"), deployed("dags-dev")],
    violation: ["dags", /"dags-dev".*"airflow-"/],
  },
  {
    when: "the prefix is in capitals",
    rule: airflowBucketNamePrefix,
    resources: [named("Airflow-dev"), planned(named("Airflow-dev"))],
    violation: ["dags", /"Airflow-dev"/],
  },
  {
    when: "a bucket outside the stack lacks the prefix",
    rule: airflowBucketNamePrefix,
    resources: [deployed("team-dags")],
    violation: ["env", /"team-dags"/],
  },
  {
    when: "the bucket has no name at all",
    rule: airflowBucketNamePrefix,
    resources: [resource(BUCKET, "dags", {}), planned(resource(BUCKET, "dags", {}))],
    violation: ["dags", /neither a name nor a prefix/],
  },
  {
    when: "versioning is enabled (first preview)",
    rule: airflowBucketVersioning,
    resources: [good, planned(good), versioning(good)],
  },
  {
    when: "versioning is enabled (names known)",
    rule: airflowBucketVersioning,
    resources: [good, deployed("airflow-dev"), versioning(good, "Enabled", "airflow-dev")],
  },
  {
    when: "the bucket is outside the stack",
    rule: airflowBucketVersioning,
    resources: [deployed("airflow-of-another-team")],
  },
  {
    when: "no environment uses the unversioned bucket",
    rule: airflowBucketVersioning,
    resources: [named("logs")],
  },
  {
    when: "there is no versioning resource",
    rule: airflowBucketVersioning,
    resources: [good, planned(good)],
    violation: ["dags", /no aws\.s3\.BucketVersioning/],
  },
  {
    when: "versioning is suspended",
    rule: airflowBucketVersioning,
    resources: [good, planned(good), versioning(good, "Suspended")],
    violation: ["versioning-of-dags", /"Suspended".*"Enabled"/],
  },
  {
    when: "versioning was never switched on",
    rule: airflowBucketVersioning,
    resources: [good, planned(good), versioning(good, "Disabled")],
    violation: ["versioning-of-dags", /"Disabled"/],
  },
  {
    when: "the versioning resource has no status",
    rule: airflowBucketVersioning,
    resources: [good, planned(good), versioning(good, null)],
    violation: ["versioning-of-dags", /"missing"/],
  },
  {
    when: "versioning is on another bucket (first preview)",
    rule: airflowBucketVersioning,
    resources: [good, other, planned(good), versioning(other)],
    violation: ["dags", /no aws\.s3\.BucketVersioning/],
  },
  {
    when: "versioning is on another bucket (names known)",
    rule: airflowBucketVersioning,
    resources: [
      good,
      other,
      deployed("airflow-dev"),
      versioning(other, "Enabled", "airflow-dev-data"),
    ],
    violation: ["dags", /no aws\.s3\.BucketVersioning/],
  },
];

describe("rules on the bucket of an environment", () => {
  for (const { when, rule, resources, violation } of cases) {
    it(`${rule.name}: ${violation ? "refuses" : "passes"} when ${when}`, async () => {
      const violations = await violationsOf(rule, resources);
      assert.deepEqual(
        violations.map((v) => v.resource),
        violation ? [violation[0]] : [],
      );
      if (violation) {
        assert.match(violations[0].message, violation[1]);
      }
    });
  }

  for (const [rule, resources] of [
    [airflowBucketNamePrefix, [nameless, planned(nameless)]],
    [airflowBucketVersioning, [good, planned(good), versioning(good, UNKNOWN)]],
  ] as const) {
    it(`${rule.name}: says that it could not run where the deciding value is not known yet`, async () => {
      await assert.rejects(violationsOf(rule, resources), UnknownValueError);
    });
  }
});

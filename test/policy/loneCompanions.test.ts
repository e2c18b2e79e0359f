import { StackRule } from "../../policy/rule";
import { redshiftLogging } from "../../policy/rules/redshift/redshift-logging";
import { s3AclsDisabled } from "../../policy/rules/s3/s3-acls-disabled";
import { s3Encryption } from "../../policy/rules/s3/s3-encryption";
import { s3OldVersionsExpire } from "../../policy/rules/s3/s3-old-versions-expire";
import { s3TlsOnly } from "../../policy/rules/s3/s3-tls-only";
import { s3Versioning } from "../../policy/rules/s3/s3-versioning";
import { secretsmanagerRotation } from "../../policy/rules/secretsmanager/secretsmanager-rotation";
import { snsTlsOnly } from "../../policy/rules/sns/sns-tls-only";
import { UNKNOWN, resource, table } from "./graph";

type Properties = Record<string, unknown>;

const TOPIC = "arn:aws:sns:us-east-1:123456789012:notices";
const refusal = (Action: string, Resource: unknown) =>
  JSON.stringify({
    Statement: [
      {
        Effect: "Deny",
        Principal: "*",
        Action,
        Resource,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
const ALLOWED = JSON.stringify({ Statement: [{ Effect: "Allow", Principal: "*", Action: "*" }] });

/** A rule, the companion's type, the property that names what it is for and that name, right and wrong ones. */
const companions: readonly (readonly [
  StackRule,
  string,
  readonly [string, string],
  Properties,
  Properties,
  RegExp,
])[] = [
  [
    s3Versioning,
    "aws:s3/bucketVersioning:BucketVersioning",
    ["bucket", "elsewhere"],
    { versioningConfiguration: { status: "Enabled" } },
    { versioningConfiguration: { status: "Suspended" } },
    /versioning of the bucket that companion is for is "Suspended"/,
  ],
  [
    s3Encryption,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    ["bucket", "elsewhere"],
    { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    { rules: [] },
    /encryption of the bucket that companion is for is "missing"/,
  ],
  [
    s3OldVersionsExpire,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    ["bucket", "elsewhere"],
    {
      rules: [
        {
          status: "Enabled",
          noncurrentVersionExpiration: { noncurrentDays: 30 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    },
    { rules: [{ status: "Disabled" }] },
    /lifecycle companion of the bucket that companion is for has no enabled rule/,
  ],
  [
    s3AclsDisabled,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    ["bucket", "elsewhere"],
    { rule: { objectOwnership: "BucketOwnerEnforced" } },
    { rule: { objectOwnership: "ObjectWriter" } },
    /objectOwnership of the bucket that companion is for is "ObjectWriter"/,
  ],
  [
    s3TlsOnly,
    "aws:s3/bucketPolicy:BucketPolicy",
    ["bucket", "elsewhere"],
    { policy: refusal("s3:*", ["arn:aws:s3:::elsewhere", "arn:aws:s3:::elsewhere/*"]) },
    { policy: ALLOWED },
    /companion lets requests without TLS reach the bucket and the objects of its bucket/,
  ],
  [
    snsTlsOnly,
    "aws:sns/topicPolicy:TopicPolicy",
    ["arn", TOPIC],
    { policy: refusal("sns:Publish", TOPIC) },
    { policy: ALLOWED },
    /lets messages be published without TLS/,
  ],
  [
    secretsmanagerRotation,
    "aws:secretsmanager/secretRotation:SecretRotation",
    ["secretId", "elsewhere"],
    { rotationRules: { automaticallyAfterDays: 30 } },
    { rotationRules: { automaticallyAfterDays: 400 } },
    /waits up to 400 days/,
  ],
  [
    redshiftLogging,
    "aws:redshift/logging:Logging",
    ["clusterIdentifier", "elsewhere"],
    {
      logDestinationType: "cloudwatch",
      logExports: ["connectionlog", "useractivitylog", "userlog"],
    },
    { logDestinationType: "cloudwatch", logExports: ["userlog"] },
    /lacks connectionlog, useractivitylog/,
  ],
];

describe("a companion of something that is not of the stack", () => {
  for (const [rule, type, [property, outside], right, wrong, said] of companions) {
    const companion = (props: Properties, names: unknown = outside) =>
      resource(type, "companion", { ...props, [property]: names });
    table(rule, [
      { when: "it is right", resources: [companion(right)] },
      { when: "it is wrong", resources: [companion(wrong)], violations: [["companion", said]] },
      {
        when: "it is wrong and what it is for is not known yet",
        resources: [companion(wrong, UNKNOWN)],
        violations: [["companion", said]],
      },
    ]);
  }
});

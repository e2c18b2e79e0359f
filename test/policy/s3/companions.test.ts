import { PolicyResource } from "@pulumi/policy";

import { StackRule } from "../../../policy/rule";
import { s3AccessLogging } from "../../../policy/rules/s3/s3-access-logging";
import { s3AclsDisabled } from "../../../policy/rules/s3/s3-acls-disabled";
import { s3Encryption } from "../../../policy/rules/s3/s3-encryption";
import { s3OldVersionsExpire } from "../../../policy/rules/s3/s3-old-versions-expire";
import { s3PublicAccessBlock } from "../../../policy/rules/s3/s3-public-access-block";
import { s3TlsOnly } from "../../../policy/rules/s3/s3-tls-only";
import { s3Versioning } from "../../../policy/rules/s3/s3-versioning";
import { Case, UNKNOWN, resource, table } from "../graph";

const BUCKET = "aws:s3/bucket:Bucket";
const BUCKET_V2 = "aws:s3/bucketV2:BucketV2";
const VERSIONING = "aws:s3/bucketVersioning:BucketVersioning";
const BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const ENCRYPTION =
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
const OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls";
const LOGGING = "aws:s3/bucketLogging:BucketLogging";
const V2: Record<string, string> = {
  [VERSIONING]: "aws:s3/bucketVersioningV2:BucketVersioningV2",
  [ENCRYPTION]:
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
  [LIFECYCLE]: "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
  [LOGGING]: "aws:s3/bucketLoggingV2:BucketLoggingV2",
};

type Props = Record<string, unknown>;

// What the provider computes is not known at a first preview.
const COMPUTED: Props = {
  versioning: UNKNOWN,
  serverSideEncryptionConfiguration: UNKNOWN,
  policy: UNKNOWN,
  lifecycleRules: UNKNOWN,
  logging: UNKNOWN,
};
const data = resource(BUCKET, "data", { ...COMPUTED, bucket: "airflow-data", id: UNKNOWN });
const other = resource(BUCKET, "other", { ...COMPUTED, bucket: "airflow-other", id: UNKNOWN });
const logs = resource(BUCKET, "logs", { ...COMPUTED, bucket: "airflow-logs", id: UNKNOWN });
const dataV2 = resource(BUCKET_V2, "data", { bucket: "airflow-data", id: UNKNOWN });
const nameless = resource(BUCKET, "data", { bucket: UNKNOWN, id: UNKNOWN });
const random = resource("random:index/randomId:RandomId", "suffix", { hex: UNKNOWN });

/** A companion at a first preview: what its bucket's id will be is not known. */
const planned = (type: string, props: Props, ...of: PolicyResource[]) =>
  resource(type, "companion", { ...props, bucket: UNKNOWN }, { bucket: of });

/** One whose bucket is known. */
const deployed = (type: string, props: Props, bucket: string) =>
  resource(type, "companion", { ...props, bucket });

/** What every rule on a companion does, whatever the companion is. */
function common(type: string, right: (bucket: string) => Props, what: RegExp): Case[] {
  const old = V2[type];
  return [
    { when: "there is no bucket", resources: [planned(type, right("airflow-data"))] },
    {
      when: "it is there (first preview)",
      resources: [data, planned(type, right("airflow-data"), data)],
    },
    {
      when: "it is there (names known)",
      resources: [data, deployed(type, right("airflow-data"), "airflow-data")],
    },
    {
      when: "a BucketV2 has it",
      resources: [dataV2, planned(type, right("airflow-data"), dataV2)],
    },
    ...(old === undefined
      ? []
      : [
          {
            when: "it has its old type",
            resources: [data, planned(old, right("airflow-data"), data)],
          },
        ]),
    { when: "it is missing", resources: [data], violations: [["data", what]] },
    { when: "a BucketV2 lacks it", resources: [dataV2], violations: [["data", what]] },
    {
      when: "it is on another bucket (first preview)",
      resources: [data, other, planned(type, right("airflow-other"), other)],
      violations: [["data", what]],
    },
    {
      when: "it is on another bucket (names known)",
      resources: [data, deployed(type, right("airflow-other"), "airflow-other")],
      violations: [["data", what]],
    },
    {
      when: "it is on one bucket of two",
      resources: [data, planned(type, right("airflow-data"), data), other],
      violations: [["other", what]],
    },
    {
      when: "it is made for one of two buckets, which is not known yet",
      resources: [data, other, planned(type, right("airflow-data"), data, other)],
      notChecked: /of data: whether companion.*of other: whether companion/,
    },
    {
      when: "its bucket is known by a name that is not yet",
      resources: [nameless, random, planned(type, right("airflow-data"), random)],
      notChecked: /whether companion is for the bucket data/,
    },
    {
      when: "another type is in its place",
      resources: [data, planned("aws:sqs/queuePolicy:QueuePolicy", right("airflow-data"), data)],
      violations: [["data", what]],
    },
  ];
}

/** A companion that is there and wrong. */
function wrong(type: string, when: string, props: Props, message: RegExp): Case {
  return {
    when,
    resources: [data, planned(type, props, data)],
    violations: [["companion", message]],
  };
}

const bucketWith = (props: Props, type = BUCKET) =>
  resource(type, "data", { bucket: "airflow-data", ...props });

/** A property of a bucket itself that will be computed from another resource. */
const pending = (property: string): Case => ({
  when: `the bucket's own ${property} is not known yet`,
  resources: [
    resource(
      BUCKET,
      "data",
      { bucket: "airflow-data", [property]: UNKNOWN },
      { [property]: [random] },
    ),
  ],
  notChecked: new RegExp(`${property} of data is not known yet`),
});

const status = (value: unknown) => ({ versioningConfiguration: { status: value } });

const versioning: readonly Case[] = [
  ...common(VERSIONING, () => status("Enabled"), /(data|other) has no aws\.s3\.BucketVersioning/),
  wrong(VERSIONING, "it is suspended", status("Suspended"), /"Suspended"; "Enabled" is needed/),
  wrong(VERSIONING, "it is disabled", status("Disabled"), /"Disabled"/),
  wrong(VERSIONING, "its status is missing", status(undefined), /"missing"/),
  wrong(VERSIONING, "its configuration is missing", {}, /"missing"/),
  {
    when: "its status is not known yet",
    resources: [data, planned(VERSIONING, status(UNKNOWN), data)],
    notChecked: /status/,
  },
  { when: "a Bucket has its own", resources: [bucketWith({ versioning: { enabled: true } })] },
  {
    when: "a BucketV2 has its own",
    resources: [bucketWith({ versionings: [{ enabled: true }] }, BUCKET_V2)],
  },
  {
    when: "a Bucket's own is off",
    resources: [bucketWith({ versioning: { enabled: false } })],
    violations: [["data", /no aws\.s3\.BucketVersioning/]],
  },
  {
    when: "a Bucket's own is off and another resource's on",
    resources: [
      bucketWith({ versioning: { enabled: false } }),
      deployed(VERSIONING, status("Enabled"), "airflow-data"),
    ],
  },
  {
    when: "a Bucket's own is on and another resource's suspended",
    resources: [
      bucketWith({ versioning: { enabled: true } }),
      deployed(VERSIONING, status("Suspended"), "airflow-data"),
    ],
    violations: [["companion", /"Suspended"/]],
  },
  pending("versioning"),
];

const algorithm = (sseAlgorithm: unknown) => ({
  rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm, kmsMasterKeyId: UNKNOWN } }],
});

const encryption: readonly Case[] = [
  ...common(
    ENCRYPTION,
    () => algorithm("aws:kms"),
    /no aws\.s3\.BucketServerSideEncryptionConfiguration/,
  ),
  {
    when: "it is S3's own key",
    resources: [data, planned(ENCRYPTION, algorithm("AES256"), data)],
  },
  {
    when: "it is twice KMS",
    resources: [data, planned(ENCRYPTION, algorithm("aws:kms:dsse"), data)],
  },
  wrong(ENCRYPTION, "its algorithm is none of S3's", algorithm("DES"), /"DES".*one of AES256/),
  wrong(ENCRYPTION, "its algorithm is missing", algorithm(undefined), /"missing"/),
  wrong(ENCRYPTION, "its rule is empty", { rules: [{}] }, /"missing"/),
  wrong(ENCRYPTION, "it has no rule", {}, /"missing"/),
  {
    when: "S3's own key is not allowed",
    resources: [data, planned(ENCRYPTION, algorithm("AES256"), data)],
    configuration: { algorithms: ["aws:kms"] },
    violations: [["companion", /"AES256"; sseAlgorithm must be one of aws:kms\./]],
  },
  {
    when: "its algorithm is not known yet",
    resources: [data, planned(ENCRYPTION, algorithm(UNKNOWN), data)],
    notChecked: /sseAlgorithm/,
  },
  {
    when: "a Bucket has its own",
    resources: [
      bucketWith({
        serverSideEncryptionConfiguration: {
          rule: { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
        },
      }),
    ],
  },
  {
    when: "a BucketV2 has its own",
    resources: [
      bucketWith(
        {
          serverSideEncryptionConfigurations: [
            { rules: [{ applyServerSideEncryptionByDefaults: [{ sseAlgorithm: "aws:kms" }] }] },
          ],
        },
        BUCKET_V2,
      ),
    ],
  },
  {
    when: "a Bucket's own is not allowed",
    resources: [
      bucketWith({
        serverSideEncryptionConfiguration: {
          rule: { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
        },
      }),
    ],
    configuration: { algorithms: ["aws:kms"] },
    violations: [["data", /no aws\.s3\.BucketServerSideEncryptionConfiguration/]],
  },
  pending("serverSideEncryptionConfiguration"),
];

const ARN = "arn:aws:s3:::airflow-data";
const TLS = {
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [ARN, `${ARN}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const policyOf = (...statements: Props[]) => ({
  policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
});
const tls = (change: Props) => policyOf({ ...TLS, ...change });
const BOTH = /reach the bucket and the objects of data/;

const tlsOnly: readonly Case[] = [
  ...common(
    POLICY,
    (bucket) => tls({ Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`] }),
    /no aws\.s3\.BucketPolicy/,
  ),
  ...Object.entries({
    "it is an object and not text": { policy: { Statement: TLS } },
    "the principal is in a map": tls({ Principal: { AWS: "*" } }),
    "the principal is in a list": tls({ Principal: { AWS: ["*"] } }),
    "all actions of all services are denied": tls({ Action: ["*"] }),
    "the condition's value is a boolean": tls({
      Condition: { Bool: { "aws:SecureTransport": false } },
    }),
    "the condition's value is a list": tls({
      Condition: { BoolIfExists: { "AWS:SecureTransport": ["false"] } },
    }),
    "the partition is another": tls({
      Resource: ["arn:aws-cn:s3:::airflow-data", "arn:aws-cn:s3:::airflow-data/*"],
    }),
    "one pattern takes in bucket and objects": tls({ Resource: `${ARN}*` }),
    "the resource is everything": tls({ Resource: "*" }),
    "two statements share it": policyOf(
      { ...TLS, Resource: ARN },
      { ...TLS, Resource: `${ARN}/*` },
    ),
    "other statements stand beside it": policyOf(
      {
        Effect: "Allow",
        Principal: { AWS: "123456789012" },
        Action: "s3:GetObject",
        Resource: ARN,
      },
      TLS,
    ),
  }).map(([when, props]) => ({ when, resources: [data, planned(POLICY, props, data)] })),
  wrong(POLICY, "it allows", tls({ Effect: "Allow" }), BOTH),
  wrong(POLICY, "it is for one principal", tls({ Principal: { AWS: "123456789012" } }), BOTH),
  wrong(POLICY, "it is for services only", tls({ Principal: { Service: "*" } }), BOTH),
  wrong(
    POLICY,
    "it excepts a principal",
    tls({ Principal: undefined, NotPrincipal: { AWS: "123456789012" } }),
    BOTH,
  ),
  wrong(POLICY, "it is for one action", tls({ Action: "s3:GetObject" }), BOTH),
  wrong(POLICY, "it is for some actions", tls({ Action: ["s3:Get*", "s3:Put*"] }), BOTH),
  wrong(POLICY, "it leaves the bucket open", tls({ Resource: `${ARN}/*` }), /reach the bucket of/),
  wrong(POLICY, "it leaves the objects open", tls({ Resource: ARN }), /reach the objects of/),
  wrong(
    POLICY,
    "it leaves most objects open",
    tls({ Resource: [ARN, `${ARN}/files/*`] }),
    /reach the objects of/,
  ),
  wrong(POLICY, "it is for one object", tls({ Resource: [ARN, `${ARN}/x`] }), /the objects of/),
  wrong(
    POLICY,
    "it is for another bucket",
    tls({ Resource: ["arn:aws:s3:::airflow-other", "arn:aws:s3:::airflow-other/*"] }),
    BOTH,
  ),
  wrong(POLICY, "it has no resource", tls({ Resource: undefined }), BOTH),
  wrong(POLICY, "it has no condition", tls({ Condition: undefined }), BOTH),
  wrong(
    POLICY,
    "it refuses TLS",
    tls({ Condition: { Bool: { "aws:SecureTransport": "true" } } }),
    BOTH,
  ),
  wrong(
    POLICY,
    "its operator means the reverse",
    tls({ Condition: { StringNotEquals: { "aws:SecureTransport": "false" } } }),
    BOTH,
  ),
  wrong(
    POLICY,
    "a second condition narrows it",
    tls({
      Condition: {
        Bool: { "aws:SecureTransport": "false" },
        StringEquals: { "aws:PrincipalAccount": "123456789012" },
      },
    }),
    BOTH,
  ),
  wrong(
    POLICY,
    "a second key narrows it",
    tls({
      Condition: { Bool: { "aws:SecureTransport": "false", "aws:ViaAWSService": "false" } },
    }),
    BOTH,
  ),
  wrong(POLICY, "it has no statement", { policy: "{}" }, BOTH),
  wrong(POLICY, "it is no JSON", { policy: "{" }, BOTH),
  wrong(POLICY, "its policy is missing", {}, BOTH),
  {
    when: "it is not known yet",
    resources: [data, planned(POLICY, { policy: UNKNOWN }, data)],
    notChecked: /policy/,
  },
  {
    when: "the bucket's name is not known yet",
    resources: [nameless, planned(POLICY, tls({}), nameless)],
    notChecked: /name of the bucket data/,
  },
  { when: "the bucket has its own", resources: [bucketWith(tls({}))] },
  {
    when: "the bucket's own has too little",
    resources: [bucketWith(tls({ Resource: ARN }))],
    violations: [["data", /no aws\.s3\.BucketPolicy/]],
  },
  pending("policy"),
];

const RULE = {
  id: "old",
  status: "Enabled",
  filter: {},
  noncurrentVersionExpiration: { noncurrentDays: 90 },
  abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
};
const rulesOf = (...rules: Props[]) => ({ rules });
const rule = (change: Props) => rulesOf({ ...RULE, ...change });
const NEITHER = /noncurrentDays and none with abort/;
const OWN_RULE = {
  enabled: true,
  noncurrentVersionExpiration: { days: 90 },
  abortIncompleteMultipartUploadDays: 7,
};

const lifecycle: readonly Case[] = [
  ...common(LIFECYCLE, () => rulesOf(RULE), /no aws\.s3\.BucketLifecycleConfiguration/),
  {
    when: "two rules share it",
    resources: [
      data,
      planned(
        LIFECYCLE,
        rulesOf(
          { ...RULE, abortIncompleteMultipartUpload: undefined },
          { ...RULE, noncurrentVersionExpiration: undefined },
        ),
        data,
      ),
    ],
  },
  ...Object.entries({
    "there is no filter": rule({ filter: undefined }),
    "the filter's prefix is empty": rule({ filter: { prefix: "" } }),
    "the old prefix is empty": rule({ filter: undefined, prefix: "" }),
  }).map(([when, props]) => ({ when, resources: [data, planned(LIFECYCLE, props, data)] })),
  wrong(LIFECYCLE, "the rule is off", rule({ status: "Disabled" }), NEITHER),
  wrong(LIFECYCLE, "the rule is for a prefix", rule({ filter: { prefix: "files/" } }), NEITHER),
  wrong(LIFECYCLE, "the rule is for an old prefix", rule({ prefix: "files/" }), NEITHER),
  wrong(
    LIFECYCLE,
    "the rule is for a tag",
    rule({ filter: { tag: { key: "a", value: "b" } } }),
    NEITHER,
  ),
  wrong(
    LIFECYCLE,
    "the rule is for large objects",
    rule({ filter: { objectSizeGreaterThan: 1 } }),
    NEITHER,
  ),
  wrong(
    LIFECYCLE,
    "versions stay",
    rule({ noncurrentVersionExpiration: undefined }),
    /with noncurrentVersionExpiration\.noncurrentDays; add it/,
  ),
  wrong(
    LIFECYCLE,
    "versions stay, by no days",
    rule({ noncurrentVersionExpiration: {} }),
    /noncurrentDays; add it/,
  ),
  wrong(
    LIFECYCLE,
    "uploads stay",
    rule({ abortIncompleteMultipartUpload: undefined }),
    /with abortIncompleteMultipartUpload\.daysAfterInitiation; add it/,
  ),
  wrong(LIFECYCLE, "there are no rules", {}, NEITHER),
  {
    when: "the days are not known yet",
    resources: [
      data,
      planned(LIFECYCLE, rule({ noncurrentVersionExpiration: { noncurrentDays: UNKNOWN } }), data),
    ],
    notChecked: /noncurrentDays/,
  },
  { when: "a Bucket has its own", resources: [bucketWith({ lifecycleRules: [OWN_RULE] })] },
  {
    when: "a BucketV2 has its own",
    resources: [
      bucketWith(
        {
          lifecycleRules: [
            {
              ...OWN_RULE,
              noncurrentVersionExpiration: undefined,
              noncurrentVersionExpirations: [{ days: 90 }],
            },
          ],
        },
        BUCKET_V2,
      ),
    ],
  },
  ...[
    { enabled: false },
    { tags: { a: "b" } },
    { prefix: "x" },
    { noncurrentVersionExpiration: {} },
  ].map((change): Case => ({
    when: `a Bucket's own has ${JSON.stringify(change)}`,
    resources: [bucketWith({ lifecycleRules: [{ ...OWN_RULE, ...change }] })],
    violations: [["data", /no aws\.s3\.BucketLifecycleConfiguration/]],
  })),
  pending("lifecycleRules"),
];

const ownership = (objectOwnership: unknown) => ({ rule: { objectOwnership } });

const acls: readonly Case[] = [
  ...common(
    OWNERSHIP,
    () => ownership("BucketOwnerEnforced"),
    /no aws\.s3\.BucketOwnershipControls/,
  ),
  wrong(
    OWNERSHIP,
    "lists are in force",
    ownership("BucketOwnerPreferred"),
    /"BucketOwnerPreferred"; "BucketOwnerEnforced" is needed/,
  ),
  wrong(OWNERSHIP, "the writer owns objects", ownership("ObjectWriter"), /"ObjectWriter"/),
  wrong(OWNERSHIP, "the rule is missing", {}, /"missing"/),
  {
    when: "it is not known yet",
    resources: [data, planned(OWNERSHIP, ownership(UNKNOWN), data)],
    notChecked: /objectOwnership/,
  },
];

const logging: readonly Case[] = [
  ...common(LOGGING, () => ({ targetBucket: "elsewhere" }), /no aws\.s3\.BucketLogging/),
  {
    when: "the log goes to a bucket of the stack, which is exempt",
    resources: [
      data,
      logs,
      resource(
        LOGGING,
        "companion",
        { bucket: UNKNOWN, targetBucket: UNKNOWN },
        { bucket: [data], targetBucket: [logs] },
      ),
    ],
  },
  {
    when: "the bucket logs into itself",
    resources: [data, deployed(LOGGING, { targetBucket: "airflow-data" }, "airflow-data")],
    violations: [["companion", /logs into itself/]],
  },
  {
    when: "a Bucket has its own",
    resources: [bucketWith({ logging: { targetBucket: "airflow-logs" } })],
  },
  {
    when: "a BucketV2 has its own",
    resources: [bucketWith({ loggings: [{ targetBucket: "airflow-logs" }] }, BUCKET_V2)],
  },
  pending("logging"),
];

describe("rules on what stands beside a bucket", () => {
  const tables: readonly (readonly [StackRule, readonly Case[]])[] = [
    [s3Versioning, versioning],
    [s3PublicAccessBlock, common(BLOCK, () => ({}), /no aws\.s3\.BucketPublicAccessBlock/)],
    [s3Encryption, encryption],
    [s3TlsOnly, tlsOnly],
    [s3OldVersionsExpire, lifecycle],
    [s3AclsDisabled, acls],
    [s3AccessLogging, logging],
  ];
  tables.forEach(([each, cases]) => table(each, cases));
});

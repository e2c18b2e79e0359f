import { Mutant, RecordedResource, find, without } from "../mutant";

const BUCKET = "aws:s3/bucket:Bucket";
const VERSIONING = "aws:s3/bucketVersioning:BucketVersioning";
const BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const ENCRYPTION =
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
const OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls";
const LOGGING = "aws:s3/bucketLogging:BucketLogging";
const ACL = "aws:s3/bucketAcl:BucketAcl";

/** Gives a bucket another name wherever the stack has it: ARNs, policies, locations. */
function renamed(
  resources: RecordedResource[],
  bucket: string,
  rename: (name: string) => string,
): RecordedResource[] {
  const name = find(resources, BUCKET, bucket).props.bucket as string;
  return JSON.parse(JSON.stringify(resources).replaceAll(name, rename(name))) as RecordedResource[];
}

/** Moves what belongs to the data bucket to the environment's. */
function moveToAirflowBucket(resources: RecordedResource[], type: string, kind: string): void {
  const moved = find(resources, type, `data-${kind}`);
  const other = find(resources, type, `airflow-${kind}`);
  moved.props.bucket = other.props.bucket;
  moved.propertyDependencies.bucket = other.propertyDependencies.bucket;
}

/** Another resource for the data bucket. */
function beside(type: string, name: string, props: Record<string, unknown>) {
  return (resources: RecordedResource[]): void => {
    const {
      props: of,
      propertyDependencies,
      protect,
    } = find(resources, VERSIONING, "data-versioning");
    resources.push({
      type,
      name,
      props: { bucket: of.bucket, ...props },
      propertyDependencies: { bucket: propertyDependencies.bucket },
      protect,
    });
  };
}

type Statement = Record<string, unknown>;

/** Rewrites the statements of the data bucket's policy. */
function statements(rewrite: (tlsOnly: Statement) => Statement[]) {
  return (resources: RecordedResource[]): void => {
    const { props } = find(resources, POLICY, "data-policy");
    const document = JSON.parse(props.policy as string) as { Statement: Statement[] };
    props.policy = JSON.stringify({ ...document, Statement: rewrite(document.Statement[0]) });
  };
}

/** Rewrites the rule of the data bucket's lifecycle. */
function lifecycle(change: Record<string, unknown>) {
  return (resources: RecordedResource[]): void => {
    const { props } = find(resources, LIFECYCLE, "data-lifecycle");
    const [rule] = props.rules as Record<string, unknown>[];
    props.rules = [{ ...rule, ...change }];
  };
}

function set(type: string, name: string, change: Record<string, unknown>) {
  return (resources: RecordedResource[]): void => {
    Object.assign(find(resources, type, name).props, change);
  };
}

// What mwaa-source-bucket-protected and s3-… say of an environment's bucket is the same thing twice.
const ENVIRONMENT_BUCKET = ["mwaa-source-bucket-protected", "s3-versioning"];

/** Breaking changes to the buckets of a shipped stack. */
export const mutants: readonly Mutant[] = [
  {
    rule: "airflow-bucket-name-prefix",
    what: "the environment's bucket is called otherwise",
    mutate: (resources) =>
      renamed(resources, "airflow-bucket", (name) => name.replace("airflow-", "dags-")),
    resource: "airflow-bucket",
  },
  {
    rule: "airflow-bucket-versioning",
    what: "the environment's bucket has no versioning",
    mutate: (resources) => without(resources, VERSIONING, "airflow-versioning"),
    resource: "airflow-bucket",
    alsoBreaks: ENVIRONMENT_BUCKET,
  },
  {
    rule: "airflow-bucket-versioning",
    what: "the versioning of the environment's bucket is suspended",
    stack: "dev",
    mutate: set(VERSIONING, "airflow-versioning", {
      versioningConfiguration: { status: "Suspended" },
    }),
    resource: "airflow-versioning",
    alsoBreaks: ENVIRONMENT_BUCKET,
  },
  {
    rule: "s3-bucket-naming",
    what: "a bucket's name has capitals",
    mutate: (resources) =>
      renamed(resources, "data-bucket", (name) => name.replace("data", "Data")),
    resource: "data-bucket",
  },
  {
    rule: "s3-bucket-naming",
    what: "a bucket's name is too long",
    stack: "dev",
    mutate: (resources) => renamed(resources, "data-bucket", (name) => name + "-x".repeat(20)),
    resource: "data-bucket",
  },
  {
    rule: "s3-bucket-naming",
    what: "a bucket's name ends in what S3 keeps",
    mutate: (resources) => renamed(resources, "airflow-bucket", (name) => `${name}--x-s3`),
    resource: "airflow-bucket",
  },
  {
    rule: "s3-no-dots-in-name",
    what: "a bucket's name has a dot",
    mutate: (resources) =>
      renamed(resources, "data-bucket", (name) => name.replace("-data-", ".data-")),
    resource: "data-bucket",
  },
  {
    rule: "s3-versioning",
    what: "the data bucket has no versioning",
    mutate: (resources) => without(resources, VERSIONING, "data-versioning"),
    resource: "data-bucket",
  },
  {
    rule: "s3-versioning",
    what: "the versioning of the data bucket is suspended",
    stack: "local",
    mutate: set(VERSIONING, "data-versioning", {
      versioningConfiguration: { status: "Suspended" },
    }),
    resource: "data-versioning",
  },
  {
    rule: "s3-versioning",
    what: "the versioning of the data bucket is on another bucket",
    mutate: (resources) => moveToAirflowBucket(resources, VERSIONING, "versioning"),
    resource: "data-bucket",
  },
  {
    rule: "s3-public-access-block",
    what: "the data bucket has no public access block",
    stack: "dev",
    mutate: (resources) => without(resources, BLOCK, "data-public-access-block"),
    resource: "data-bucket",
  },
  {
    rule: "s3-public-access-block",
    what: "the public access block of the data bucket is on another bucket",
    mutate: (resources) => moveToAirflowBucket(resources, BLOCK, "public-access-block"),
    resource: "data-bucket",
  },
  ...["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].map(
    (setting): Mutant => ({
      rule: "s3-public-access-block-complete",
      what: `${setting} is false`,
      mutate: set(BLOCK, "data-public-access-block", { [setting]: false }),
      resource: "data-public-access-block",
    }),
  ),
  {
    rule: "s3-encryption",
    what: "the data bucket has no encryption configuration",
    mutate: (resources) => without(resources, ENCRYPTION, "data-encryption"),
    resource: "data-bucket",
  },
  {
    rule: "s3-encryption",
    what: "an encryption configuration says nothing",
    stack: "dev",
    mutate: set(ENCRYPTION, "airflow-encryption", { rules: [{ bucketKeyEnabled: true }] }),
    resource: "airflow-encryption",
  },
  {
    rule: "s3-tls-only",
    what: "the data bucket has no policy",
    mutate: (resources) => without(resources, POLICY, "data-policy"),
    resource: "data-bucket",
  },
  {
    rule: "s3-tls-only",
    what: "the policy leaves the objects open to plain HTTP",
    mutate: statements((tlsOnly) => [
      { ...tlsOnly, Resource: (tlsOnly.Resource as string[]).slice(0, 1) },
    ]),
    resource: "data-policy",
  },
  {
    rule: "s3-tls-only",
    what: "the policy refuses TLS",
    stack: "dev",
    mutate: statements((tlsOnly) => [
      { ...tlsOnly, Condition: { Bool: { "aws:SecureTransport": "true" } } },
    ]),
    resource: "data-policy",
  },
  {
    rule: "s3-tls-only",
    what: "the policy refuses plain HTTP to one account only",
    mutate: statements((tlsOnly) => [
      { ...tlsOnly, Principal: { AWS: "arn:aws:iam::123456789012:root" } },
    ]),
    resource: "data-policy",
  },
  {
    rule: "s3-old-versions-expire",
    what: "the data bucket has no lifecycle",
    mutate: (resources) => without(resources, LIFECYCLE, "data-lifecycle"),
    resource: "data-bucket",
  },
  {
    rule: "s3-old-versions-expire",
    what: "old versions stay",
    stack: "local",
    mutate: lifecycle({ noncurrentVersionExpiration: undefined }),
    resource: "data-lifecycle",
  },
  {
    rule: "s3-old-versions-expire",
    what: "unfinished uploads stay",
    mutate: lifecycle({ abortIncompleteMultipartUpload: undefined }),
    resource: "data-lifecycle",
  },
  {
    rule: "s3-old-versions-expire",
    what: "the lifecycle rule is disabled",
    mutate: lifecycle({ status: "Disabled" }),
    resource: "data-lifecycle",
  },
  {
    rule: "s3-old-versions-expire",
    what: "the lifecycle rule is for a part of the objects",
    mutate: lifecycle({ filter: { prefix: "files/" } }),
    resource: "data-lifecycle",
  },
  {
    rule: "s3-no-wildcard-principal",
    what: "the policy lets everybody read",
    mutate: statements((tlsOnly) => [
      tlsOnly,
      { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: tlsOnly.Resource },
    ]),
    resource: "data-policy",
  },
  {
    rule: "s3-no-wildcard-principal",
    what: "the policy lets a role of whatever account read",
    mutate: statements((tlsOnly) => [
      tlsOnly,
      {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::*:role/etl" },
        Action: "s3:GetObject",
        Resource: tlsOnly.Resource,
      },
    ]),
    resource: "data-policy",
  },
  {
    rule: "s3-no-acl-public",
    what: "the data bucket has a public list",
    mutate: beside(ACL, "data-acl", { acl: "public-read" }),
    resource: "data-acl",
  },
  {
    rule: "s3-no-acl-public",
    what: "an object has a public list",
    stack: "dev",
    mutate: beside("aws:s3/bucketObjectv2:BucketObjectv2", "data-object", {
      key: "files/x",
      acl: "public-read-write",
    }),
    resource: "data-object",
  },
  {
    rule: "s3-acls-disabled",
    what: "lists are in force",
    mutate: set(OWNERSHIP, "data-ownership", { rule: { objectOwnership: "ObjectWriter" } }),
    resource: "data-ownership",
  },
  {
    rule: "s3-acls-disabled",
    what: "the data bucket has no ownership controls",
    stack: "dev",
    mutate: (resources) => without(resources, OWNERSHIP, "data-ownership"),
    resource: "data-bucket",
  },
  {
    rule: "s3-access-logging",
    what: "a bucket logs into itself",
    mutate: (resources) => {
      const { bucket } = find(resources, BUCKET, "data-bucket").props;
      beside(LOGGING, "data-logging", { bucket, targetBucket: bucket, targetPrefix: "log/" })(
        resources,
      );
    },
    resource: "data-logging",
  },
  {
    rule: "s3-policy-locks-nobody-out",
    what: "a policy that denies everybody everything",
    mutate: (resources) => {
      const { props } = find(resources, POLICY, "data-policy");
      const document = JSON.parse(props.policy as string) as { Statement: object[] };
      const arn = "arn:aws:s3:::airflow-mwaa-analytics-data-prod-123456789012-us-east-1";
      document.Statement.push({
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [arn, `${arn}/*`],
      });
      props.policy = JSON.stringify(document);
    },
    resource: "data-policy",
  },
];

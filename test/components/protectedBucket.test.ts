import assert from "node:assert";
import { ProtectedBucket, type ProtectedBucketArgs } from "../../components/protectedBucket";
import { type Recording, only, record } from "../mocks";
import { LOCATION, document, statement } from "../policies";

const NAME = "airflow-test-bucket";
const KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";

const bucket = (args: Partial<ProtectedBucketArgs> = {}): Promise<Recording<ProtectedBucket>> =>
  record(
    () =>
      new ProtectedBucket("test", {
        location: LOCATION,
        bucketName: NAME,
        oldVersionRetentionDays: 90,
        ...args,
      }),
  );

describe("ProtectedBucket", () => {
  it("is named as it is told", async () => {
    const { inputs } = only(await bucket({ tags: { Team: "data" } }), "aws:s3/bucket:Bucket");
    assert.deepStrictEqual(inputs, { bucket: NAME, forceDestroy: false, tags: { Team: "data" } });
  });

  it("has versioning switched on", async () => {
    const { inputs } = only(await bucket(), "aws:s3/bucketVersioning:BucketVersioning");
    assert.deepStrictEqual(inputs, {
      bucket: NAME,
      versioningConfiguration: { status: "Enabled" },
    });
  });

  it("is closed to the public in all four ways, and has no ACLs", async () => {
    const recording = await bucket();
    assert.deepStrictEqual(
      only(recording, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs,
      {
        bucket: NAME,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
    );
    assert.deepStrictEqual(
      only(recording, "aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs.rule,
      { objectOwnership: "BucketOwnerEnforced" },
    );
  });

  const encryption =
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";

  it("is encrypted with S3's key", async () => {
    assert.deepStrictEqual(only(await bucket(), encryption).inputs.rules, [
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
        blockedEncryptionTypes: ["SSE-C"],
      },
    ]);
  });

  it("is encrypted with a key of one's own", async () => {
    assert.deepStrictEqual(only(await bucket({ kmsKeyArn: KEY }), encryption).inputs.rules, [
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: KEY },
        blockedEncryptionTypes: ["SSE-C"],
        bucketKeyEnabled: true,
      },
    ]);
  });

  it("refuses everybody without TLS, after public access is blocked", async () => {
    const recording = await bucket();
    const policy = only(recording, "aws:s3/bucketPolicy:BucketPolicy");
    assert.deepStrictEqual(statement(document(policy.inputs.policy), "TlsOnly"), {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [`arn:aws:s3:::${NAME}`, `arn:aws:s3:::${NAME}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    const block = only(recording, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock");
    assert.ok(policy.dependencies.includes(block.urn));
  });

  it("drops old versions after the days of the setting", async () => {
    const recording = await bucket({ oldVersionRetentionDays: 7 });
    const lifecycle = only(
      recording,
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    );
    assert.deepStrictEqual(lifecycle.inputs.rules, [
      {
        id: "old-versions",
        status: "Enabled",
        filter: {},
        noncurrentVersionExpiration: { noncurrentDays: 7 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
    ]);
    const versioning = only(recording, "aws:s3/bucketVersioning:BucketVersioning");
    assert.ok(lifecycle.dependencies.includes(versioning.urn));
  });

  it("expires what lies below the given prefixes, each after its days, and nothing else", async () => {
    const { inputs } = only(
      await bucket({ expiring: [{ prefix: "athena-results/", days: 30 }] }),
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    );
    const [all, ...others] = inputs.rules as Record<string, unknown>[];
    assert.ok(!("expiration" in all));
    assert.deepStrictEqual(others, [
      {
        id: "expire-athena-results/",
        status: "Enabled",
        filter: { prefix: "athena-results/" },
        expiration: { days: 30 },
      },
    ]);
  });

  it("is kept with all its protections unless the stack allows destruction", async () => {
    const kept = (await bucket()).registrations.filter(({ type }) => type.startsWith("aws:"));
    assert.strictEqual(kept.length, 7);
    for (const { name, protect, retainOnDelete } of kept) {
      assert.deepStrictEqual([protect, retainOnDelete], [true, true], name);
    }
  });

  it("goes with all its content where the stack allows destruction", async () => {
    const recording = await bucket({ forceDestroy: true });
    assert.strictEqual(only(recording, "aws:s3/bucket:Bucket").inputs.forceDestroy, true);
    for (const { name, protect, retainOnDelete } of recording.registrations) {
      assert.deepStrictEqual([protect, retainOnDelete], [false, false], name);
    }
  });

  it("is replaced with its content where another key takes over, unless it is kept", async () => {
    const trigger = async (args: Partial<ProtectedBucketArgs>): Promise<unknown> =>
      only(await bucket(args), "aws:s3/bucket:Bucket").replacementTrigger;
    const replaced = { forceDestroy: true, replacedWithKey: true };
    assert.strictEqual(await trigger(replaced), "aws");
    assert.strictEqual(await trigger({ ...replaced, kmsKeyArn: KEY }), KEY);
    assert.strictEqual(await trigger({ replacedWithKey: true }), undefined);
    assert.strictEqual(await trigger({ forceDestroy: true }), undefined);
  });

  it("parents all that it makes", async () => {
    const { registrations } = await bucket();
    const [component, ...children] = registrations;
    assert.ok(children.every(({ parent }) => parent === component.urn));
  });
});

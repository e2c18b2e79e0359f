import assert from "node:assert";
import { type EncryptionChoice, encryptionKeyArn } from "../../components/encryptionKey";
import { type Recording, only, record } from "../mocks";
import { LOCATION, document, statement } from "../policies";

const key = (
  encryption: EncryptionChoice,
  forceDestroy = false,
): Promise<Recording<{ arn: ReturnType<typeof encryptionKeyArn> }>> =>
  record(() => ({
    arn: encryptionKeyArn("key", encryption, {
      location: LOCATION,
      environmentName: "mwaa-test",
      logGroupNames: ["airflow-mwaa-test-*", "/mwaa-test/vpc-flow-logs"],
      forceDestroy,
    }),
  }));

describe("encryptionKeyArn", () => {
  it("makes nothing where the services use their own keys", async () => {
    const { result, registrations } = await key({ kind: "aws" });
    assert.deepStrictEqual([result.arn, registrations], [undefined, []]);
  });

  it("makes nothing where a key is there already", async () => {
    const keyArn = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";
    const { result, registrations } = await key({ kind: "existing", keyArn });
    assert.deepStrictEqual([result.arn, registrations], [keyArn, []]);
  });

  it("makes a key that rotates, with an alias of the environment's name", async () => {
    const recording = await key({ kind: "own" });
    const { inputs } = only(recording, "aws:kms/key:Key");
    assert.strictEqual(inputs.enableKeyRotation, true);
    assert.strictEqual(only(recording, "aws:kms/alias:Alias").inputs.name, "alias/mwaa-test");
    assert.match(String(recording.result.arn), /^arn:aws:kms:us-east-1:123456789012:key\//);
  });

  it("admits CloudWatch Logs for the stack's log groups only, and leaves the rest to IAM", async () => {
    const policy = document(only(await key({ kind: "own" }), "aws:kms/key:Key").inputs.policy);
    assert.strictEqual(policy.Statement.length, 2);
    const logs = statement(policy, "CloudWatchLogs");
    assert.deepStrictEqual(logs.Principal, { Service: "logs.us-east-1.amazonaws.com" });
    assert.deepStrictEqual(logs.Condition, {
      ArnLike: {
        "kms:EncryptionContext:aws:logs:arn": [
          "arn:aws:logs:us-east-1:123456789012:log-group:airflow-mwaa-test-*",
          "arn:aws:logs:us-east-1:123456789012:log-group:/mwaa-test/vpc-flow-logs",
        ],
      },
    });
    assert.deepStrictEqual(statement(policy, "IamDecides").Principal, {
      AWS: "arn:aws:iam::123456789012:root",
    });
  });

  it("is kept unless the stack allows destruction", async () => {
    const kept = only(await key({ kind: "own" }), "aws:kms/key:Key");
    assert.deepStrictEqual([kept.protect, kept.retainOnDelete], [true, true]);
    assert.strictEqual(kept.inputs.deletionWindowInDays, 30);
    const gone = only(await key({ kind: "own" }, true), "aws:kms/key:Key");
    assert.deepStrictEqual([gone.protect, gone.retainOnDelete], [false, false]);
    assert.strictEqual(gone.inputs.deletionWindowInDays, 7);
  });
});

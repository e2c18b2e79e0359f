import assert from "node:assert";
import { Athena, type AthenaArgs } from "../../components/athena";
import { only, record } from "../mocks";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";

const athena = (args: Partial<AthenaArgs> = {}) =>
  record(
    () =>
      new Athena("athena", {
        accountId: "123456789012",
        workgroupName: "mwaa-test",
        dataBucketName: "airflow-data",
        ...args,
      }),
  );

describe("Athena", () => {
  it("makes a workgroup whose result location and encryption are enforced", async () => {
    const { inputs } = only(await athena(), "aws:athena/workgroup:Workgroup");
    assert.strictEqual(inputs.name, "mwaa-test");
    assert.deepStrictEqual(inputs.configuration, {
      enforceWorkgroupConfiguration: true,
      publishCloudwatchMetricsEnabled: true,
      engineVersion: { selectedEngineVersion: "Athena engine version 3" },
      resultConfiguration: {
        outputLocation: "s3://airflow-data/athena-results/",
        expectedBucketOwner: "123456789012",
        encryptionConfiguration: { encryptionOption: "SSE_S3" },
      },
    });
  });

  it("encrypts results with the stack's key", async () => {
    const { inputs } = only(await athena({ kmsKeyArn: KEY }), "aws:athena/workgroup:Workgroup");
    const { resultConfiguration } = inputs.configuration as {
      resultConfiguration: { encryptionConfiguration: unknown };
    };
    assert.deepStrictEqual(resultConfiguration.encryptionConfiguration, {
      encryptionOption: "SSE_KMS",
      kmsKeyArn: KEY,
    });
  });

  it("deletes a workgroup with its history only where the stack allows it", async () => {
    const forced = async (args: Partial<AthenaArgs>): Promise<unknown> =>
      only(await athena(args), "aws:athena/workgroup:Workgroup").inputs.forceDestroy;
    assert.deepStrictEqual([await forced({}), await forced({ forceDestroy: true })], [false, true]);
  });

  it("keeps one with its history, which Athena would not delete", async () => {
    const kept = async (args: Partial<AthenaArgs>): Promise<unknown> => {
      const { protect, retainOnDelete } = only(
        await athena(args),
        "aws:athena/workgroup:Workgroup",
      );
      return [protect, retainOnDelete];
    };
    assert.deepStrictEqual(await kept({}), [true, true]);
    assert.deepStrictEqual(await kept({ forceDestroy: true }), [false, false]);
  });
});

import assert from "node:assert";
import { DataBucket } from "../../components/dataBucket";
import { type Recording, only, record } from "../mocks";
import { LOCATION } from "../policies";

const data = (forceDestroy: boolean): Promise<Recording<DataBucket>> =>
  record(
    () =>
      new DataBucket("data", {
        location: LOCATION,
        bucketName: "airflow-test-data",
        oldVersionRetentionDays: 90,
        forceDestroy,
        markers: ["files/"],
      }),
  );

describe("DataBucket", () => {
  it("is protected like the environment's bucket", async () => {
    const recording = await data(false);
    const types = recording.registrations
      .filter(({ parent }) => parent.includes("protectedBucket"))
      .map(({ type }) => type.split(":").at(-1))
      .sort();
    assert.deepStrictEqual(types, [
      "Bucket",
      "BucketLifecycleConfiguration",
      "BucketOwnershipControls",
      "BucketPolicy",
      "BucketPublicAccessBlock",
      "BucketServerSideEncryptionConfiguration",
      "BucketVersioning",
    ]);
    assert.ok(only(recording, "aws:s3/bucket:Bucket").protect);
  });

  it("holds the markers that DAGs wait for", async () => {
    const recording = await data(true);
    const { inputs, dependencies } = only(recording, "aws:s3/bucketObjectv2:BucketObjectv2");
    assert.strictEqual(inputs.bucket, "airflow-test-data");
    assert.strictEqual(inputs.key, "files/");
    assert.strictEqual(inputs.content, "");
    const versioning = only(recording, "aws:s3/bucketVersioning:BucketVersioning");
    assert.ok(dependencies.includes(versioning.urn));
  });
});

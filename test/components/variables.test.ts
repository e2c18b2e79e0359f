import assert from "node:assert";
import { Variables, variablesPrefix } from "../../components/variables";
import { ofType, only, record } from "../mocks";

const VALUES = { s3_bucket_name: "airflow-data", emr_job_flow: "{}" };

const variables = (values: Record<string, string>) =>
  record(
    () =>
      new Variables("variables", {
        airflowBucketName: "airflow-test",
        prefix: variablesPrefix("mwaa-test"),
        values,
      }),
  );

describe("Variables", () => {
  it("are plain parameters under the backend's prefix", async () => {
    const parameters = ofType(await variables(VALUES), "aws:ssm/parameter:Parameter");
    assert.deepStrictEqual(
      Object.fromEntries(parameters.map(({ inputs }) => [inputs.name, inputs.value])),
      {
        "/mwaa-test/variables/s3_bucket_name": "airflow-data",
        "/mwaa-test/variables/emr_job_flow": "{}",
      },
    );
    assert.ok(parameters.every(({ inputs }) => inputs.type === "String"));
  });

  it("are a file for an import by hand as well", async () => {
    const file = only(await variables(VALUES), "aws:s3/bucketObjectv2:BucketObjectv2");
    assert.strictEqual(file.inputs.key, "variables.json");
    assert.deepStrictEqual(JSON.parse(String(file.inputs.content)), VALUES);
    assert.strictEqual(file.inputs.serverSideEncryption, "AES256");
  });

  it("are nothing at all where there is none", async () => {
    const { registrations } = await variables({});
    assert.deepStrictEqual(
      registrations.map(({ type }) => type),
      ["mwaa:variables:Variables"],
    );
  });
});

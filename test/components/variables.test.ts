import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import type { DataApiTarget } from "../../components/redshiftTarget";
import {
  Variables,
  movieListVariables,
  movielensVariables,
  variablesPrefix,
} from "../../components/variables";
import { ofType, only, record } from "../mocks";

const WORKGROUP: DataApiTarget = {
  kind: "workgroup",
  name: pulumi.output("w"),
  arn: pulumi.output("arn"),
};
const CLUSTER: DataApiTarget = {
  kind: "cluster",
  identifier: pulumi.output("redshift-cluster-1"),
  dbUser: "awsuser",
};

const variables = async (redshift: DataApiTarget): Promise<Record<string, unknown>> => {
  const recording = await record(
    () =>
      new Variables("variables", {
        airflowBucketName: "airflow-test",
        prefix: variablesPrefix("mwaa-test"),
        values: movieListVariables({
          dataBucketName: "airflow-data",
          movielensSource: "https://example.com/m.zip",
          athenaDatabaseName: "demo_athena_db",
          athenaWorkgroupName: "athena-test",
          redshift,
          redshiftDatabase: "dev",
          redshiftTableName: "movie_demo",
          redshiftCopyRoleArn: "arn:aws:iam::123456789012:role/copy",
        }),
      }),
  );
  const parameters = ofType(recording, "aws:ssm/parameter:Parameter");
  // The same, for an import by hand.
  const { key, content } = only(recording, "aws:s3/bucketObjectv2:BucketObjectv2").inputs;
  assert.strictEqual(key, "variables.json");
  assert.deepStrictEqual(
    JSON.parse(String(content)),
    Object.fromEntries(
      parameters.map(({ inputs }) => [String(inputs.name).split("/").pop(), inputs.value]),
    ),
  );
  assert.ok(parameters.every(({ inputs }) => inputs.type === "String"));
  return Object.fromEntries(
    parameters.map(({ inputs }) => [String(inputs.name), inputs.value]).sort(),
  ) as Record<string, unknown>;
};

describe("Variables", () => {
  it("are parameters under the backend's prefix, for a workgroup", async () => {
    assert.deepStrictEqual(await variables(WORKGROUP), {
      "/mwaa-test/variables/athena_db": "demo_athena_db",
      "/mwaa-test/variables/athena_workgroup": "athena-test",
      "/mwaa-test/variables/movielens_source": "https://example.com/m.zip",
      "/mwaa-test/variables/redshift_copy_role_arn": "arn:aws:iam::123456789012:role/copy",
      "/mwaa-test/variables/redshift_db": "dev",
      "/mwaa-test/variables/redshift_table_name": "movie_demo",
      "/mwaa-test/variables/redshift_workgroup": "w",
      "/mwaa-test/variables/s3_bucket_name": "airflow-data",
    });
  });

  it("name the cluster and its user in place of the workgroup", async () => {
    const found = await variables(CLUSTER);
    assert.strictEqual(found["/mwaa-test/variables/redshift_cluster"], "redshift-cluster-1");
    assert.strictEqual(found["/mwaa-test/variables/redshift_db_user"], "awsuser");
    assert.ok(!("/mwaa-test/variables/redshift_workgroup" in found));
  });

  it("have the request for a cluster, and where the pipeline's own parameters are", async () => {
    const values = movielensVariables({ parametersPath: "/mwaa/prod", jobFlow: "{}" });
    const recording = await record(
      () =>
        new Variables("variables", {
          airflowBucketName: "airflow-test",
          prefix: variablesPrefix("mwaa-test"),
          values,
        }),
    );
    assert.deepStrictEqual(
      Object.fromEntries(
        ofType(recording, "aws:ssm/parameter:Parameter").map(({ inputs }) => [
          inputs.name,
          inputs.value,
        ]),
      ),
      {
        "/mwaa-test/variables/movielens_parameters": "/mwaa/prod",
        "/mwaa-test/variables/emr_job_flow": "{}",
      },
    );
  });
});

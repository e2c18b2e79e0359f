import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { redshiftVariables } from "../../components/redshiftAccess";

describe("redshiftVariables", () => {
  const resolved = async (target: Parameters<typeof redshiftVariables>[0]) =>
    new Promise((resolve) => pulumi.output(redshiftVariables(target, "dev")).apply(resolve));

  it("name the workgroup", async () => {
    const [name, arn] = ["w", "arn"].map((text) => pulumi.output(text));
    assert.deepStrictEqual(await resolved({ kind: "workgroup", name, arn }), {
      redshift_workgroup: "w",
      redshift_db: "dev",
    });
  });

  it("name the administrator's secret of a workgroup of the stack's own", async () => {
    const [name, arn, secret] = ["w", "arn", "secret"].map((text) => pulumi.output(text));
    assert.deepStrictEqual(
      await resolved({ kind: "workgroup", name, arn, secret: { arn: secret } }),
      {
        redshift_workgroup: "w",
        redshift_secret_arn: "secret",
        redshift_db: "dev",
      },
    );
  });

  it("name the cluster and its user in place of the workgroup", async () => {
    const identifier = pulumi.output("redshift-cluster-1");
    assert.deepStrictEqual(await resolved({ kind: "cluster", identifier, dbUser: "awsuser" }), {
      redshift_cluster: "redshift-cluster-1",
      redshift_db_user: "awsuser",
      redshift_db: "dev",
    });
  });
});

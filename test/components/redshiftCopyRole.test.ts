import assert from "node:assert";
import {
  type CopyPermissions,
  RedshiftCopyRole,
  copyPolicy,
} from "../../components/redshiftCopyRole";
import { only, record } from "../mocks";
import { LOCATION, allowedActions, assertLeastPrivilege, document, statement } from "../policies";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";
const DATA = "arn:aws:s3:::airflow-data";
const COPY: CopyPermissions = {
  location: LOCATION,
  dataBucketName: "airflow-data",
  prefixes: ["athena-results/clean/", "orders/"],
};

describe("copyPolicy", () => {
  it("names actions that exist, each on a resource where it takes one", async () => {
    await assertLeastPrivilege(copyPolicy(COPY));
    await assertLeastPrivilege(copyPolicy({ ...COPY, kmsKeyArn: KEY }));
    await assertLeastPrivilege(copyPolicy({ ...COPY, prefixes: [] }));
  });

  it("is of the stack's partition only", () => {
    const location = { ...LOCATION, partition: "aws-cn", dnsSuffix: "amazonaws.com.cn" };
    assert.ok(!JSON.stringify(copyPolicy({ ...COPY, location })).includes("arn:aws:"));
  });

  it("reads nothing where nothing is loaded", () => {
    const actions = allowedActions(copyPolicy({ ...COPY, prefixes: [] }));
    assert.deepStrictEqual(actions, ["s3:GetBucketLocation"]);
  });

  it("reads the prefixes that are loaded and nothing else", () => {
    const policy = copyPolicy(COPY);
    assert.deepStrictEqual(allowedActions(policy).sort(), [
      "s3:GetBucketLocation",
      "s3:GetObject",
      "s3:ListBucket",
    ]);
    assert.deepStrictEqual(statement(policy, "ReadCleanResults").Resource, [
      `${DATA}/athena-results/clean/*`,
      `${DATA}/orders/*`,
    ]);
    assert.deepStrictEqual(statement(policy, "ListCleanResults").Condition, {
      StringLike: { "s3:prefix": ["athena-results/clean/*", "orders/*"] },
    });
  });

  it("decrypts them through S3 only", () => {
    const decrypt = statement(copyPolicy({ ...COPY, kmsKeyArn: KEY }), "DecryptResults");
    assert.deepStrictEqual([decrypt.Action, decrypt.Resource], ["kms:Decrypt", KEY]);
    assert.deepStrictEqual(decrypt.Condition, {
      StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" },
    });
  });
});

describe("RedshiftCopyRole", () => {
  it("is trusted by Redshift's two services, for this account", async () => {
    const recording = await record(
      () => new RedshiftCopyRole("copy", { ...COPY, environmentName: "mwaa-test" }),
    );
    const { inputs } = only(recording, "aws:iam/role:Role");
    const trust = statement(document(inputs.assumeRolePolicy), "AssumedByRedshift");
    assert.deepStrictEqual(trust.Principal, {
      Service: ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"],
    });
    assert.deepStrictEqual(trust.Condition, {
      StringEqualsIfExists: { "aws:SourceAccount": "123456789012" },
      StringLikeIfExists: { "sts:ExternalId": "arn:aws:redshift:us-east-1:123456789012:dbuser:*" },
    });
    assert.deepStrictEqual(
      document(only(recording, "aws:iam/rolePolicy:RolePolicy").inputs.policy),
      copyPolicy(COPY),
    );
  });
});

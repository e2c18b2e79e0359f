import assert from "node:assert/strict";

import { DeploymentRoles } from "../../deploy/oidc/deploymentRoles";
import { dags } from "../../deploy/oidc/permissions/dags";
import { type ProgramStack, readStack } from "../../deploy/oidc/stackSettings";
import { dagsTrust } from "../../deploy/oidc/trust";
import { IAM_QUOTAS } from "../judges/quotas";
import { ACCOUNT, ofType, record } from "../mocks";
import { isAllowed } from "./iam";

/** A shipped stack whose DAG files are deployed apart. */
function external(stack: string, more: Partial<ProgramStack["settings"]> = {}): ProgramStack {
  const account = { partition: "aws", dnsSuffix: "amazonaws.com", accountId: ACCOUNT };
  const { settings, ...rest } = readStack(stack, account);
  const files = { ...settings.files, dags: "external" as const };
  return { ...rest, settings: { ...settings, files, ...more } };
}

const rolesOf = (program: ProgramStack) =>
  record(
    () => {
      new DeploymentRoles("github", {
        program,
        repository: "acme/data",
        branch: "main",
        providerArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`,
      });
    },
    { stack: program.stack },
  );

describe("the role that deploys DAG files", () => {
  it("is there where the stack does not upload them itself, beside the other two", async () => {
    const names = async (program: ProgramStack) =>
      ofType(await rolesOf(program), "aws:iam/role:Role")
        .map(({ name }) => name)
        .sort();
    const program = external("dev");
    const { settings } = program;
    assert.deepEqual(await names(program), ["github-dags", "github-preview", "github-up"]);
    const files = { ...settings.files, dags: "managed" as const };
    assert.deepEqual(await names({ ...program, settings: { ...settings, files } }), [
      "github-preview",
      "github-up",
    ]);
  });

  for (const stack of ["dev", "prod"]) {
    const program = external(stack);
    const bucket = `arn:aws:s3:::${program.settings.airflowBucketName}`;
    const may = (action: string, resource: string, context: Record<string, string> = {}) =>
      isAllowed([{ Statement: dags(program) }], { action, resource, context });

    it(`reads, writes and deletes DAG files of ${stack}, and nothing else`, () => {
      for (const action of ["GetObject", "GetObjectVersion", "PutObject", "DeleteObject"]) {
        assert.ok(may(`s3:${action}`, `${bucket}/dags/mwaalib/polling.py`), action);
        assert.ok(!may(`s3:${action}`, `${bucket}/requirements.txt`), action);
        assert.ok(!may(`s3:${action}`, `${bucket}/dags2/x.py`), action);
      }
      // A version that is deleted could not be gone back to.
      assert.ok(!may("s3:DeleteObjectVersion", `${bucket}/dags/x.py`));
      assert.ok(may("s3:ListBucket", bucket, { "s3:prefix": "dags/" }));
      assert.ok(!may("s3:ListBucket", bucket, { "s3:prefix": "" }));
      assert.ok(!may("airflow:UpdateEnvironment", "*"));
    });

    it(`is within IAM's length for ${stack}`, () =>
      assert.ok(JSON.stringify(dags(program)).length < IAM_QUOTAS.managed));
  }

  it("uses the key of the objects by S3 alone, where there is one", () => {
    const key = `arn:aws:kms:us-east-1:${ACCOUNT}:key/00001111-2222-3333-4444-555566667777`;
    const via = { "kms:ViaService": "s3.us-east-1.amazonaws.com" };
    const tags = { "aws:ResourceTag/Project": "mwaa-analytics", "aws:ResourceTag/Stack": "prod" };
    const existing = { encryption: { kind: "existing", keyArn: key } } as const;
    for (const [program, context] of [
      [external("prod"), { ...via, ...tags }],
      [external("prod", existing), via],
    ] as const) {
      const may = (given: Record<string, string>, resource = key) =>
        ["kms:Decrypt", "kms:GenerateDataKey"].every((action) =>
          isAllowed([{ Statement: dags(program) }], { action, resource, context: given }),
        );
      assert.ok(may(context));
      assert.ok(!may({ ...context, "kms:ViaService": "ssm.us-east-1.amazonaws.com" }));
    }
    assert.ok(!JSON.stringify(dags(external("dev"))).includes("kms:"));
  });

  it("is for jobs of its GitHub environment on the branch", () => {
    const trust = dagsTrust({ providerArn: "p", repository: "acme/data", branch: "main" }, "prod");
    const admits = (sub: string, ref: string) =>
      isAllowed([trust], {
        action: "sts:AssumeRoleWithWebIdentity",
        resource: "",
        context: Object.fromEntries(
          Object.entries({ aud: "sts.amazonaws.com", sub, ref }).map(([claim, value]) => [
            `token.actions.githubusercontent.com:${claim}`,
            value,
          ]),
        ),
      });
    assert.ok(admits("repo:acme/data:environment:prod-dags", "refs/heads/main"));
    assert.ok(!admits("repo:acme/data:environment:prod", "refs/heads/main"));
    assert.ok(!admits("repo:acme/data:environment:prod-dags", "refs/heads/other"));
    assert.ok(!admits("repo:acme/data:pull_request", "refs/heads/main"));
  });
});

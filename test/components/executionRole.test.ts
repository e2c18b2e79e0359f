import assert from "node:assert";
import type * as pulumi from "@pulumi/pulumi";
import type { IamSettings } from "../../checks/iam";
import {
  ExecutionRole,
  type MwaaPermissions,
  type TaskPermissions,
  mwaaPolicy,
} from "../../components/executionRole";
import { type Statement, policyDocument } from "../../components/policyDocument";
import { type Recording, ofType, only, record } from "../mocks";
import { LOCATION, allowedActions, assertLeastPrivilege, document, statement } from "../policies";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";

const MWAA: MwaaPermissions = {
  location: LOCATION,
  environmentName: "mwaa-test",
  airflowBucketName: "airflow-dags",
};

describe("mwaaPolicy", () => {
  it("names actions that exist, each on a resource where it takes one", async () => {
    await assertLeastPrivilege(mwaaPolicy(MWAA));
    await assertLeastPrivilege(mwaaPolicy({ ...MWAA, kmsKeyArn: KEY }));
  });

  it("is of the stack's partition only", () => {
    const location = { ...LOCATION, partition: "aws-cn", dnsSuffix: "amazonaws.com.cn" };
    assert.ok(!JSON.stringify(mwaaPolicy({ ...MWAA, location })).includes("arn:aws:"));
  });

  // The example policy of https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html
  const documented: [string, RegExp][] = [
    ["airflow:PublishMetrics", /^arn:aws:airflow:us-east-1:123456789012:environment\/mwaa-test$/],
    ["s3:GetObject", /^arn:aws:s3:::airflow-dags\/\*$/],
    ["s3:GetObjectVersion", /^arn:aws:s3:::airflow-dags\/\*$/],
    ["s3:GetBucketPublicAccessBlock", /^arn:aws:s3:::airflow-dags$/],
    ["s3:GetBucketVersioning", /^arn:aws:s3:::airflow-dags$/],
    ["s3:ListBucket", /^arn:aws:s3:::airflow-dags$/],
    ...[
      "logs:CreateLogStream",
      "logs:CreateLogGroup",
      "logs:PutLogEvents",
      "logs:GetLogEvents",
      "logs:GetLogRecord",
      "logs:GetLogGroupFields",
      "logs:GetQueryResults",
    ].map((action): [string, RegExp] => [
      action,
      /^arn:aws:logs:us-east-1:123456789012:log-group:airflow-mwaa-test-\*$/,
    ]),
    ["logs:DescribeLogGroups", /^\*$/],
    ["s3:GetAccountPublicAccessBlock", /^\*$/],
    ["cloudwatch:PutMetricData", /^\*$/],
    ...[
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ].map((action): [string, RegExp] => [action, /^arn:aws:sqs:us-east-1:\*:airflow-celery-\*$/]),
  ];
  for (const [action, resource] of documented) {
    it(`allows ${action}, as documented`, () => {
      const found = mwaaPolicy(MWAA).Statement.filter(({ Action }) =>
        [Action].flat().includes(action),
      );
      assert.strictEqual(found.length, 1);
      assert.match([found[0].Resource].flat().join(" "), resource);
    });
  }

  it("allows other accounts' keys through SQS when the service has its own key", () => {
    const { NotResource, Resource, Condition } = statement(mwaaPolicy(MWAA), "EnvironmentKey");
    assert.deepStrictEqual(
      [NotResource, Resource],
      ["arn:aws:kms:*:123456789012:key/*", undefined],
    );
    assert.deepStrictEqual(Condition, {
      StringLike: { "kms:ViaService": ["sqs.us-east-1.amazonaws.com"] },
    });
  });

  it("allows the own key through SQS and S3, and no other", () => {
    const key = statement(mwaaPolicy({ ...MWAA, kmsKeyArn: KEY }), "EnvironmentKey");
    assert.deepStrictEqual([key.NotResource, key.Resource], [undefined, KEY]);
    assert.deepStrictEqual(key.Condition, {
      StringLike: {
        "kms:ViaService": ["sqs.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"],
      },
    });
  });

  it("writes nothing to the bucket of DAGs", () => {
    const writes = allowedActions(mwaaPolicy(MWAA)).filter((action) =>
      /^s3:(Put|Del)/.test(action),
    );
    assert.deepStrictEqual(writes, []);
  });
});

describe("ExecutionRole", () => {
  const STATEMENTS: Statement[] = [
    { Sid: "A", Effect: "Allow", Action: "sns:Publish", Resource: "*" },
  ];
  const PERMISSIONS: TaskPermissions[] = (["inline", "managed"] as const).map((policy) => ({
    name: `of-${policy}`,
    purpose: `tasks of the pipeline ${policy}`,
    policy,
    statements: STATEMENTS,
  }));
  const role = (args: {
    existingRoleArn?: string;
    kmsKeyArn?: string;
    environmentName?: string;
    iam?: IamSettings;
  }): Promise<
    Recording<{
      arn: pulumi.Output<string>;
      requiredPolicies?: Readonly<Record<string, pulumi.Output<string>>>;
    }>
  > =>
    record(() => {
      const made = new ExecutionRole("execution", {
        ...MWAA,
        variablesPrefix: "/mwaa-test/variables",
        permissions: PERMISSIONS,
        ...args,
      });
      return { arn: made.arn, requiredPolicies: made.requiredPolicies };
    });

  it("is trusted by MWAA's two services, for this account", async () => {
    const { inputs } = only(await role({}), "aws:iam/role:Role");
    assert.deepStrictEqual(statement(document(inputs.assumeRolePolicy), "AssumedByService"), {
      Sid: "AssumedByService",
      Effect: "Allow",
      Principal: { Service: ["airflow.amazonaws.com", "airflow-env.amazonaws.com"] },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
    });
  });

  it("has inline what the environment needs, and what asks for it", async () => {
    const recording = await role({ kmsKeyArn: KEY });
    const policy = (name: string) =>
      document(only(recording, "aws:iam/rolePolicy:RolePolicy", name).inputs.policy);
    assert.deepStrictEqual(policy("execution-mwaa").Statement, [
      ...mwaaPolicy({ ...MWAA, kmsKeyArn: KEY }).Statement,
      {
        Sid: "ReadVariables",
        Effect: "Allow",
        Action: "ssm:GetParameter",
        Resource: "arn:aws:ssm:us-east-1:123456789012:parameter/mwaa-test/variables/*",
      },
    ]);
    assert.deepStrictEqual(policy("execution-of-inline"), policyDocument(...STATEMENTS));
    assert.strictEqual(ofType(recording, "aws:iam/rolePolicy:RolePolicy").length, 2);
  });

  it("has a managed policy for every other pipeline, named and placed as the role is", async () => {
    const recording = await role({ iam: { permissionsBoundary: "", path: "/data/" } });
    const { inputs, state } = only(recording, "aws:iam/policy:Policy");
    assert.strictEqual(inputs.namePrefix, `${MWAA.environmentName}-execution-of-managed-`);
    assert.strictEqual(inputs.path, "/data/");
    assert.deepStrictEqual(document(inputs.policy), policyDocument(...STATEMENTS));
    const attachment = only(recording, "aws:iam/rolePolicyAttachment:RolePolicyAttachment");
    assert.deepStrictEqual(attachment.inputs, {
      role: only(recording, "aws:iam/role:Role").state.name,
      policyArn: state.arn,
    });
  });

  it("is named after the environment, within what AWS allows", async () => {
    const environmentName = "e".repeat(80);
    const { inputs } = only(await role({ environmentName }), "aws:iam/role:Role");
    const prefix = inputs.namePrefix as string;
    assert.match(prefix, /^e+-execution-$/);
    assert.strictEqual(prefix.length, 38);
  });

  it("is not made where one is there already", async () => {
    const existingRoleArn = "arn:aws:iam::123456789012:role/team/airflow";
    const recording = await role({ existingRoleArn });
    assert.strictEqual(recording.result.arn, existingRoleArn);
    assert.strictEqual(recording.registrations.length, 1);
  });

  it("says what one that is there already has to have: all that it would be given", async () => {
    const own = await role({ kmsKeyArn: KEY });
    assert.strictEqual(own.result.requiredPolicies, undefined);
    const existingRoleArn = "arn:aws:iam::123456789012:role/team/airflow";
    const { result } = await role({ kmsKeyArn: KEY, existingRoleArn });
    const given = ["aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"]
      .flatMap((type) => ofType(own, type))
      .map(({ name, inputs }) => [name.replace("execution-", ""), inputs.policy]);
    assert.strictEqual(given.length, 3);
    assert.deepStrictEqual(result.requiredPolicies, {
      trust: only(own, "aws:iam/role:Role").inputs.assumeRolePolicy,
      ...Object.fromEntries(given),
    });
  });
});

import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import type { IamSettings } from "../../checks/iam";
import { type Statement, policyDocument } from "../../components/policyDocument";
import {
  type DataApiAccess,
  ExecutionRole,
  type MovieListPermissions,
  type MwaaPermissions,
  RedshiftCopyRole,
  copyPolicy,
  movieListPolicy,
  mwaaPolicy,
} from "../../components/roles";
import { type Recording, ofType, only, record } from "../mocks";
import { LOCATION, allowedActions, assertLeastPrivilege, document, statement } from "../policies";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";
const DATA = "arn:aws:s3:::airflow-data";
const WORKGROUP_ARN = "arn:aws:redshift-serverless:us-east-1:123456789012:workgroup/w-id";

const WORKGROUP: DataApiAccess = { kind: "workgroup", name: "w", arn: WORKGROUP_ARN };
const CLUSTER: DataApiAccess = {
  kind: "cluster",
  identifier: "redshift-cluster-1",
  dbUser: "awsuser",
};

const MWAA: MwaaPermissions = {
  location: LOCATION,
  environmentName: "mwaa-test",
  airflowBucketName: "airflow-dags",
};

const MOVIE_LIST: MovieListPermissions = {
  location: LOCATION,
  variablesPrefix: "/mwaa-test/variables",
  dataBucketName: "airflow-data",
  athenaWorkgroupName: "athena-test",
  athenaDatabaseName: "demo_athena_db",
  redshift: WORKGROUP,
  redshiftDatabase: "dev",
  movielensSource: "s3://movielens/a/ml-latest-small.zip",
};

describe("every policy of a role", () => {
  const policies = {
    mwaa: mwaaPolicy(MWAA),
    "mwaa with an own key": mwaaPolicy({ ...MWAA, kmsKeyArn: KEY }),
    "movie list": movieListPolicy(MOVIE_LIST),
    "movie list with a cluster": movieListPolicy({ ...MOVIE_LIST, redshift: CLUSTER }),
    copy: copyPolicy(LOCATION, "airflow-data"),
    "copy with an own key": copyPolicy(LOCATION, "airflow-data", KEY),
  };
  for (const [name, policy] of Object.entries(policies)) {
    it(`${name}: names actions that exist, each on a resource where it takes one`, async () => {
      await assertLeastPrivilege(policy);
    });
    it(`${name}: fits into a role`, () => {
      // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
      assert.ok(JSON.stringify(policy).length < 10_240 / 2);
    });
    it(`${name}: is of the stack's partition only`, () => {
      const china = { ...LOCATION, partition: "aws-cn", dnsSuffix: "amazonaws.com.cn" };
      const moved = {
        mwaa: mwaaPolicy({ ...MWAA, location: china }),
        movies: movieListPolicy({ ...MOVIE_LIST, redshift: CLUSTER, location: china }),
        copy: copyPolicy(china, "airflow-data"),
      };
      assert.ok(!JSON.stringify(moved).includes("arn:aws:"));
    });
  }
});

describe("mwaaPolicy", () => {
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

describe("movieListPolicy", () => {
  const resourcesOf = (action: string, permissions = MOVIE_LIST): string[] =>
    movieListPolicy(permissions)
      .Statement.filter(({ Action }) => [Action].flat().includes(action))
      .flatMap(({ Resource }) => Resource ?? []);

  const calls: [string, string[]][] = [
    ["ssm:GetParameter", ["arn:aws:ssm:us-east-1:123456789012:parameter/mwaa-test/variables/*"]],
    ["s3:PutObject", [`${DATA}/files/*`, `${DATA}/athena-results/*`]],
    ["s3:ListBucket", [DATA]],
    ["athena:StartQueryExecution", ["arn:aws:athena:us-east-1:123456789012:workgroup/athena-test"]],
    [
      "glue:CreateTable",
      [
        "arn:aws:glue:us-east-1:123456789012:catalog",
        "arn:aws:glue:us-east-1:123456789012:database/demo_athena_db",
        "arn:aws:glue:us-east-1:123456789012:table/demo_athena_db/*",
      ],
    ],
    ["redshift-data:ExecuteStatement", [WORKGROUP_ARN]],
    ["redshift-data:BatchExecuteStatement", [WORKGROUP_ARN]],
    ["redshift-data:DescribeStatement", ["*"]],
    ["redshift-serverless:GetCredentials", [WORKGROUP_ARN]],
    ["redshift:GetClusterCredentials", []],
  ];
  for (const [action, resources] of calls) {
    it(`allows ${action} on ${resources.length === 0 ? "nothing" : resources.join(" and ")}`, () => {
      assert.deepStrictEqual(resourcesOf(action), resources);
    });
  }

  it("logs in to a cluster as its database user, to its database", () => {
    const permissions = { ...MOVIE_LIST, redshift: CLUSTER };
    assert.deepStrictEqual(resourcesOf("redshift:GetClusterCredentials", permissions), [
      "arn:aws:redshift:us-east-1:123456789012:dbuser:redshift-cluster-1/awsuser",
      "arn:aws:redshift:us-east-1:123456789012:dbname:redshift-cluster-1/dev",
    ]);
    assert.deepStrictEqual(resourcesOf("redshift-serverless:GetCredentials", permissions), []);
  });

  it("reads exactly the source object when it is in S3", () => {
    assert.deepStrictEqual(statement(movieListPolicy(MOVIE_LIST), "ReadSource"), {
      Sid: "ReadSource",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::movielens/a/ml-latest-small.zip",
    });
  });

  it("reads no other bucket when the source is on the web", () => {
    const policy = movieListPolicy({ ...MOVIE_LIST, movielensSource: "https://example.com/m.zip" });
    const buckets = policy.Statement.flatMap(({ Resource }) => Resource ?? []).filter((resource) =>
      resource.startsWith("arn:aws:s3:::"),
    );
    assert.ok(buckets.every((resource) => resource.startsWith(DATA)));
  });
});

describe("copyPolicy", () => {
  it("reads the cleaned results and nothing else", () => {
    const policy = copyPolicy(LOCATION, "airflow-data");
    assert.deepStrictEqual(allowedActions(policy).sort(), [
      "s3:GetBucketLocation",
      "s3:GetObject",
      "s3:ListBucket",
    ]);
    assert.strictEqual(
      statement(policy, "ReadCleanResults").Resource,
      `${DATA}/athena-results/clean/*`,
    );
    assert.deepStrictEqual(statement(policy, "ListCleanResults").Condition, {
      StringLike: { "s3:prefix": "athena-results/clean/*" },
    });
  });

  it("decrypts them through S3 only", () => {
    const decrypt = statement(copyPolicy(LOCATION, "airflow-data", KEY), "DecryptResults");
    assert.deepStrictEqual([decrypt.Action, decrypt.Resource], ["kms:Decrypt", KEY]);
    assert.deepStrictEqual(decrypt.Condition, {
      StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" },
    });
  });
});

describe("ExecutionRole", () => {
  const PIPELINES: { notebook: Statement[] } = {
    notebook: [{ Sid: "A", Effect: "Allow", Action: "sns:Publish", Resource: "*" }],
  };
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
        ...MOVIE_LIST,
        redshift: {
          kind: "workgroup",
          name: pulumi.output("w"),
          arn: pulumi.output(WORKGROUP_ARN),
        },
        pipelines: PIPELINES,
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

  it("has inline what the environment and the movie list need", async () => {
    const recording = await role({ kmsKeyArn: KEY });
    const policy = (name: string) =>
      document(only(recording, "aws:iam/rolePolicy:RolePolicy", name).inputs.policy);
    assert.deepStrictEqual(policy("execution-mwaa"), mwaaPolicy({ ...MWAA, kmsKeyArn: KEY }));
    assert.deepStrictEqual(policy("execution-movie-list"), movieListPolicy(MOVIE_LIST));
    assert.strictEqual(ofType(recording, "aws:iam/rolePolicy:RolePolicy").length, 2);
  });

  it("has a managed policy for each further pipeline, named and placed as the role is", async () => {
    const recording = await role({ iam: { permissionsBoundary: "", path: "/data/" } });
    const { inputs, state } = only(recording, "aws:iam/policy:Policy");
    assert.strictEqual(inputs.namePrefix, `${MWAA.environmentName}-execution-notebook-`);
    assert.strictEqual(inputs.path, "/data/");
    assert.deepStrictEqual(document(inputs.policy), policyDocument(...PIPELINES.notebook));
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

describe("RedshiftCopyRole", () => {
  it("is trusted by Redshift's two services, for this account", async () => {
    const recording = await record(
      () => new RedshiftCopyRole("copy", { ...MWAA, dataBucketName: "airflow-data" }),
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
      copyPolicy(LOCATION, "airflow-data"),
    );
  });
});

import assert from "node:assert";
import {
  type MovieListPermissions,
  movieList,
  movieListStatements,
} from "../../components/pipelines/movieList";
import { policyDocument } from "../../components/policyDocument";
import type { DataApiAccess } from "../../components/redshiftAccess";
import program from "../../index";
import { record } from "../mocks";
import { LOCATION, assertLeastPrivilege, statement } from "../policies";
import { stackConfig } from "../stackFiles";

const DATA = "arn:aws:s3:::airflow-data";
const WORKGROUP_ARN = "arn:aws:redshift-serverless:us-east-1:123456789012:workgroup/w-id";

const THEIRS: DataApiAccess = { kind: "workgroup", name: "w", arn: WORKGROUP_ARN };
const SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:redshift!w-awsuser-AbCdEf";
const KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";
const WORKGROUP: DataApiAccess = { ...THEIRS, secret: { arn: SECRET_ARN } };
const CLUSTER: DataApiAccess = {
  kind: "cluster",
  identifier: "redshift-cluster-1",
  dbUser: "awsuser",
};

const MOVIE_LIST: MovieListPermissions = {
  location: LOCATION,
  dataBucketName: "airflow-data",
  prefixes: ["files/", "athena-results/"],
  athenaWorkgroupName: "athena-test",
  athenaDatabaseName: "demo_athena_db",
  redshift: WORKGROUP,
  database: "dev",
  movielensSource: "s3://movielens/a/ml-latest-small.zip",
};

describe("the pipeline movie-list", () => {
  const problems = (setting: keyof typeof movieList.settings, value: unknown) =>
    movieList.settings[setting].read(setting, value).problems;

  it("takes cron expressions and none", () => {
    for (const schedule of ["none", "*/10 * * * *", "0 6 1,15 * MON-FRI"]) {
      assert.deepStrictEqual(problems("movieListSchedule", schedule), []);
    }
  });

  for (const [setting, value, allowed] of [
    ["movieListSchedule", "daily", /a five-field cron expression/],
    ["movieListSchedule", "99 99 99 99 99", /a five-field cron expression \(minute 0-59/],
    ["athenaDatabaseName", "Demo", /lower-case letters/],
  ] as const) {
    it(`refuses the ${setting} ${JSON.stringify(value)}`, () => {
      const [problem, ...more] = problems(setting, value);
      assert.deepStrictEqual(more, []);
      assert.deepStrictEqual([problem.setting, problem.value], [setting, value]);
      assert.match(problem.allowed, allowed);
    });
  }

  it("gives out the name of its database", async () => {
    const config = { ...stackConfig("dev"), pipelines: ["movie-list"] };
    const { result } = await record(() => program(), {
      stack: "dev",
      config: { ...config, athenaDatabaseName: "films" },
    });
    assert.strictEqual(result.athenaDatabaseName, "films");
  });
});

describe("movieListStatements", () => {
  it("name actions that exist, each on a resource where it takes one", async () => {
    await assertLeastPrivilege(policyDocument(...movieListStatements(MOVIE_LIST)));
    const cluster = movieListStatements({ ...MOVIE_LIST, redshift: CLUSTER });
    await assertLeastPrivilege(policyDocument(...cluster));
  });

  it("are of the stack's partition only", () => {
    const location = { ...LOCATION, partition: "aws-cn", dnsSuffix: "amazonaws.com.cn" };
    const statements = movieListStatements({ ...MOVIE_LIST, redshift: CLUSTER, location });
    assert.ok(!JSON.stringify(statements).includes("arn:aws:"));
  });

  const resourcesOf = (action: string, permissions = MOVIE_LIST): string[] =>
    movieListStatements(permissions)
      .filter(({ Action }) => [Action].flat().includes(action))
      .flatMap(({ Resource }) => Resource ?? []);

  const calls: [string, string[]][] = [
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
    ["secretsmanager:GetSecretValue", [SECRET_ARN]],
    ["kms:Decrypt", []],
    ["redshift-serverless:GetCredentials", []],
    [
      "glue:UpdateTable",
      [
        "arn:aws:glue:us-east-1:123456789012:catalog",
        "arn:aws:glue:us-east-1:123456789012:database/demo_athena_db",
        "arn:aws:glue:us-east-1:123456789012:table/demo_athena_db/ml_latest_small_*",
      ],
    ],
    ["redshift:GetClusterCredentials", []],
  ];
  for (const [action, resources] of calls) {
    it(`allows ${action} on ${resources.length === 0 ? "nothing" : resources.join(" and ")}`, () => {
      assert.deepStrictEqual(resourcesOf(action), resources);
    });
  }

  it("logs in to a workgroup of somebody else's as the user of the role", () => {
    const permissions = { ...MOVIE_LIST, redshift: THEIRS };
    assert.deepStrictEqual(resourcesOf("redshift-serverless:GetCredentials", permissions), [
      WORKGROUP_ARN,
    ]);
    assert.deepStrictEqual(resourcesOf("secretsmanager:GetSecretValue", permissions), []);
  });

  it("decrypts the administrator's secret by the stack's key, through Secrets Manager alone", () => {
    const redshift = { ...THEIRS, secret: { arn: SECRET_ARN, kmsKeyArn: KEY_ARN } };
    const { Resource, Condition } = statement(
      policyDocument(...movieListStatements({ ...MOVIE_LIST, redshift })),
      "DecryptSecret",
    );
    assert.strictEqual(Resource, KEY_ARN);
    assert.deepStrictEqual(Condition, {
      StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" },
    });
  });

  it("logs in to a cluster as its database user, to its database", () => {
    const permissions = { ...MOVIE_LIST, redshift: CLUSTER };
    assert.deepStrictEqual(resourcesOf("redshift:GetClusterCredentials", permissions), [
      "arn:aws:redshift:us-east-1:123456789012:dbuser:redshift-cluster-1/awsuser",
      "arn:aws:redshift:us-east-1:123456789012:dbname:redshift-cluster-1/dev",
    ]);
    assert.deepStrictEqual(resourcesOf("redshift-serverless:GetCredentials", permissions), []);
  });

  it("reads exactly the source object when it is in S3", () => {
    assert.deepStrictEqual(
      statement(policyDocument(...movieListStatements(MOVIE_LIST)), "ReadSource"),
      {
        Sid: "ReadSource",
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::movielens/a/ml-latest-small.zip",
      },
    );
  });

  it("reads no other bucket when the source is on the web", () => {
    const statements = movieListStatements({
      ...MOVIE_LIST,
      movielensSource: "https://example.com/m.zip",
    });
    const buckets = statements
      .flatMap(({ Resource }) => Resource ?? [])
      .filter((resource) => resource.startsWith("arn:aws:s3:::"));
    assert.ok(buckets.every((resource) => resource.startsWith(DATA)));
  });
});

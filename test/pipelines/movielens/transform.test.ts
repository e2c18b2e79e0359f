import assert from "node:assert";
import { jobPolicy } from "../../../components/pipelines/movielens/gluePermissions";
import { movielensLogPatterns } from "../../../components/pipelines/movielens/logs";
import { movielensNames } from "../../../components/pipelines/movielens/names";
import {
  pipelineStatements,
  statesPolicy,
} from "../../../components/pipelines/movielens/permissions";
import {
  MovielensPipeline,
  type MovielensPipelineArgs,
} from "../../../components/pipelines/movielens/transform";
import { type PolicyDocument, policyDocument } from "../../../components/policyDocument";
import { mandatoryFindings } from "../../components/packFindings";
import { allDependencies, ofType, only, record } from "../../mocks";
import {
  LOCATION,
  allowedActions,
  assertLeastPrivilege,
  document,
  statement,
} from "../../policies";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";
const NAMES = movielensNames({ project: "mwaa-analytics", stack: "prod" });
const ARGS: MovielensPipelineArgs = {
  location: LOCATION,
  environmentName: "mwaa-test",
  names: NAMES,
  glue: { version: "5.1", workerType: "G.1X", workers: 2, timeoutMinutes: 30, minRatings: 0 },
  airflowBucketName: "airflow-mwaa-test",
  dataBucketName: "airflow-mwaa-test-data",
  jobScript: "s3://airflow-mwaa-test/jobs/glue/movielens_transform.py",
  logRetentionDays: 30,
  tags: { Project: "p", Stack: "test", Environment: "mwaa-test" },
};
const DATA = "arn:aws:s3:::airflow-mwaa-test-data";

const JOB = "aws:glue/job:Job";
const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const MACHINE = "aws:sfn/stateMachine:StateMachine";
const PARAMETER = "aws:ssm/parameter:Parameter";
const ROLE = "aws:iam/role:Role";
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
const SECURITY = "aws:glue/securityConfiguration:SecurityConfiguration";

const pipeline = (args: Partial<MovielensPipelineArgs> = {}) =>
  record(() => {
    const made = new MovielensPipeline("movielens", { ...ARGS, ...args });
    const { stateMachineArn, databaseName, jobName, parametersPath } = made;
    return { stateMachineArn, databaseName, jobName, parametersPath };
  });

/** Whether CloudWatch would take a name for one that a pattern of the key's policy means. */
const fits = (pattern: string, name: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

describe("MovielensPipeline", () => {
  it("makes a Glue job as the stack wants it, whose runs are not repeated and may overlap", async () => {
    const { inputs } = only(await pipeline(), JOB);
    assert.deepStrictEqual(
      [inputs.name, inputs.glueVersion, inputs.workerType, inputs.numberOfWorkers, inputs.timeout],
      ["mwaa-movielens-glue-job-prod", "5.1", "G.1X", 2, 30],
    );
    assert.strictEqual(inputs.maxRetries, 0);
    assert.deepStrictEqual(inputs.executionProperty, { maxConcurrentRuns: 3 });
    assert.deepStrictEqual(inputs.command, {
      name: "glueetl",
      pythonVersion: "3",
      scriptLocation: "s3://airflow-mwaa-test/jobs/glue/movielens_transform.py",
    });
  });

  it("deletes the machine before the job that its executions run, and as late as the last of them ends", async () => {
    const made = await pipeline();
    const machine = only(made, MACHINE);
    assert.ok(machine.dependencies.includes(only(made, JOB).urn));
    const { TimeoutSeconds } = JSON.parse(String(machine.inputs.definition)) as Record<
      string,
      unknown
    >;
    // How the SDK hands `90m` on.
    assert.strictEqual(machine.deleteTimeout, "90m");
    assert.strictEqual(TimeoutSeconds, 90 * 60);
  });

  it("tells the job where to read, write and publish, and how many ratings a film needs", async () => {
    const { inputs } = only(await pipeline({ glue: { ...ARGS.glue, minRatings: 50 } }), JOB);
    const given = inputs.defaultArguments as Record<string, string>;
    assert.strictEqual(given["--input"], "s3://airflow-mwaa-test-data/output/");
    assert.strictEqual(given["--output"], "s3://airflow-mwaa-test-data/curated/");
    assert.strictEqual(given["--database"], "mwaa-movielens-demo-db-prod");
    assert.strictEqual(given["--region"], "us-east-1");
    assert.strictEqual(given["--min_ratings"], "50");
    assert.strictEqual(given["--job-bookmark-option"], "job-bookmark-disable");
  });

  it("runs that job by a state machine that is logged, traced and bounded", async () => {
    const recording = await pipeline();
    const { inputs } = only(recording, MACHINE);
    assert.strictEqual(inputs.name, "Movielens-Transform-job-prod");
    const definition = String(inputs.definition);
    assert.ok(definition.includes(JSON.stringify(NAMES.jobName)));
    assert.strictEqual(recording.result.databaseName, "mwaa-movielens-demo-db-prod");
    const { TimeoutSeconds } = JSON.parse(definition) as { TimeoutSeconds: number };
    assert.ok(TimeoutSeconds > 30 * 60, "the job's own timeout comes first");
    assert.deepStrictEqual(inputs.tracingConfiguration, { enabled: true });
    const group = "/aws/vendedlogs/states/Movielens-Transform-job-prod";
    assert.deepStrictEqual(inputs.loggingConfiguration, {
      level: "ALL",
      includeExecutionData: true,
      logDestination: `arn:aws:logs:us-east-1:123456789012:log-group:${group}:*`,
    });
    assert.ok(ofType(recording, LOG_GROUP).some((one) => one.inputs.name === group));
  });

  it("makes nothing before its role may do what it does at once", async () => {
    const recording = await pipeline({ kmsKeyArn: KEY });
    const policyOf: [string, string][] = [
      [JOB, "movielens-glue-job"],
      [MACHINE, "movielens-states"],
    ];
    for (const [type, policy] of policyOf) {
      const { urn } = only(recording, ROLE_POLICY, policy);
      for (const user of ofType(recording, type)) {
        assert.ok(allDependencies(recording, user).has(urn), user.name);
      }
    }
  });

  it("tells DAGs what to find where, under the stack's own path", async () => {
    const recording = await pipeline();
    const parameters = Object.fromEntries(
      ofType(recording, PARAMETER).map(({ inputs }) => [inputs.name, inputs.value]),
    ) as Record<string, unknown>;
    assert.deepStrictEqual(parameters, {
      "/mwaa/prod/S3/DemoBucket": "airflow-mwaa-test-data",
      "/mwaa/prod/S3/mwaaBucket": "airflow-mwaa-test",
      "/mwaa/prod/sfn/movielens": recording.result.stateMachineArn,
      "/mwaa/prod/glue/movielens": "mwaa-movielens-glue-job-prod",
    });
    assert.strictEqual(
      recording.result.stateMachineArn,
      "arn:aws:states:us-east-1:123456789012:stateMachine:Movielens-Transform-job-prod",
    );
    assert.strictEqual(recording.result.parametersPath, "/mwaa/prod");
  });

  it("keeps the job's logs in groups of the stack's own, where Glue looks for them", async () => {
    const prefix = "/aws-glue/jobs/mwaa-movielens-glue-job-prod";
    const names = async (args: Partial<MovielensPipelineArgs>): Promise<unknown[]> => {
      const recording = await pipeline(args);
      const given = only(recording, JOB).inputs.defaultArguments as Record<string, string>;
      assert.strictEqual(given["--custom-logGroup-prefix"], prefix);
      return ofType(recording, LOG_GROUP)
        .map(({ inputs }) => inputs.name)
        .sort();
    };
    const machine = "/aws/vendedlogs/states/Movielens-Transform-job-prod";
    assert.deepStrictEqual(await names({}), [`${prefix}/error`, `${prefix}/output`, machine]);
    // With a key Glue names the groups after the security configuration and the role as well.
    const keyed = `${prefix}/mwaa-test-movielens-role/mwaa-test-glue-job-0001`;
    assert.deepStrictEqual(await names({ kmsKeyArn: KEY }), [
      `${keyed}/error`,
      `${keyed}/output`,
      machine,
    ]);
  });

  it("expires and encrypts every log group, and the key's policy can admit each", async () => {
    const recording = await pipeline({ kmsKeyArn: KEY });
    const patterns = movielensLogPatterns(NAMES);
    for (const { inputs, name } of ofType(recording, LOG_GROUP)) {
      assert.deepStrictEqual([inputs.retentionInDays, inputs.kmsKeyId], [30, KEY], name);
      const matching = patterns.filter((pattern) => fits(pattern, String(inputs.name)));
      assert.strictEqual(matching.length, 1, name);
    }
  });

  it("encrypts all that Glue writes by the stack's key, and S3 at least without one", async () => {
    const encryption = async (kmsKeyArn?: string): Promise<unknown> =>
      only(await pipeline({ kmsKeyArn }), SECURITY).inputs.encryptionConfiguration;
    assert.deepStrictEqual(await encryption(KEY), {
      s3Encryption: { s3EncryptionMode: "SSE-KMS", kmsKeyArn: KEY },
      cloudwatchEncryption: { cloudwatchEncryptionMode: "SSE-KMS", kmsKeyArn: KEY },
      jobBookmarksEncryption: { jobBookmarksEncryptionMode: "CSE-KMS", kmsKeyArn: KEY },
    });
    assert.deepStrictEqual(await encryption(), {
      s3Encryption: { s3EncryptionMode: "SSE-S3" },
      cloudwatchEncryption: { cloudwatchEncryptionMode: "DISABLED" },
      jobBookmarksEncryption: { jobBookmarksEncryptionMode: "DISABLED" },
    });
    const recording = await pipeline();
    assert.strictEqual(only(recording, JOB).inputs.securityConfiguration, "mwaa-test-movielens");
  });

  it("satisfies the policy pack with a key, but for the post's name of the database", async () => {
    assert.deepStrictEqual(mandatoryFindings(await pipeline({ kmsKeyArn: KEY })), [
      "glue-database-name: movielens-database",
    ]);
  });

  it("without a key falls short of the encryption of logs alone", async () => {
    assert.deepStrictEqual(mandatoryFindings(await pipeline()), [
      "glue-database-name: movielens-database",
      "glue-security-configuration-encrypts: movielens-security",
      "glue-security-configuration-encrypts: movielens-security",
      "logs-encryption: movielens-job-error",
      "logs-encryption: movielens-job-output",
      "logs-encryption: movielens-states",
    ]);
  });

  it("lends its roles to Glue and to that state machine, of this account", async () => {
    const recording = await pipeline();
    const trust = (name: string, sid: string) =>
      statement(document(only(recording, ROLE, name).inputs.assumeRolePolicy), sid);
    const { Principal, Condition } = trust("movielens-glue-job", "AssumedByGlue");
    assert.deepStrictEqual(Principal, { Service: "glue.amazonaws.com" });
    assert.deepStrictEqual(Condition, {
      StringEqualsIfExists: { "aws:SourceAccount": "123456789012" },
    });
    const machine = trust("movielens-states", "AssumedByStateMachine");
    assert.deepStrictEqual(machine.Condition, {
      StringEquals: { "aws:SourceAccount": "123456789012" },
      ArnLike: { "aws:SourceArn": recording.result.stateMachineArn },
    });
  });

  it("parents all that it makes", async () => {
    const recording = await pipeline();
    const component = only(recording, "mwaa:movielensPipeline:MovielensPipeline");
    for (const child of recording.registrations.filter(({ urn }) => urn !== component.urn)) {
      assert.strictEqual(child.parent, component.urn, child.urn);
    }
  });
});

/** What an action is allowed on. */
const allowedOn = (action: string, policy: PolicyDocument): string[] =>
  policy.Statement.filter(({ Action }) => [Action].flat().includes(action)).flatMap(
    ({ Resource }) => Resource ?? [],
  );

describe("policies of the MovieLens pipeline", () => {
  const job = (kmsKeyArn?: string): PolicyDocument => jobPolicy({ ...ARGS, ...NAMES, kmsKeyArn });
  const states = statesPolicy(LOCATION, NAMES);
  const tasks = policyDocument(...pipelineStatements(ARGS));

  const all: [string, PolicyDocument][] = [
    ["the job", job(KEY)],
    ["the job without a key", job()],
    ["the state machine", states],
    ["the DAG's tasks", tasks],
  ];
  for (const [who, policy] of all) {
    it(`allow ${who} actions that exist, each on resources of its own`, () =>
      assertLeastPrivilege(policy));
  }

  it("let the job replace results, and read only what it reads", () => {
    const results = [`${DATA}/curated/*`, `${DATA}/curated_$folder$`];
    assert.deepStrictEqual(allowedOn("s3:DeleteObject", job()), results);
    assert.deepStrictEqual(allowedOn("s3:PutObject", job()), results);
    assert.deepStrictEqual(allowedOn("s3:GetObject", job()), [
      "arn:aws:s3:::airflow-mwaa-test/jobs/*",
      `${DATA}/output/*`,
      ...results,
      `${DATA}/curated`,
    ]);
  });

  it("let the job publish its two tables in the one database, and delete none", () => {
    const catalog = "arn:aws:glue:us-east-1:123456789012";
    const database = "mwaa-movielens-demo-db-prod";
    for (const action of ["glue:CreateTable", "glue:UpdateTable"]) {
      assert.deepStrictEqual(allowedOn(action, job()), [
        `${catalog}:catalog`,
        `${catalog}:database/${database}`,
        `${catalog}:table/${database}/most_popular_movies`,
        `${catalog}:table/${database}/top_rated_movies`,
      ]);
    }
    assert.ok(!allowedActions(job()).includes("glue:DeleteTable"));
  });

  it("let Glue put the stack's key on its logs, and the job use it through S3", () => {
    assert.ok(allowedActions(job(KEY)).includes("logs:AssociateKmsKey"));
    assert.deepStrictEqual(allowedOn("kms:Decrypt", job(KEY)), [KEY]);
    const keyActions = allowedActions(job()).filter((action) => /kms/i.test(action));
    assert.deepStrictEqual(keyActions, []);
  });

  it("let the job, which works under a security configuration, read it", () => {
    assert.ok(allowedActions(job()).includes("glue:GetSecurityConfiguration"));
  });

  it("let the state machine stop what it starts, and nothing else", () => {
    const name = "arn:aws:glue:us-east-1:123456789012:job/mwaa-movielens-glue-job-prod";
    assert.deepStrictEqual(allowedOn("glue:StartJobRun", states), [name]);
    assert.deepStrictEqual(allowedOn("glue:BatchStopJobRun", states), [name]);
  });

  it("let tasks read the parameters that there are, but for the job's name, which none asks for", async () => {
    const made = ofType(await pipeline(), PARAMETER).map(
      ({ inputs }) => `arn:aws:ssm:us-east-1:123456789012:parameter${String(inputs.name)}`,
    );
    assert.deepStrictEqual(
      allowedOn("ssm:GetParameter", tasks).sort(),
      made.filter((arn) => !arn.endsWith("/glue/movielens")).sort(),
    );
  });

  it("let tasks start, follow and stop executions of the one state machine", () => {
    const arn = "arn:aws:states:us-east-1:123456789012";
    assert.deepStrictEqual(allowedOn("states:StartExecution", tasks), [
      `${arn}:stateMachine:Movielens-Transform-job-prod`,
    ]);
    for (const action of ["states:DescribeExecution", "states:StopExecution"]) {
      assert.deepStrictEqual(allowedOn(action, tasks), [
        `${arn}:execution:Movielens-Transform-job-prod:*`,
      ]);
    }
  });

  it("let tasks write raw files only", () => {
    assert.deepStrictEqual(allowedOn("s3:PutObject", tasks), [`${DATA}/raw/*`]);
    assert.ok(!allowedActions(tasks).includes("s3:DeleteObject"));
  });
});

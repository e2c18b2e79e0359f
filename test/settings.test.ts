import assert from "node:assert";
import { AIRFLOW_LOGS, LOG_LEVELS } from "../checks/airflow";
import { DEFAULTS } from "../checks/defaults";
import { type Settings, SettingsError, configuredKeys, readSettings } from "../settings";
import { extensionsOf } from "../components/pipeline";
import { PIPELINES } from "../components/pipelines";
import { STACKS, declarations, stackConfig } from "./stackFiles";

const EXTENSIONS = extensionsOf(PIPELINES);

const DEPLOYMENT = {
  project: "mwaa-analytics",
  stack: "test",
  accountId: "123456789012",
  region: "us-east-1",
};

function settings(config: Record<string, unknown> = {}, stack = "test"): Settings {
  const text = (value: unknown): string =>
    typeof value === "string" ? value : JSON.stringify(value);
  return readSettings(
    { get: (key) => (key in config ? text(config[key]) : undefined) },
    Object.keys(config),
    { ...DEPLOYMENT, stack },
    EXTENSIONS,
  );
}

describe("Pulumi.yaml", () => {
  it("declares exactly the settings that are read, with the same defaults", () => {
    const declared = Object.entries(declarations()).map(([key, value]) => [key, value.default]);
    const ofPipelines = Object.entries(EXTENSIONS.declared).map(([key, one]) => [key, one.default]);
    assert.deepStrictEqual(Object.fromEntries(declared), {
      ...DEFAULTS,
      ...Object.fromEntries(ofPipelines),
    });
  });

  it("gives each the type of its default, and a description that is a sentence", () => {
    const types = { string: "string", number: "integer", boolean: "boolean", object: "object" };
    for (const [key, { type, description, default: value }] of Object.entries(declarations())) {
      const expected = Array.isArray(value) ? "array" : types[typeof value as keyof typeof types];
      assert.strictEqual(type, expected, key);
      assert.match(description, /^[A-Z].*\.$/, key);
    }
  });
});

describe("readSettings", () => {
  for (const stack of STACKS) {
    it(`takes the settings of ${stack}`, () => {
      const { "aws:region": region, ...config } = stackConfig(stack);
      assert.strictEqual(region, "us-east-1");
      assert.ok(settings(config, stack));
    });
  }

  it("refuses a connection's secret in plain text beside one that is encrypted", () => {
    const read = (found: Record<string, unknown>, written: unknown) =>
      readSettings(
        {
          get: (key) => (key === "connections" ? JSON.stringify(found) : undefined),
          isSecret: () => true,
          written: () => written,
        },
        ["connections"],
        DEPLOYMENT,
        EXTENSIONS,
      );
    const secure = { secure: "AAABAK" };
    const [one, other] = ["films", "orders"].map((password) => ({ conn_type: "http", password }));
    assert.throws(
      () => read({ one, other }, { one: { ...one, password: secure }, other }),
      ({ message }: Error) => {
        assert.match(message, /connections\.other is "\(not shown\)"; allowed: no password/);
        return !/connections\.one/.test(message) && !/orders/.test(message);
      },
    );
    assert.ok(read({ one }, { one: { ...one, password: secure } }));
  });

  it("gives the same for no setting as for every default", () => {
    assert.deepStrictEqual(settings(), settings({ ...DEFAULTS }));
  });

  it("derives names from project, stack, account and region", () => {
    const found = settings({}, "staging");
    assert.strictEqual(found.environment.name, "mwaa-analytics-staging");
    assert.strictEqual(
      found.airflowBucketName,
      "airflow-mwaa-analytics-staging-123456789012-us-east-1",
    );
    assert.strictEqual(
      found.dataBucketName,
      "airflow-mwaa-analytics-data-staging-123456789012-us-east-1",
    );
    assert.strictEqual(found.athenaWorkgroupName, "mwaa-analytics-staging");
  });

  it("starts the environment's default name with mwaa- in any project", () => {
    const { environment } = readSettings(
      { get: () => undefined },
      [],
      { ...DEPLOYMENT, project: "analytics" },
      EXTENSIONS,
    );
    assert.strictEqual(environment.name, "mwaa-analytics-test");
  });

  it("gives different names to stacks whose names differ in capitals or signs", () => {
    const stacks = ["dev", "Dev", "DEV", "d-e-v", "d_e_v", "d.e.v"];
    const names = (read: (found: Settings) => string): number =>
      new Set(stacks.map((stack) => read(settings({}, stack)).toLowerCase())).size;
    assert.deepStrictEqual(
      [
        names((found) => found.environment.name),
        names((found) => found.airflowBucketName),
        names((found) => found.dataBucketName),
      ],
      Array(3).fill(stacks.length),
    );
  });

  it("is secure and keeps data unless a stack says otherwise", () => {
    const found = settings();
    assert.strictEqual(found.environment.webserverAccessMode, "PRIVATE_ONLY");
    assert.strictEqual(found.forceDestroy, false);
  });

  it("begins with as few schedulers and web servers as the class allows", () => {
    const counts = (environmentClass: string): number[] => {
      const { environment } = settings({ environmentClass });
      return [environment.schedulers, environment.minWebservers, environment.maxWebservers];
    };
    assert.deepStrictEqual(counts("mw1.micro"), [1, 1, 1]);
    assert.deepStrictEqual(counts("mw1.small"), [2, 2, 2]);
  });

  it("reaches every field of the environment", () => {
    const { environment, files, encryption, tags } = settings({
      environmentName: "mwaa-x",
      airflowVersion: "3.3.0",
      environmentClass: "mw1.large",
      minWorkers: 2,
      maxWorkers: 9,
      minWebservers: 3,
      maxWebservers: 4,
      schedulers: 5,
      webserverAccessMode: "PUBLIC_AND_PRIVATE",
      weeklyMaintenanceWindowStart: "TUE:23:30",
      airflowLogLevels: { worker: "ERROR" },
      airflowConfigurationOptions: { "core.parallelism": 16, "core.lazy": true },
      executionRoleArn: "arn:aws:iam::123456789012:role/team/airflow",
      dagS3Path: "team/dags",
      dagsFolder: "elsewhere",
      dagsIgnore: ["*_test.py"],
      requirementsFile: "",
      pluginsFolder: "plugins",
      startupScript: "startup.sh",
      encryptionKey: "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888",
      tags: { Team: "data" },
    });
    assert.deepStrictEqual(environment, {
      name: "mwaa-x",
      airflowVersion: "3.3.0",
      environmentClass: "mw1.large",
      minWorkers: 2,
      maxWorkers: 9,
      minWebservers: 3,
      maxWebservers: 4,
      schedulers: 5,
      webserverAccessMode: "PUBLIC_AND_PRIVATE",
      weeklyMaintenanceWindowStart: "TUE:23:30",
      logLevels: {
        dagProcessing: "OFF",
        scheduler: "OFF",
        task: "OFF",
        webserver: "OFF",
        worker: "ERROR",
      },
      configurationOptions: { "core.parallelism": "16", "core.lazy": "true" },
      secretsBackend: {},
      executionRoleArn: "arn:aws:iam::123456789012:role/team/airflow",
    });
    assert.deepStrictEqual(files, {
      dags: "managed",
      dagsFolder: "elsewhere",
      dagS3Path: "team/dags",
      dagsIgnore: ["*_test.py"],
      requirementsFile: undefined,
      pluginsFolder: "plugins",
      startupScript: "startup.sh",
    });
    assert.strictEqual(encryption.kind, "existing");
    assert.deepStrictEqual(tags, { Team: "data" });
  });

  it("takes every log at every level", () => {
    for (const log of AIRFLOW_LOGS) {
      for (const level of LOG_LEVELS) {
        const { environment } = settings({ airflowLogLevels: { [log]: level } });
        assert.strictEqual(environment.logLevels[log], level);
      }
    }
  });

  it("reads each kind of Redshift target", () => {
    assert.deepStrictEqual(settings({ redshift: { maxCapacity: 64 } }).redshift, {
      kind: "serverless",
      database: "dev",
      tableName: "movie_demo",
      readers: [],
      baseCapacity: 8,
      maxCapacity: 64,
    });
    assert.deepStrictEqual(settings({ redshift: { kind: "provisioned" } }).redshift, {
      kind: "provisioned",
      database: "dev",
      tableName: "movie_demo",
      readers: [],
      nodeType: "ra3.large",
      numberOfNodes: 1,
    });
    const existing = { kind: "existing", clusterIdentifier: "redshift-cluster-1" };
    assert.deepStrictEqual(settings({ redshift: existing }).redshift, {
      ...existing,
      database: "dev",
      tableName: "movie_demo",
      readers: [],
      dbUser: "awsuser",
    });
    assert.deepStrictEqual(
      settings({ redshift: { kind: "existing", workgroupName: "theirs", database: "sales" } })
        .redshift,
      {
        kind: "existing",
        workgroupName: "theirs",
        database: "sales",
        tableName: "movie_demo",
        readers: [],
      },
    );
  });

  it("reads who may read the table as GRANT takes each", () => {
    const readers = ["role analysts", "group bi", "user bob"];
    assert.deepStrictEqual(settings({ redshift: { readers } }).redshift.readers, [
      "ROLE analysts",
      "GROUP bi",
      "bob",
    ]);
  });

  it("takes any name of a bucket that is there, and names its own airflow-", () => {
    const theirs = { createAirflowBucket: false, airflowBucketName: "my-airflow-bucket" };
    assert.strictEqual(settings(theirs).airflowBucketName, "my-airflow-bucket");
  });

  it("takes tags in every script, and another value for one of the program's own", () => {
    const tags = { Équipe: "Données", "cost:center": "a+b = c_d/e.f@g-1", Environment: "blue" };
    assert.deepStrictEqual(settings({ tags }).tags, tags);
  });

  it("takes DAGs below a folder whose name only begins as one of the program's", () => {
    for (const dagS3Path of ["jobs2", "team/jobs", "notebooks-of/dags", "..dags", "a.b"]) {
      assert.strictEqual(settings({ dagS3Path }).files.dagS3Path, dagS3Path);
    }
  });

  it("takes environment names with aws or ssm inside", () => {
    for (const environmentName of ["data-aws", "assm"]) {
      assert.strictEqual(settings({ environmentName }).environment.name, environmentName);
    }
  });

  // Settings, the line that has to be in the message.
  const bad: [string, Record<string, unknown>, string][] = [
    [
      "a bucket name without prefix",
      { airflowBucketName: "my-dags" },
      'airflowBucketName is "my-dags"; allowed: a name that starts with "airflow-". Use "airflow-my-dags"',
    ],
    [
      "a bucket name with capitals",
      { airflowBucketName: "airflow-MyDags" },
      'airflowBucketName is "airflow-MyDags"; allowed: lower-case letters, digits, hyphens and dots. Use "airflow-mydags"',
    ],
    [
      "an existing bucket that S3 cannot have",
      { createAirflowBucket: false, airflowBucketName: "My-Dags" },
      'airflowBucketName is "My-Dags"; allowed: lower-case letters, digits, hyphens and dots. Use "my-dags".',
    ],
    [
      "a data bucket name without prefix",
      { dataBucketName: "my-data" },
      'dataBucketName is "my-data"; allowed: a name that starts with "airflow-"',
    ],
    [
      "one bucket for both",
      { airflowBucketName: "airflow-x", dataBucketName: "airflow-x" },
      'dataBucketName is "airflow-x"; allowed: another bucket than airflowBucketName',
    ],
    [
      "an existing bucket without a name",
      { createAirflowBucket: false },
      "allowed: the name of a bucket that is there, because createAirflowBucket is false",
    ],
    [
      "three private subnets",
      { privateSubnetCidrs: ["10.192.20.0/24", "10.192.21.0/24", "10.192.22.0/24"] },
      'privateSubnetCidrs is ["10.192.20.0/24","10.192.21.0/24","10.192.22.0/24"]; allowed: exactly 2 blocks, each in an availability zone of its own. Found 3',
    ],
    ["one public subnet", { publicSubnetCidrs: ["10.192.10.0/24"] }, "publicSubnetCidrs is"],
    [
      "overlapping subnets",
      { privateSubnetCidrs: ["10.192.20.0/23", "10.192.21.0/24"] },
      'privateSubnetCidrs[1] is "10.192.21.0/24"; allowed: a block that no other subnet uses. It overlaps privateSubnetCidrs[0] 10.192.20.0/23',
    ],
    [
      "a subnet outside the VPC",
      { privateSubnetCidrs: ["10.193.20.0/24", "10.192.21.0/24"] },
      'privateSubnetCidrs[0] is "10.193.20.0/24"; allowed: a block inside vpcCidr 10.192.0.0/16',
    ],
    ["a VPC that is too large", { vpcCidr: "10.0.0.0/8" }, "a mask between /16 and /28. Change /8"],
    [
      "a subnet that is too small",
      { privateSubnetCidrs: ["10.192.20.0/29", "10.192.21.0/24"] },
      'privateSubnetCidrs[0] is "10.192.20.0/29"; allowed: a mask between /16 and /28',
    ],
    [
      "a VPC of loopback addresses",
      { vpcCidr: "127.0.0.0/16" },
      'vpcCidr is "127.0.0.0/16"; allowed: addresses that a network can have, such as 10.192.0.0/16; none of 127.0.0.0/8',
    ],
    ["a VPC of multicast addresses", { vpcCidr: "224.0.0.0/16" }, "none of 224.0.0.0/4"],
    ["a block that is none", { vpcCidr: "10.192.0.0" }, "allowed: an IPv4 block in CIDR notation"],
    [
      "a block with host bits",
      { vpcCidr: "10.192.0.1/16" },
      "allowed: a block that begins at its network address. Use 10.192.0.0/16",
    ],
    [
      "one zone",
      { availabilityZones: ["us-east-1a"] },
      'availabilityZones is ["us-east-1a"]; allowed: none for the first of the region, or two or more',
    ],
    [
      "the same zone twice",
      { availabilityZones: ["us-east-1a", "us-east-1a"] },
      "availabilityZones is",
    ],
    [
      "another region's zones",
      { availabilityZones: ["eu-west-1a", "eu-west-1b"] },
      "two or more different zones of us-east-1",
    ],
    [
      "a local zone",
      { availabilityZones: ["us-east-1a", "us-east-1-bos-1a"] },
      "two or more different zones of us-east-1, such as us-east-1a; no local zones",
    ],
    [
      "mw1.micro with two workers",
      { environmentClass: "mw1.micro", maxWorkers: 2 },
      "maxWorkers is 2; allowed: 1 with environmentClass mw1.micro. mw1.micro does not scale: set it to 1, or take mw1.small or larger.",
    ],
    [
      "mw1.micro with two schedulers",
      { environmentClass: "mw1.micro", schedulers: 2 },
      "schedulers is 2; allowed: 1 with environmentClass mw1.micro",
    ],
    [
      "more least workers than most",
      { minWorkers: 3, maxWorkers: 2 },
      "minWorkers is 3; allowed: at most maxWorkers, which is 2",
    ],
    ["too many workers", { maxWorkers: 26 }, "maxWorkers is 26; allowed: 1 to 25"],
    ["no workers", { minWorkers: 0 }, "minWorkers is 0; allowed: 1 to 25"],
    ["one scheduler", { schedulers: 1 }, "schedulers is 1; allowed: 2 to 5"],
    ["six web servers", { maxWebservers: 6 }, "maxWebservers is 6; allowed: 2 to 5"],
    [
      "an unknown class",
      { environmentClass: "mw1.tiny" },
      'environmentClass is "mw1.tiny"; allowed: mw1.micro, mw1.small',
    ],
    [
      "Airflow 2",
      { airflowVersion: "2.10.3" },
      'airflowVersion is "2.10.3"; allowed: an Airflow 3',
    ],
    [
      "both access modes before Airflow 3.2",
      { airflowVersion: "3.0.6", webserverAccessMode: "PUBLIC_AND_PRIVATE" },
      'webserverAccessMode is "PUBLIC_AND_PRIVATE"; allowed: PRIVATE_ONLY or PUBLIC_ONLY with Airflow 3.0.6',
    ],
    ["an unknown access mode", { webserverAccessMode: "OPEN" }, 'webserverAccessMode is "OPEN"'],
    [
      "a maintenance window off the half hour",
      { weeklyMaintenanceWindowStart: "SUN:04:15" },
      'weeklyMaintenanceWindowStart is "SUN:04:15"; allowed: DAY:HH:MM in UTC on the half hour',
    ],
    ["an environment name with a dot", { environmentName: "a.b" }, 'environmentName is "a.b"'],
    ...["aws-data", "AWSome", "ssm", "Ssm-x"].map((environmentName): (typeof bad)[number] => [
      `the environment name ${environmentName}`,
      { environmentName },
      `environmentName is "${environmentName}"; allowed: a letter, then letters, digits, - or _, 80 characters at most, not beginning with aws or ssm`,
    ]),
    ["an environment name that is too long", { environmentName: "a".repeat(81) }, "80 characters"],
    [
      "an unknown log",
      { airflowLogLevels: { triggerer: "INFO" } },
      'airflowLogLevels.triggerer is "INFO"; allowed: dagProcessing, scheduler, task, webserver, worker',
    ],
    ["an unknown level", { airflowLogLevels: { task: "LOUD" } }, 'airflowLogLevels.task is "LOUD"'],
    ["days that CloudWatch does not know", { logRetentionDays: 31 }, 'logRetentionDays is "31"'],
    [
      "a number that is none",
      { maxWorkers: "many" },
      'maxWorkers is "many"; allowed: a whole number',
    ],
    [
      "a flag that is none",
      { forceDestroy: "yes" },
      'forceDestroy is "yes"; allowed: true or false',
    ],
    ["a list that is none", { privateSubnetCidrs: "10.192.20.0/24" }, "allowed: a list of strings"],
    ["DAG files of nobody", { dags: "none" }, 'dags is "none"; allowed: managed, external'],
    ["no connection", { connections: { a: "" } }, "connections.a is"],
    ["no Variables", { variables: { a: "" } }, 'variables.a is ""; allowed: 1 to 4096 bytes'],
    ["no statement", { executionRoleStatements: ["x"] }, 'executionRoleStatements[0] is "x"'],
    ["no key", { connectionsKeyArns: ["x"] }, 'connectionsKeyArns is ["x"]'],
    ["no policy", { executionRolePolicyArns: ["x"] }, 'executionRolePolicyArns is "x"'],
    ["a map that is none", { tags: "x" }, 'tags is "x"; allowed: a map'],
    [
      "an option that the program sets",
      { airflowConfigurationOptions: { "mwaa_analytics.orders_schedule": "@daily" } },
      "allowed: options of other sections than mwaa_analytics",
    ],
    [
      "a pipeline that there is not",
      { pipelines: [...EXTENSIONS.pipelines, "no-such"] },
      `pipelines is "no-such"; allowed: each of ${EXTENSIONS.pipelines.join(", ")} at most once`,
    ],
    [
      "a service twice",
      { services: ["emr", "emr"] },
      'services is "emr"; allowed: each of data, athena, redshift, emr, notices at most once',
    ],
    [
      "an option without a section",
      { airflowConfigurationOptions: { parallelism: "4" } },
      'airflowConfigurationOptions is "parallelism"; allowed: option names such as core.parallelism',
    ],
    [
      "an empty option",
      { airflowConfigurationOptions: { "core.x": "" } },
      'airflowConfigurationOptions.core.x is ""',
    ],
    ["an execution role that is no ARN", { executionRoleArn: "me" }, 'executionRoleArn is "me"'],
    [
      "an execution role of another account",
      { executionRoleArn: "arn:aws:iam::999999999999:role/airflow" },
      "allowed: the ARN of an IAM role of the account 123456789012",
    ],
    [
      "a key by its alias",
      { encryptionKey: "arn:aws:kms:us-east-1:123456789012:alias/mine" },
      "allowed: aws, own, or the ARN of a KMS key (no alias) in us-east-1",
    ],
    [
      "a key in another region",
      {
        encryptionKey:
          "arn:aws:kms:eu-west-1:123456789012:key/11112222-3333-4444-5555-666677778888",
      },
      "(no alias) in us-east-1",
    ],
    ["a DAG path with a slash at its end", { dagS3Path: "dags/" }, 'dagS3Path is "dags/"'],
    ...["../x", "dags/..", ".", "jobs", "jobs/dags", "notebooks"].map(
      (dagS3Path): (typeof bad)[number] => [
        `DAGs at ${dagS3Path}`,
        { dagS3Path },
        `dagS3Path is "${dagS3Path}"; allowed: a key prefix without a slash at either end and without . and .. between, such as dags; not below jobs or notebooks`,
      ],
    ),
    [
      "a reader without a kind",
      { redshift: { readers: ["analysts"] } },
      'redshift.readers is "analysts"; allowed: a list of role NAME, group NAME and user NAME',
    ],
    [
      "a reader whose name ends a statement",
      { redshift: { readers: ["role a; DROP TABLE b"] } },
      "redshift.readers is",
    ],
    [
      "results that expire at once",
      { expirationDays: { queryResults: 0 } },
      "expirationDays.queryResults is 0; allowed: a whole number from 1 to 3650",
    ],
    ["no days for old versions", { oldVersionRetentionDays: 0 }, "oldVersionRetentionDays is 0"],
    ["a poll without a pause", { pollIntervalSeconds: 0 }, "pollIntervalSeconds is 0"],
    ["a poll every six minutes", { pollIntervalSeconds: 360 }, "pollIntervalSeconds is 360"],
    ["a tag of AWS's", { tags: { "aws:x": "1" } }, 'tags.aws:x is "1"'],
    ["a tag of AWS's in capitals", { tags: { "AWS:x": "1" } }, 'tags.AWS:x is "1"'],
    [
      "a tag value that IAM does not take",
      { tags: { Team: "R&D" } },
      'tags.Team is "R&D"; allowed: a string of 1 to 256 letters, digits, spaces and _ . : / = + - @',
    ],
    ["a tag without a value, which MWAA does not take", { tags: { Team: "" } }, 'tags.Team is ""'],
    ["a tag value that is too long", { tags: { Team: "x".repeat(257) } }, "tags.Team is"],
    ["a tag key that is too long", { tags: { ["x".repeat(129)]: "1" } }, "the key of 1 to 128"],
    [
      "a tag beside the program's own that IAM takes for the same",
      { tags: { environment: "production" } },
      'tags.environment is "production"; allowed: keys that differ in more than capitals; Environment is there, and IAM takes both for one. Name it Environment',
    ],
    [
      "two tags that IAM takes for one",
      { tags: { team: "a", Team: "b" } },
      "Team is there, and IAM takes both for one. Remove or rename one of them.",
    ],
    [
      "a tag by which the program finds its subnets",
      { tags: { subnettype: "Private" } },
      'tags.subnettype is "Private"; allowed: keys other than SubnetType and for-use-with-amazon-emr-managed-policies',
    ],
    ["a tag that is no text", { tags: { Team: 1 } }, "tags.Team is 1"],
    [
      "a misspelt setting",
      { vpcCidir: "10.0.0.0/16" },
      'vpcCidir is "set"; allowed: one of pipelines, services, environmentName',
    ],
    [
      "an unknown kind of Redshift",
      { redshift: { kind: "none" } },
      'redshift.kind is "none"; allowed: serverless, provisioned or existing',
    ],
    [
      "another kind's field",
      { redshift: { kind: "serverless", nodeType: "ra3.large" } },
      'redshift.nodeType is "ra3.large"; allowed: with kind serverless: kind, database',
    ],
    [
      "a capacity between the steps",
      { redshift: { baseCapacity: 12 } },
      "redshift.baseCapacity is 12; allowed: Redshift processing units: 4, or a multiple of 8",
    ],
    [
      "less capacity at most than at least",
      { redshift: { baseCapacity: 32, maxCapacity: 16 } },
      "redshift.maxCapacity is 16; allowed: at least redshift.baseCapacity, which is 32",
    ],
    [
      "a node type that is retired",
      { redshift: { kind: "provisioned", nodeType: "dc2.large" } },
      'redshift.nodeType is "dc2.large"; allowed: ra3.large',
    ],
    [
      "one large node",
      { redshift: { kind: "provisioned", nodeType: "ra3.4xlarge" } },
      "redshift.numberOfNodes is 1; allowed: 2 to 128 nodes of ra3.4xlarge",
    ],
    [
      "an existing target without a name",
      { redshift: { kind: "existing" } },
      "with kind existing: either workgroupName alone, or clusterIdentifier",
    ],
    [
      "an existing target with two names",
      { redshift: { kind: "existing", workgroupName: "a", clusterIdentifier: "b" } },
      "with kind existing: either workgroupName alone, or clusterIdentifier",
    ],
    [
      "a table name that would need quotes",
      { redshift: { tableName: "movie demo; drop" } },
      'redshift.tableName is "movie demo; drop"; allowed: a lower-case identifier',
    ],
    [
      "a release of EMR without Python 3.11",
      { emr: { releaseLabel: "emr-6.15.0" } },
      'emr.releaseLabel is "emr-6.15.0"; allowed: a release of EMR 7',
    ],
    [
      "tags that do not fit into a parameter",
      {
        tags: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`t${i}`, "x".repeat(250)])),
      },
      "allowed: 2000 bytes as JSON",
    ],
    [
      "a notice to nobody",
      { notices: ["email:nobody"] },
      'notices is "email:nobody"; allowed: email:data@example.com, https://host/path',
    ],
    [
      "a boundary that is no policy",
      { iam: { permissionsBoundary: "arn:aws:iam::123456789012:role/bounds" } },
      "iam.permissionsBoundary is",
    ],
    [
      "a path without a slash at its end",
      { iam: { path: "/data" } },
      'iam.path is "/data"; allowed: a path with slashes at both ends',
    ],
    [
      "a path that is too long",
      { iam: { path: `/${"x".repeat(154)}/` } },
      "155 characters at most",
    ],
    ["a path that log groups do not take", { iam: { path: "/a=b/" } }, 'iam.path is "/a=b/"'],
    [
      "a boundary of another account",
      { iam: { permissionsBoundary: "arn:aws:iam::999999999999:policy/bounds" } },
      "allowed: a policy of the stack's account",
    ],
    [
      "a web server for the whole internet",
      { webserverIngress: { cidrBlocks: ["0.0.0.0/0"] } },
      "allowed: a mask between /8 and /32",
    ],
    [
      "more security groups than an environment takes",
      {
        securityGroupIds: [
          "sg-00000001",
          "sg-00000002",
          "sg-00000003",
          "sg-00000004",
          "sg-00000005",
        ],
      },
      "4 at the most",
    ],
    [
      "a VPC by another name than its id",
      { network: { vpcId: "main" } },
      'network.vpcId is "main"; allowed: the id of a VPC, vpc-…, or empty',
    ],
    [
      "a VPC with one subnet",
      { network: { vpcId: "vpc-01234567", subnetIds: ["subnet-01234567"] } },
      "allowed: a list of ids subnet-…, each once, exactly 2, or none",
    ],
    [
      "a VPC without subnets",
      { network: { vpcId: "vpc-01234567" } },
      "network.subnetIds is []; allowed: two subnets of the VPC, in two zones",
    ],
    [
      "subnets without their VPC",
      { network: { subnetIds: ["subnet-01234567", "subnet-89abcdef"] } },
      'network.vpcId is ""; allowed: the id of the VPC that subnets',
    ],
    [
      "endpoints by their whole names",
      { vpcEndpoints: ["com.amazonaws.us-east-1.ssm", "SSM"] },
      "allowed: a list of names such as ssm, ecr.api, s3, each once",
    ],
    [
      "a role that Airflow does not have",
      { airflowUserRoles: ["Op", "Root"] },
      'airflowUserRoles is "Root"; allowed: each of Admin, Op, User, Viewer once',
    ],
    [
      "a role of Airflow's twice",
      { airflowUserRoles: ["Op", "Op"] },
      'airflowUserRoles is "Op"; allowed: each of',
    ],
  ];
  for (const [what, config, message] of bad) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => settings(config),
        (error) => {
          assert.ok(error instanceof SettingsError);
          assert.ok(error.message.includes(message), error.message);
          assert.ok(Object.keys(config).some((key) => error.message.includes(key)));
          assert.match(error.message, /nothing was created or changed/);
          return true;
        },
      );
    });
  }

  it("names all that is wrong at once", () => {
    assert.throws(
      () => settings({ vpcCidr: "x", maxWorkers: 99, airflowBucketName: "y" }),
      (error: SettingsError) => {
        const named = new Set(error.problems.map(({ setting }) => setting));
        assert.deepStrictEqual([...named].sort(), ["airflowBucketName", "maxWorkers", "vpcCidr"]);
        return true;
      },
    );
  });

  it("says why a setting is gone", () => {
    for (const [key, reason] of [
      ["endpointManagement", /waits for endpoints that nothing creates/],
      ["workerReplacementStrategy", /a new environment has had none/],
    ] as const) {
      assert.throws(() => settings({ [key]: "any" }), reason);
    }
  });

  for (const [key, { type }] of Object.entries(EXTENSIONS.declared)) {
    it(`refuses the setting ${key} of a pipeline where it is wrong, by its name`, () => {
      const wrong = type === "object" ? { "no such field": 1 } : ["no", "text"];
      assert.throws(
        () => settings({ [key]: wrong }),
        (error: SettingsError) => error.problems.every(({ setting }) => setting.startsWith(key)),
      );
    });
  }

  it("has a bad case for every setting of the platform that can be wrong", () => {
    const covered = new Set(bad.flatMap(([, config]) => Object.keys(config)));
    // Any text is right for these: what it names is looked for when the files are read.
    const free = ["dagsFolder", "requirementsFile", "pluginsFolder", "startupScript"];
    // Checked by the same functions as those that have a case.
    const alike = [
      "minWebservers",
      "redshiftSubnetCidrs",
      "natGateways",
      "athenaWorkgroupName",
      "dagsIgnore",
    ];
    const missing = Object.keys(DEFAULTS).filter(
      (key) => !covered.has(key) && !free.includes(key) && !alike.includes(key),
    );
    assert.deepStrictEqual(missing, []);
  });
});

describe("configuredKeys", () => {
  it("finds the project's keys among all of a stack's", () => {
    const configuration = {
      "aws:region": "x",
      "mwaa-analytics:vpcCidr": "y",
      "other:vpcCidr": "z",
    };
    assert.deepStrictEqual(configuredKeys("mwaa-analytics", configuration), ["vpcCidr"]);
  });
});

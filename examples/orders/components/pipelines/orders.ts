import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { SCHEDULE } from "../../checks/cron";
import { text } from "../../checks/declaration";
import { fitName, rolePrefix, stackIdentity } from "../../checks/names";
import { ATHENA_RESULTS_PREFIX } from "../athena";
import { ATHENA_UNEXERCISED, athenaStatements } from "../athenaAccess";
import { bucketArn, regionalArn } from "../location";
import {
  GLUE_METRICS,
  glueMetricsUnexercised,
  glueStatements,
  glueTrust,
  glueUnexercised,
} from "../glueAccess";
import { definePipeline } from "../pipeline";
import type { Platform } from "../platform";
import { type Statement, type UnexercisedGrant, policyDocument } from "../policyDocument";
import { redshiftStatements } from "../redshiftAccess";
import { roleDefaults } from "../roleDefaults";
import { sparkStatements, sparkUnexercised } from "../sparkAccess";

const SCRIPT = "glue/orders_daily.py";
const TABLE = "orders_daily";

// Of one level: Spark also lists, and cleans up, the folder above what it writes.
const PREFIXES = {
  /** Orders as CSV files. */
  raw: { prefix: "orders-raw/", tasks: "write" },
  /** What the Glue job makes of them: a row for each day. */
  daily: { prefix: "orders-daily/", tasks: "read" },
  /** What Redshift loads. */
  load: { prefix: "orders-load/", tasks: "write", copy: true },
  /** What Athena writes, as whoever asks it. */
  results: { prefix: ATHENA_RESULTS_PREFIX, tasks: "write" },
} as const;

/** Purpose in the name of the role that the job works as. */
const JOB_ROLE = "orders-job";

/** What the tasks and the job do not use in a run that goes well. */
const UNEXERCISED: readonly UnexercisedGrant[] = [
  ...sparkUnexercised(JOB_ROLE),
  ...glueUnexercised(JOB_ROLE),
  ...glueMetricsUnexercised(JOB_ROLE),
  {
    statement: "RunJob",
    role: "execution",
    actions: ["glue:BatchStopJobRun"],
    reason: "called where a task is killed while its job runs",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/glue/latest/webapi/API_BatchStopJobRun.html",
  },
  ...ATHENA_UNEXERCISED,
];

/** `orders_daily`: orders through Glue and Athena into Redshift. */
export const orders = definePipeline({
  name: "orders",
  services: ["data", "athena", "redshift", "notices"],
  files: { dags: ["orders_daily.py"], jobs: [SCRIPT] },
  requirements: ["python-slugify==8.0.4"],
  plugins: "plugins/orders",
  startup: { ORDERS_CURRENCY: "EUR" },
  unexercised: UNEXERCISED,
  settings: {
    ordersSchedule: text(
      SCHEDULE,
      "none",
      "Schedule of orders_daily, a five-field cron expression, or none.",
    ),
  },
  plan: (context, { ordersSchedule }) => {
    const suffix = fitName(stackIdentity(context), { maxLength: 24, filler: "_" });
    const [jobName, databaseName] = [`orders-daily-${suffix}`, `orders_${suffix}`];
    return {
      jobName,
      databaseName,
      dags: [
        {
          id: "orders_daily",
          schedule: { option: "orders_schedule", cron: ordersSchedule },
          results: [
            { kind: "redshift", table: TABLE, sample: `SELECT * FROM ${TABLE} ORDER BY day` },
          ],
        },
      ],
      calls: ["glue"],
      prefixes: PREFIXES,
      logGroups: [`/aws-glue/jobs/${jobName}/*`],
      owned: {
        databases: [databaseName],
        jobs: [jobName],
        roles: { [JOB_ROLE]: ["glue.amazonaws.com"] },
      },
    };
  },
  build: (platform, _, { jobName, databaseName }) => {
    const component = new Orders("orders", { platform, jobName, databaseName });
    const { redshift } = platform;
    return {
      components: [component],
      statements: pulumi
        .all([redshift.dataApi, platform.notices.statements])
        .apply(([target, noticeStatements]) => [
          ...taskStatements(platform, jobName, databaseName),
          ...redshiftStatements(platform.location, target, redshift.database),
          ...noticeStatements,
        ]),
      variables: {
        orders: JSON.stringify({
          raw: PREFIXES.raw.prefix,
          daily: PREFIXES.daily.prefix,
          load: PREFIXES.load.prefix,
          job: jobName,
          database: databaseName,
          table: TABLE,
        }),
      },
      outputs: { orders: { jobName: component.jobName, databaseName: component.databaseName } },
    };
  },
});

interface OrdersArgs {
  readonly platform: Platform;
  readonly jobName: string;
  readonly databaseName: string;
}

/** The Glue job with its role and logs, and the database of its tables. */
class Orders extends pulumi.ComponentResource {
  public readonly jobName: pulumi.Output<string>;
  public readonly databaseName: pulumi.Output<string>;

  public constructor(name: string, args: OrdersArgs) {
    super("mwaa:orders:Orders", name, {});
    const { tags } = args.platform;
    const database = new aws.glue.CatalogDatabase(
      `${name}-database`,
      { name: args.databaseName, description: "Orders by day", tags },
      { parent: this },
    );
    this.databaseName = database.name;
    this.jobName = this.job(name, args).name;
    this.registerOutputs({ jobName: this.jobName, databaseName: this.databaseName });
  }

  private job(name: string, { platform, jobName }: OrdersArgs): aws.glue.Job {
    const { kmsKeyArn, logRetentionDays } = platform.common;
    const { role, policy } = this.role(name, platform, jobName);
    const security = new aws.glue.SecurityConfiguration(
      `${name}-security`,
      {
        name: `${platform.environmentName}-orders`,
        encryptionConfiguration:
          kmsKeyArn === undefined
            ? {
                s3Encryption: { s3EncryptionMode: "SSE-S3" },
                cloudwatchEncryption: { cloudwatchEncryptionMode: "DISABLED" },
                jobBookmarksEncryption: { jobBookmarksEncryptionMode: "DISABLED" },
              }
            : {
                s3Encryption: { s3EncryptionMode: "SSE-KMS", kmsKeyArn },
                cloudwatchEncryption: { cloudwatchEncryptionMode: "SSE-KMS", kmsKeyArn },
                jobBookmarksEncryption: { jobBookmarksEncryptionMode: "CSE-KMS", kmsKeyArn },
              },
      },
      { parent: this, deleteBeforeReplace: true },
    );
    // With a key Glue names its groups by security configuration and role.
    const logs = `/aws-glue/jobs/${jobName}`;
    const rolePath = platform.common.iam.path;
    const logGroups = ["error", "output"].map(
      (log) =>
        new aws.cloudwatch.LogGroup(
          `${name}-job-${log}`,
          {
            name:
              kmsKeyArn === undefined
                ? `${logs}/${log}`
                : pulumi.interpolate`${logs}/${security.name}-role${rolePath}${role.name}/${log}`,
            retentionInDays: logRetentionDays,
            kmsKeyId: kmsKeyArn,
            tags: platform.tags,
          },
          { parent: this },
        ),
    );
    const data = (prefix: string) => `s3://${platform.dataBucketName}/${prefix}`;
    return new aws.glue.Job(
      `${name}-job`,
      {
        name: jobName,
        description: "Orders by day",
        roleArn: role.arn,
        glueVersion: "5.1",
        command: {
          name: "glueetl",
          pythonVersion: "3",
          scriptLocation: platform.jobScript(SCRIPT),
        },
        workerType: "G.1X",
        numberOfWorkers: 2,
        timeout: 30,
        maxRetries: 0,
        executionProperty: { maxConcurrentRuns: 1 },
        securityConfiguration: security.name,
        defaultArguments: {
          // A folder below the prefix: Spark also asks for the folder itself.
          "--input": data(`${PREFIXES.raw.prefix}orders/`),
          "--output": data(PREFIXES.daily.prefix),
          "--job-bookmark-option": "job-bookmark-disable",
          "--enable-metrics": "true",
          "--custom-logGroup-prefix": logs,
        },
        tags: platform.tags,
      },
      { parent: this, dependsOn: [policy, ...logGroups] },
    );
  }

  private role(name: string, platform: Platform, jobName: string) {
    const { location, common, environmentName, airflowBucketName, dataBucketName } = platform;
    const role = new aws.iam.Role(
      `${name}-job`,
      {
        namePrefix: rolePrefix(environmentName, JOB_ROLE),
        description: `Glue job of orders (${environmentName})`,
        assumeRolePolicy: JSON.stringify(glueTrust(location)),
        ...roleDefaults(common.iam),
        tags: platform.tags,
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-job`,
      {
        role: role.name,
        policy: pulumi.output(common.kmsKeyArn).apply((kmsKeyArn) =>
          JSON.stringify(
            policyDocument(
              ...sparkStatements({
                location,
                airflowBucketName,
                dataBucketName,
                reads: [PREFIXES.raw.prefix],
                writes: [PREFIXES.daily.prefix],
                kmsKeyArn,
              }),
              ...glueStatements({
                location,
                logGroupPattern: `/aws-glue/jobs/${jobName}/*`,
                kmsKeyArn,
              }),
              GLUE_METRICS,
            ),
          ),
        ),
      },
      { parent: this },
    );
    return { role, policy };
  }
}

/** Statements for the DAG's tasks, beside Redshift. */
function taskStatements(platform: Platform, jobName: string, databaseName: string): Statement[] {
  const { location, dataBucketName, athenaWorkgroupName } = platform;
  const data = (key: string) => bucketArn(location, dataBucketName, key);
  return [
    {
      Sid: "WriteOrders",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: [PREFIXES.raw, PREFIXES.load, PREFIXES.results].map(({ prefix }) =>
        data(`${prefix}*`),
      ),
    },
    {
      Sid: "ReadDaily",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: data(`${PREFIXES.daily.prefix}*`),
    },
    {
      Sid: "FindOrders",
      Effect: "Allow",
      Action: ["s3:GetBucketLocation", "s3:ListBucket"],
      Resource: bucketArn(location, dataBucketName),
    },
    {
      Sid: "RunJob",
      Effect: "Allow",
      Action: ["glue:StartJobRun", "glue:GetJobRun", "glue:BatchStopJobRun"],
      Resource: regionalArn(location, "glue", `job/${jobName}`),
    },
    ...athenaStatements({ location, athenaWorkgroupName, databaseName }),
  ];
}

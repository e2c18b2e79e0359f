import assert from "node:assert";
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  AirflowEnvironment,
  type AirflowEnvironmentArgs,
  logGroupNames,
} from "../../components/airflowEnvironment";
import { type Recording, ofType, only, record } from "../mocks";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";
const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const ENVIRONMENT = "aws:mwaa/environment:Environment";

const object = (key: string) => ({
  key: pulumi.output(key),
  versionId: pulumi.output(`${key}-v1`),
});

const ARGS: AirflowEnvironmentArgs = {
  environmentName: "mwaa-test",
  airflowVersion: "3.2.1",
  environmentClass: "mw1.small",
  minWorkers: 1,
  maxWorkers: 1,
  minWebservers: 2,
  maxWebservers: 2,
  schedulers: 2,
  webserverAccessMode: "PUBLIC_ONLY",
  weeklyMaintenanceWindowStart: "SUN:04:00",
  logLevels: {
    dagProcessing: "OFF",
    scheduler: "OFF",
    task: "INFO",
    webserver: "OFF",
    worker: "OFF",
  },
  logRetentionDays: 30,
  configurationOptions: { "core.parallelism": "16" },
  variablesPrefix: "/mwaa-test/variables",
  schedules: { hourly_schedule: "0 * * * *", other_schedule: "none" },
  pollIntervalSeconds: 45,
  executionRoleArn: "arn:aws:iam::123456789012:role/execution",
  bucketArn: "arn:aws:s3:::airflow-test",
  dagS3Path: "dags",
  requirements: object("requirements.txt"),
  plugins: object("plugins.zip"),
  startupScript: object("startup.sh"),
  subnetIds: ["subnet-1", "subnet-2"],
  securityGroupIds: ["sg-1"],
  kmsKeyArn: KEY,
  needs: [],
  tags: { Team: "data" },
};

const environment = (
  args: Partial<AirflowEnvironmentArgs> = {},
): Promise<Recording<AirflowEnvironment>> =>
  record(() => new AirflowEnvironment("airflow", { ...ARGS, ...args }));

describe("AirflowEnvironment", () => {
  it("sets every argument that an environment has", async () => {
    // The type makes this list complete: a new argument of the provider does not compile here.
    const expected: Required<Record<keyof aws.mwaa.EnvironmentArgs, unknown>> = {
      name: "mwaa-test",
      airflowVersion: "3.2.1",
      airflowConfigurationOptions: {
        "core.parallelism": "16",
        "secrets.backend":
          "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend",
        "secrets.backend_kwargs":
          '{"variables_prefix":"/mwaa-test/variables","connections_prefix":null,"config_prefix":null}',
        "mwaa_analytics.hourly_schedule": "0 * * * *",
        "mwaa_analytics.other_schedule": "none",
        "mwaa_analytics.poll_interval_seconds": "45",
      },
      environmentClass: "mw1.small",
      minWorkers: 1,
      maxWorkers: 1,
      minWebservers: 2,
      maxWebservers: 2,
      schedulers: 2,
      webserverAccessMode: "PUBLIC_ONLY",
      endpointManagement: "SERVICE",
      // Never given: the provider cannot keep it.
      workerReplacementStrategy: undefined,
      weeklyMaintenanceWindowStart: "SUN:04:00",
      executionRoleArn: "arn:aws:iam::123456789012:role/execution",
      kmsKey: KEY,
      sourceBucketArn: "arn:aws:s3:::airflow-test",
      dagS3Path: "dags",
      requirementsS3Path: "requirements.txt",
      requirementsS3ObjectVersion: "requirements.txt-v1",
      pluginsS3Path: "plugins.zip",
      pluginsS3ObjectVersion: "plugins.zip-v1",
      startupScriptS3Path: "startup.sh",
      startupScriptS3ObjectVersion: "startup.sh-v1",
      networkConfiguration: { subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["sg-1"] },
      loggingConfiguration: {
        dagProcessingLogs: { enabled: false, logLevel: "INFO" },
        schedulerLogs: { enabled: false, logLevel: "INFO" },
        taskLogs: { enabled: true, logLevel: "INFO" },
        webserverLogs: { enabled: false, logLevel: "INFO" },
        workerLogs: { enabled: false, logLevel: "INFO" },
      },
      tags: { Team: "data" },
      // The stack's own, by aws:region.
      region: undefined,
    };
    const { inputs } = only(await environment(), ENVIRONMENT);
    assert.deepStrictEqual(
      { region: undefined, workerReplacementStrategy: undefined, ...inputs },
      expected,
    );
  });

  it("leaves out what there is no file for", async () => {
    const { inputs } = only(
      await environment({ requirements: undefined, plugins: undefined, startupScript: undefined }),
      ENVIRONMENT,
    );
    assert.deepStrictEqual(
      Object.keys(inputs).filter((key) => /^(requirements|plugins|startup)/.test(key)),
      [],
    );
  });

  it("lets no option of a stack take the place of the program's own", async () => {
    const { inputs } = only(
      await environment({ configurationOptions: { "secrets.backend": "other" } }),
      ENVIRONMENT,
    );
    const options = inputs.airflowConfigurationOptions as Record<string, string>;
    assert.match(options["secrets.backend"], /SystemsManagerParameterStoreBackend$/);
  });

  it("makes the log group of the one log that is on, with retention and key", async () => {
    const recording = await environment();
    const group = only(recording, LOG_GROUP);
    assert.deepStrictEqual(
      [group.inputs.name, group.inputs.retentionInDays, group.inputs.kmsKeyId],
      ["airflow-mwaa-test-Task", 30, KEY],
    );
    assert.ok(only(recording, ENVIRONMENT).dependencies.includes(group.urn));
  });

  it("makes all five log groups by the names that MWAA writes to", async () => {
    const on = "INFO";
    const recording = await environment({
      logLevels: { dagProcessing: on, scheduler: on, task: on, webserver: on, worker: on },
    });
    // https://docs.aws.amazon.com/mwaa/latest/userguide/monitoring-airflow.html
    assert.deepStrictEqual(
      ofType(recording, LOG_GROUP)
        .map(({ inputs }) => inputs.name)
        .sort(),
      [
        "airflow-mwaa-test-DAGProcessing",
        "airflow-mwaa-test-Scheduler",
        "airflow-mwaa-test-Task",
        "airflow-mwaa-test-WebServer",
        "airflow-mwaa-test-Worker",
      ],
    );
    const { dependencies } = only(recording, ENVIRONMENT);
    assert.ok(ofType(recording, LOG_GROUP).every(({ urn }) => dependencies.includes(urn)));
  });

  it("waits for all that it needs, in lists and out of outputs too", async () => {
    class Thing extends pulumi.ComponentResource {
      public constructor(name: string) {
        super(`mwaa:test:${name}`, name);
        new AirflowEnvironment(`of-${name}`, ARGS, { parent: this });
      }
    }
    const recording = await record(() => {
      const [direct, inOutput] = [new Thing("direct"), new Thing("output")];
      return new AirflowEnvironment("airflow", {
        ...ARGS,
        needs: [direct, pulumi.output([inOutput])],
      });
    });
    const { dependencies } = only(recording, ENVIRONMENT, "airflow-environment");
    for (const name of ["of-direct-environment", "of-output-environment"]) {
      assert.ok(dependencies.includes(only(recording, ENVIRONMENT, name).urn), name);
    }
  });

  it("gives out the web server's address with its scheme", async () => {
    const { result } = await record(() => {
      const { webserverUrl, environmentName } = new AirflowEnvironment("airflow", ARGS);
      return { webserverUrl, environmentName };
    });
    assert.deepStrictEqual(result, {
      webserverUrl: "https://web.airflow.example",
      environmentName: "mwaa-test",
    });
  });
});

describe("logGroupNames", () => {
  it("is empty where every log is off", () => {
    const off = { dagProcessing: "OFF", scheduler: "OFF", task: "OFF", webserver: "OFF" };
    assert.deepStrictEqual(logGroupNames("mwaa-test", { ...off, worker: "OFF" }), []);
  });

  it("is protected with its history unless the stack allows destruction, and not left behind", async () => {
    const of = async (args: Partial<AirflowEnvironmentArgs>): Promise<unknown> => {
      const { protect, retainOnDelete } = only(await environment(args), ENVIRONMENT);
      return [protect, retainOnDelete];
    };
    assert.deepStrictEqual(await of({}), [true, false]);
    assert.deepStrictEqual(await of({ forceDestroy: true }), [false, false]);
  });
});

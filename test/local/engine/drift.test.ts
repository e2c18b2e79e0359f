import assert from "node:assert/strict";
import * as path from "node:path";

import { DeleteBucketCommand, PutBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { PulumiCommand } from "@pulumi/pulumi/automation";

import { ProtectedBucket } from "../../../components/protectedBucket";
import { argumentsOf, runPulumi } from "../../../deploy/ci/pulumi";
import { resultOf } from "../../../deploy/ci/result";
import { startCloud, stopCloud } from "../../../local/cli/cloud";
import { s3Of } from "../../../local/cli/s3";
import { Endpoint } from "../../../local/engine/endpoint";
import { secretsOf } from "../../../local/engine/secrets";
import { LocalStack, backendOf } from "../../../local/engine/stack";
import { ROOT, toolHome } from "../../../local/home";
import { findPulumi } from "../../../local/setup/pulumiCli";
import { LOCATION } from "../../policies";
import { freePort, temporaryHome } from "../running";

const BUCKET = "airflow-drifting";
const TAGS = { Project: "mwaa-analytics", Stack: "local", Environment: "us" };

describe("the nightly look for drift, by the CLI itself", () => {
  const { home, remove } = temporaryHome();
  let endpoint: Endpoint;
  let pulumi: PulumiCommand;
  let s3: S3Client;

  before(async () => {
    pulumi = (await findPulumi(toolHome)) as PulumiCommand;
    endpoint = await startCloud(home, await freePort(), () => undefined);
    s3 = s3Of(endpoint);
    const stack = await LocalStack.open({
      home,
      pulumi,
      cloud: endpoint,
      onOutput: () => undefined,
      policyPack: path.join(ROOT, "policy"),
      program: () => {
        new ProtectedBucket("drifting", {
          location: LOCATION,
          bucketName: BUCKET,
          oldVersionRetentionDays: 1,
          forceDestroy: true,
          tags: TAGS,
        });
        return Promise.resolve();
      },
    });
    await stack.up();
  });
  after(async () => {
    await stopCloud(home);
    remove();
  });

  /** What `deploy/ci/main.ts drift` finds, with nothing of it shown in the report of the tests. */
  const look = async (environment: NodeJS.ProcessEnv = {}) => {
    const folder = process.cwd();
    const [out, err] = [
      process.stdout.write.bind(process.stdout),
      process.stderr.write.bind(process.stderr),
    ];
    process.chdir(home.dir("stack"));
    process.stdout.write = () => true;
    process.stderr.write = () => true;
    try {
      const finished = await runPulumi(
        argumentsOf("drift", "local"),
        {
          ...process.env,
          ...endpoint.environment,
          PATH: [path.join(ROOT, "local", "provider", "bin"), process.env.PATH].join(
            path.delimiter,
          ),
          PULUMI_HOME: home.dir("pulumi-home"),
          PULUMI_BACKEND_URL: backendOf(home),
          PULUMI_CONFIG_PASSPHRASE: secretsOf(home).passphrase,
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
          ...environment,
        },
        pulumi.command,
      );
      return resultOf("drift", "local", finished);
    } finally {
      process.chdir(folder);
      process.stdout.write = out;
      process.stderr.write = err;
    }
  };

  it("finds none where there is none", async () => {
    const { outcome, output } = await look();
    assert.equal(outcome, "passed", output);
  });

  it("tells a failure from a drift", async () => {
    const { outcome, output } = await look({ AWS_SECRET_ACCESS_KEY: "not-the-secret-key" });
    assert.equal(outcome, "failed", output);
    assert.doesNotMatch(output, /not-the-secret-key/);
  });

  it("finds a tag that was changed, says which, and takes nothing over", async () => {
    await s3.send(
      new PutBucketTaggingCommand({
        Bucket: BUCKET,
        Tagging: {
          TagSet: Object.entries({ ...TAGS, Environment: "them" }).map(([Key, Value]) => ({
            Key,
            Value,
          })),
        },
      }),
    );
    for (const time of ["the first time", "again"]) {
      const { outcome, output } = await look();
      assert.equal(outcome, "drifted", `${time}: ${output}`);
      assert.match(output, /Environment.*"us" => "them"/);
    }
  });

  it("finds a resource that is gone", async () => {
    await s3.send(new DeleteBucketCommand({ Bucket: BUCKET }));
    const { outcome, output } = await look();
    assert.equal(outcome, "drifted", output);
    assert.match(output, /- aws:s3.*delete|1 to delete/);
  });
});

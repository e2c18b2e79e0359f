import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import * as aws from "@pulumi/aws";
import { PulumiCommand, PulumiFn } from "@pulumi/pulumi/automation";

import { inventoryOf, startCloud, stopCloud } from "../../../local/cli/cloud";
import { s3Of } from "../../../local/cli/s3";
import { putChanged } from "../../../local/cli/sync";
import { Endpoint } from "../../../local/engine/endpoint";
import type { Operation } from "../../../local/engine/operation";
import { LocalStack } from "../../../local/engine/stack";
import { toolHome } from "../../../local/home";
import { mwaa } from "../../../local/provider/aws/mwaa/client";
import { findPulumi } from "../../../local/setup/pulumiCli";
import { configurable } from "../../../policy/index";
import { levelsOf } from "../../policy/levels";
import { copyOfProgram, freePort, temporaryHome } from "../running";

const { home, remove: removeHome } = temporaryHome();
let endpoint: Endpoint;
let pulumi: PulumiCommand;
let output = "";

before(async () => {
  pulumi = (await findPulumi(toolHome)) as PulumiCommand;
  endpoint = await startCloud(home, await freePort(), () => undefined);
  Object.assign(process.env, endpoint.environment);
});

after(async () => {
  await stopCloud(home);
  removeHome();
});

async function open(source: { source?: string; program?: PulumiFn }): Promise<LocalStack> {
  output = "";
  return LocalStack.open({
    home,
    pulumi,
    cloud: endpoint,
    onOutput: (text) => (output += text),
    ...source,
  });
}

/** What changed, without what stayed. */
function changed({ changes }: Operation): Record<string, number> {
  return Object.fromEntries(Object.entries(changes).filter(([kind]) => kind !== "same"));
}

describe("the program on the engine", () => {
  const { folder, remove } = copyOfProgram();
  const s3 = () => s3Of(endpoint);
  const dag = path.join(folder, "dags", "movie_list_dag.py");
  let bucket: string | undefined;
  let total: number;

  after(remove);

  const keys = async (): Promise<string[]> => {
    const { Contents } = await s3().send(new ListObjectsV2Command({ Bucket: bucket }));
    return (Contents ?? []).map(({ Key }) => Key ?? "");
  };

  it("previews under the pack and makes nothing", async () => {
    const stack = await open({ source: folder });
    const preview = await stack.preview();
    total = preview.changes.create;
    assert.ok(total > 50, `only ${total} resources`);
    const levels = levelsOf("local");
    const enabled = configurable
      .map(({ name }) => name)
      .filter((name) => levels[name]?.level !== "disabled");
    assert.deepEqual(preview.policies.rules, enabled.sort());
    assert.deepEqual(
      preview.policies.violations.filter(({ level }) => level !== "advisory"),
      [],
    );
    assert.match(output, new RegExp(`\\+ ${total} to create`));
    assert.deepEqual(await inventoryOf(home, endpoint), {});
  });

  it("makes what it previewed", async () => {
    const stack = await open({ source: folder });
    const up = await stack.up();
    assert.deepEqual(changed(up), { create: total });
    assert.match(output, new RegExp(`\\+ ${total} created`));
    // Nothing is left to be checked either, which would be reported as advisory.
    assert.deepEqual(up.policies.violations, []);
    assert.deepEqual(
      [...new Set(up.policies.suppressed.map(({ rule }) => rule))],
      ["glue-database-name", "network-no-open-egress"],
    );
    bucket = (await stack.outputs()).airflowBucketName;
    assert.ok((await keys()).includes("dags/movie_list_dag.py"));
  });

  it("keeps its state in files that are replaced in one step, nothing beside them", () => {
    const state = fs.readdirSync(home.dir("state", ".pulumi"), { recursive: true }).map(String);
    assert.ok(state.includes(path.join("stacks", "mwaa-analytics", "local.json")), state.join());
    assert.deepEqual(
      state.filter((file) => file.endsWith(".attrs")),
      [],
    );
  });

  it("changes nothing the second time", async () => {
    const up = await (await open({ source: folder })).up();
    assert.deepEqual(changed(up), {});
    assert.match(output, new RegExp(`${total} unchanged`));
  });

  it("is refused to another stack, which would have the same names in the account", async () => {
    const { home: elsewhere, remove: removeElsewhere } = temporaryHome();
    try {
      const other = await LocalStack.open({
        home: elsewhere,
        pulumi,
        cloud: endpoint,
        onOutput: () => undefined,
        source: folder,
        stack: "dev",
      });
      await assert.rejects(
        other.preview(),
        /the Glue job mwaa-movielens-glue-job is of the stack local of the project mwaa-analytics/,
      );
      assert.deepEqual(other.resources(), {});
    } finally {
      removeElsewhere();
    }
  });

  it("changes one object for one edited DAG", async () => {
    fs.appendFileSync(dag, "\n# edited\n");
    assert.deepEqual(changed(await (await open({ source: folder })).up()), { update: 1 });
  });

  it("puts an edited DAG without the engine, which then follows and leaves an update nothing", async () => {
    const stack = await open({ source: folder });
    fs.appendFileSync(dag, "\n# synced\n");
    assert.deepEqual(await putChanged(s3(), stack.uploads()), ["dags/movie_list_dag.py"]);
    const { Body } = await s3().send(
      new GetObjectCommand({ Bucket: bucket, Key: "dags/movie_list_dag.py" }),
    );
    assert.match((await Body?.transformToString()) ?? "", /# synced\n$/);
    const { changed: urns } = await stack.sync();
    assert.deepEqual(
      urns.map((urn) => urn.split("::").at(-1)),
      ["airflow/dags/movie_list_dag.py"],
    );
    assert.deepEqual(await putChanged(s3(), stack.uploads()), []);
    assert.deepEqual(changed(await stack.up()), {});
  });

  it("removes the old object of a renamed DAG", async () => {
    fs.renameSync(dag, path.join(folder, "dags", "renamed_dag.py"));
    assert.deepEqual(changed(await (await open({ source: folder })).up()), {
      create: 1,
      delete: 1,
    });
    assert.ok((await keys()).includes("dags/renamed_dag.py"));
    assert.ok(!(await keys()).includes("dags/movie_list_dag.py"));
  });

  it("gives the environment the version of a changed requirements.txt", async () => {
    const version = async () => {
      const { environmentName } = await (await open({ source: folder })).outputs();
      const { Environment: environment } = await mwaa("GET", `/environments/${environmentName}`);
      return (environment as Record<string, unknown>).RequirementsS3ObjectVersion;
    };
    const before = await version();
    // A lock that is older than the file is refused, and this is not about locks.
    fs.rmSync(path.join(folder, "dags", "requirements.lock"));
    fs.appendFileSync(path.join(folder, "dags", "requirements.txt"), "\n# changed\n");
    assert.deepEqual(changed(await (await open({ source: folder })).up()), { update: 2 });
    const after = await version();
    assert.ok(before && after && before !== after, `${String(before)} became ${String(after)}`);
  });

  it("finds an object that was deleted behind its back", async () => {
    await s3().send(new DeleteObjectCommand({ Bucket: bucket, Key: "dags/renamed_dag.py" }));
    assert.deepEqual(changed(await (await open({ source: folder })).refresh()), { delete: 1 });
    assert.deepEqual(changed(await (await open({ source: folder })).up()), { create: 1 });
    assert.ok((await keys()).includes("dags/renamed_dag.py"));
  });

  it("leaves nothing behind in any service", async () => {
    await (await open({ source: folder })).destroy();
    assert.deepEqual(await inventoryOf(home, endpoint), {});
  });
});

describe("a stack that must not come up", () => {
  const environmentOn =
    (bucketName: string, versioned: boolean): PulumiFn =>
    // eslint-disable-next-line @typescript-eslint/require-await -- the engine wants a promise
    async () => {
      const bucket = new aws.s3.Bucket("dags", { bucket: bucketName, forceDestroy: true });
      if (versioned) {
        new aws.s3.BucketVersioning("dags", {
          bucket: bucket.id,
          versioningConfiguration: { status: "Enabled" },
        });
      }
      new aws.mwaa.Environment("env", {
        name: "mwaa-refused",
        dagS3Path: "dags/",
        executionRoleArn: "arn:aws:iam::123456789012:role/none",
        networkConfiguration: { securityGroupIds: ["sg-1"], subnetIds: ["subnet-1", "subnet-2"] },
        sourceBucketArn: bucket.arn,
      });
    };

  for (const [rule, program] of [
    ["airflow-bucket-name-prefix", environmentOn("dags-of-a-team", true)],
    ["airflow-bucket-versioning", environmentOn("airflow-unversioned", false)],
  ] as const) {
    it(`is refused at preview by ${rule}, and nothing is made`, async () => {
      const stack = await open({ program });
      await assert.rejects(stack.preview(), (error: Error) => {
        assert.match(error.message, new RegExp(`${rule}: dags: `));
        return true;
      });
      assert.match(output, new RegExp(`\\[mandatory\\].*${rule}`));
      assert.deepEqual(await inventoryOf(home, endpoint), {});
    });
  }

  it("names a resource type that the laptop target does not have", async () => {
    // eslint-disable-next-line @typescript-eslint/require-await -- the engine wants a promise
    const program: PulumiFn = async () => {
      new aws.sqs.Queue("queue", {});
    };
    await assert.rejects((await open({ program })).preview(), /aws:sqs\/queue:Queue/);
  });

  it("names a function that the laptop target does not have", async () => {
    const program: PulumiFn = async () => {
      await aws.ec2.getAmi({ owners: ["amazon"] });
    };
    await assert.rejects((await open({ program })).preview(), /aws:ec2\/getAmi:getAmi/);
  });
});

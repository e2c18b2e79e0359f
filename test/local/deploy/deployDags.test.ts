import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

import { deployDags } from "../../../deploy/dags/deployDags";
import { type ProgramStack, readStack } from "../../../deploy/oidc/stackSettings";
import { startCloud, stopCloud } from "../../../local/cli/cloud";
import { ROOT } from "../../../local/home";
import { freePort, temporaryHome } from "../running";

const ACCOUNT = { partition: "aws", dnsSuffix: "amazonaws.com", accountId: "123456789012" };

describe("DAG files that are deployed apart from their stack", () => {
  const { home, remove } = temporaryHome();
  const root = path.join(home.folder, "program");
  const dags = path.join(root, "dags");
  /** Writes a file that the DAG processor looks at: it has both words in it. */
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(dags, name)), { recursive: true });
    fs.writeFileSync(path.join(dags, name), `# A DAG of Airflow's: airflow, dag.\n${text}`);
  };
  let s3: S3Client;
  let program: ProgramStack;

  before(async () => {
    const { environment } = await startCloud(home, await freePort(), () => undefined);
    Object.assign(process.env, environment);
    s3 = new S3Client({ forcePathStyle: true });
    const { settings, ...rest } = readStack("dev", ACCOUNT);
    const files = { ...settings.files, dags: "external" as const, requirementsFile: undefined };
    program = { ...rest, settings: { ...settings, files } };
    const Bucket = settings.airflowBucketName;
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(
      new PutBucketVersioningCommand({
        Bucket,
        VersioningConfiguration: { Status: "Enabled" },
      }),
    );
    await s3.send(new PutObjectCommand({ Bucket, Key: "requirements.txt", Body: "x" }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "dags/left.py", Body: "x" }));
    write("mwaalib/words.py", 'WORD = "one"\n');
    write("first.py", "from mwaalib.words import WORD\n");
    write("second.py", "import json\n");
  });
  after(async () => {
    await stopCloud(home);
    remove();
  });

  /** Deploys, or goes back, and gives what was said. */
  const deploy = async (rollback = false, of = program): Promise<string[]> => {
    const said: string[] = [];
    await deployDags(of, s3, { rollback, root, say: (text) => said.push(text) });
    return said;
  };
  const changes = (said: readonly string[]) =>
    said.slice(0, -1).map((line) => line.replace(/ version \S+$/, ""));
  const content = async (name: string): Promise<string | undefined> => {
    const Key = `dags/${name}`;
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: program.settings.airflowBucketName, Key }),
    );
    return (await Body?.transformToString())?.replace(/^#.*\n/, "");
  };
  /** Current keys of the bucket. */
  const keys = async (): Promise<string[]> => {
    const Bucket = program.settings.airflowBucketName;
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    return Versions.filter(({ IsLatest }) => IsLatest)
      .map(({ Key = "" }) => Key)
      .sort();
  };

  it("are uploaded, the library first, and what is none of them goes", async () => {
    const said = await deploy();
    assert.deepEqual(changes(said), [
      "+ mwaalib/words.py",
      "+ first.py",
      "+ second.py",
      "- left.py",
    ]);
    assert.match(said[0], / version \S{8,}$/);
    assert.match(said[4], /^Deployment \S+; back: --rollback$/);
    assert.deepEqual(await keys(), [
      "dags/.deployment.json",
      "dags/first.py",
      "dags/mwaalib/words.py",
      "dags/second.py",
      "requirements.txt",
    ]);
  });

  it("are left as they are where nothing has changed", async () =>
    assert.match((await deploy()).join(), /^Nothing has changed since deployment \S+\.$/));

  it("are not uploaded where one cannot be imported, which is told as on the laptop", async () => {
    const before = await keys();
    write("second.py", "import json\nfrom mwaalib.words import NONE\n");
    await assert.rejects(deploy(), ({ message }: Error) => {
      assert.match(message, /✘ second\.py:3 cannot be imported: ImportError: cannot import name/);
      assert.match(message, /Nothing was uploaded\.$/);
      return true;
    });
    assert.deepEqual(await keys(), before);
    assert.equal(await content("second.py"), "import json\n");
  });

  it("are replaced, added and deleted as they change", async () => {
    write("mwaalib/words.py", 'WORD = "two"\n');
    write("third.py", "import csv\n");
    fs.rmSync(path.join(dags, "second.py"));
    const said = await deploy();
    assert.deepEqual(changes(said), ["+ mwaalib/words.py", "+ third.py", "- second.py"]);
    assert.match(said.at(-1) ?? "", /^Deployment \S+, after \S+; back/);
  });

  it("go back to the deployment before, and no further than the first", async () => {
    assert.deepEqual(changes(await deploy(true)), [
      "+ mwaalib/words.py",
      "+ second.py",
      "- third.py",
    ]);
    assert.equal(await content("mwaalib/words.py"), 'WORD = "one"\n');
    assert.equal(await content("second.py"), "import json\n");
    await assert.rejects(deploy(true), /There is no deployment before \S+ in s3:\/\//);
    // The files of the checkout are a deployment like any other after that.
    assert.deepEqual(changes(await deploy()), ["+ mwaalib/words.py", "+ third.py", "- second.py"]);
  });

  it("are put right where somebody else changed them", async () => {
    const Bucket = program.settings.airflowBucketName;
    await s3.send(new PutObjectCommand({ Bucket, Key: "dags/first.py", Body: "broken" }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "dags/third.py" }));
    assert.deepEqual(changes(await deploy()), ["+ first.py", "+ third.py"]);
  });

  it("are not deployed apart from a stack that uploads them itself", async () => {
    const { settings } = program;
    const files = { ...settings.files, dags: "managed" as const };
    await assert.rejects(
      deploy(false, { ...program, settings: { ...settings, files } }),
      /dags is managed in Pulumi\.dev\.yaml, so that pulumi up uploads/,
    );
  });

  it("have a command, which asks the endpoint of its environment who it is", () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [path.join(ROOT, "tools", "bootstrap.cjs"), "deploy/dags/main.ts", "--stack", "dev"],
      { cwd: ROOT, encoding: "utf8" },
    );
    assert.equal(status, 1);
    assert.match(stderr, /^dags is managed in Pulumi\.dev\.yaml/);
  });
});

import assert from "node:assert";
import { createHash } from "node:crypto";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { AirflowBucket, type AirflowBucketArgs } from "../../components/airflowBucket";
import { readAirflowFiles } from "../../components/airflowFiles";
import { type Recording, ofType, only, record, thereAre } from "../mocks";
import { LOCATION } from "../policies";

const OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2";
const FIXTURE = path.join(__dirname, "../fixtures/airflow");
const NAME = "airflow-test-bucket";

const FILES = readAirflowFiles({
  root: FIXTURE,
  dagsFolder: "dags",
  dagsIgnore: [],
  requirementsFile: "dags/requirements.txt",
  airflowVersion: "3.2.1",
  webserverAccessMode: "PRIVATE_ONLY",
});
const ALL_FILES = readAirflowFiles({
  root: FIXTURE,
  dagsFolder: "dags",
  dagsIgnore: [],
  requirementsFile: "dags/requirements.txt",
  pluginsFolder: "plugins",
  startupScript: "startup.sh",
  airflowVersion: "3.2.1",
  webserverAccessMode: "PRIVATE_ONLY",
});

const bucket = (args: Partial<AirflowBucketArgs> = {}): Promise<Recording<AirflowBucket>> =>
  record(
    () =>
      new AirflowBucket("airflow", {
        location: LOCATION,
        bucketName: NAME,
        oldVersionRetentionDays: 90,
        dagS3Path: "dags",
        files: FILES,
        ...args,
      }),
    { functions: thereAre(args.create === false && args.bucketName ? [args.bucketName] : []) },
  );

const keys = (recording: Recording<unknown>): unknown[] =>
  ofType(recording, OBJECT)
    .map(({ inputs }) => inputs.key)
    .sort();

describe("AirflowBucket", () => {
  it("makes one object of each DAG file, and one of the requirements", async () => {
    const recording = await bucket();
    assert.deepStrictEqual(keys(recording), [
      "dags/.airflowignore",
      "dags/example_dag.py",
      "dags/helpers/__init__.py",
      "requirements.txt",
    ]);
    for (const { name, inputs } of ofType(recording, OBJECT)) {
      // The logical name is the key, so that a renamed file is a new object and the old one goes.
      assert.strictEqual(name, `airflow/${String(inputs.key)}`);
      assert.strictEqual(inputs.bucket, NAME);
    }
  });

  it("uploads the file itself, with its hash", async () => {
    const { inputs } = only(await bucket(), OBJECT, "airflow/dags/example_dag.py");
    const { path: source } = inputs.source as pulumi.asset.FileAsset;
    assert.strictEqual(await source, path.join(FIXTURE, "dags/example_dag.py"));
    assert.strictEqual(
      inputs.sourceHash,
      FILES.dags.find((file) => file.path === "example_dag.py")?.hash,
    );
  });

  it("uploads the requirements that the lock makes", async () => {
    const { inputs } = only(await bucket(), OBJECT, "airflow/requirements.txt");
    const text = await (inputs.source as pulumi.asset.StringAsset).text;
    assert.match(text, /^--no-index$/m);
    assert.strictEqual(inputs.sourceHash, createHash("sha256").update(text).digest("hex"));
  });

  it("changes one object when one file changes", async () => {
    const before = await bucket();
    const [first, ...rest] = FILES.dags;
    const after = await bucket({ files: { ...FILES, dags: [{ ...first, hash: "new" }, ...rest] } });
    const hashes = (recording: Recording<unknown>): Map<string, unknown> =>
      new Map(ofType(recording, OBJECT).map(({ name, inputs }) => [name, inputs.sourceHash]));
    const old = hashes(before);
    const changed = [...hashes(after)].filter(([name, hash]) => old.get(name) !== hash);
    assert.deepStrictEqual(changed, [[`airflow/dags/${first.path}`, "new"]]);
  });

  it("follows the key prefix of the setting", async () => {
    assert.ok(keys(await bucket({ dagS3Path: "team/dags" })).includes("team/dags/example_dag.py"));
  });

  it("uploads plugins.zip and the start-up script when there are any", async () => {
    const recording = await bucket({ files: ALL_FILES });
    assert.ok(keys(recording).includes("plugins.zip"));
    assert.ok(keys(recording).includes("startup.sh"));
    const { source } = only(recording, OBJECT, "airflow/plugins.zip").inputs;
    assert.ok(pulumi.asset.Archive.isInstance(source));
    const members = await (source as pulumi.asset.AssetArchive).assets;
    assert.deepStrictEqual(Object.keys(members).sort(), [
      "example_plugin.py",
      "operators/__init__.py",
    ]);
  });

  it("changes plugins.zip when a plugin changes or is renamed, and only then", async () => {
    const hash = async (files: AirflowBucketArgs["files"]): Promise<unknown> =>
      only(await bucket({ files }), OBJECT, "airflow/plugins.zip").inputs.sourceHash;
    const [first, ...rest] = ALL_FILES.plugins;
    const before = await hash(ALL_FILES);
    assert.strictEqual(await hash({ ...ALL_FILES, plugins: [first, ...rest] }), before);
    assert.notStrictEqual(
      await hash({ ...ALL_FILES, plugins: [{ ...first, hash: "new" }, ...rest] }),
      before,
    );
    assert.notStrictEqual(
      await hash({ ...ALL_FILES, plugins: [{ ...first, path: "renamed.py" }, ...rest] }),
      before,
    );
  });

  it("hands requirements, plugins and start-up script on with their versions", async () => {
    const { result } = await record(() => {
      const { requirements, plugins, startupScript } = new AirflowBucket("airflow", {
        location: LOCATION,
        bucketName: NAME,
        oldVersionRetentionDays: 90,
        dagS3Path: "dags",
        files: ALL_FILES,
      });
      return [requirements, plugins, startupScript].map((object) => [
        object?.key,
        object?.versionId,
      ]);
    });
    assert.deepStrictEqual(
      result.map(([key]) => key),
      ["requirements.txt", "plugins.zip", "startup.sh"],
    );
    assert.strictEqual(result[0][1], `version-of-${String(ALL_FILES.requirements?.hash)}`);
    assert.strictEqual(new Set(result.map(([, version]) => version)).size, 3);
  });

  it("uploads nothing before the bucket is versioned and closed", async () => {
    const recording = await bucket();
    const protections = recording.registrations.filter(({ name }) =>
      ["airflow-versioning", "airflow-public-access-block", "airflow-encryption"].includes(name),
    );
    assert.strictEqual(protections.length, 3);
    for (const { name, dependencies } of ofType(recording, OBJECT)) {
      for (const protection of protections) {
        assert.ok(dependencies.includes(protection.urn), `${name} before ${protection.name}`);
      }
    }
  });

  it("takes a bucket that is there already, and makes objects only", async () => {
    const recording = await bucket({ create: false, bucketName: "airflow-emr-demo-us-west-2" });
    assert.deepStrictEqual(
      recording.calls.map(({ token, inputs }) => [token, inputs]),
      [["aws:s3/getBucket:getBucket", { bucket: "airflow-emr-demo-us-west-2" }]],
    );
    const types = new Set(recording.registrations.map(({ type }) => type));
    assert.deepStrictEqual([...types].sort(), [OBJECT, "mwaa:airflowBucket:AirflowBucket"]);
    for (const { inputs } of ofType(recording, OBJECT)) {
      assert.strictEqual(inputs.bucket, "airflow-emr-demo-us-west-2");
    }
  });
});

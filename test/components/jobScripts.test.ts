import assert from "node:assert";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { JobScripts, readJobScripts } from "../../components/jobScripts";
import { ofType, only, record } from "../mocks";

const OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2";

describe("JobScripts", () => {
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "jobs-"));
    write("emr/preprocess_movies.py", "movies");
    write("glue/movielens_transform.py", "transform");
  });

  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const write = (file: string, content: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), content);
  };

  const upload = () =>
    record(() => {
      const { keys } = new JobScripts("jobs", {
        bucketName: "airflow-mwaa-test",
        files: readJobScripts(folder),
      });
      return { keys };
    });

  it("puts each script under jobs/, at its path", async () => {
    const recording = await upload();
    const objects = ofType(recording, OBJECT).map(({ inputs }) => [inputs.bucket, inputs.key]);
    assert.deepStrictEqual(objects.sort(), [
      ["airflow-mwaa-test", "jobs/emr/preprocess_movies.py"],
      ["airflow-mwaa-test", "jobs/glue/movielens_transform.py"],
    ]);
    assert.deepStrictEqual(recording.result.keys, [
      "jobs/emr/preprocess_movies.py",
      "jobs/glue/movielens_transform.py",
    ]);
  });

  it("uploads what changed, and that alone", async () => {
    const hashes = async (): Promise<unknown[]> => {
      const recording = await upload();
      return ["emr/preprocess_movies.py", "glue/movielens_transform.py"].map(
        (file) => only(recording, OBJECT, `jobs/jobs/${file}`).inputs.sourceHash,
      );
    };
    const before = await hashes();
    write("glue/movielens_transform.py", "transform, better");
    const after = await hashes();
    assert.strictEqual(after[0], before[0]);
    assert.notStrictEqual(after[1], before[1]);
  });

  it("leaves out what is no script", async () => {
    write("README.md", "about");
    write("emr/__pycache__/preprocess_movies.cpython-311.pyc", "bytes");
    write("glue/.movielens_transform.py", "an editor's");
    assert.strictEqual(ofType(await upload(), OBJECT).length, 2);
  });

  it("says so when there is no such folder", () => {
    fs.rmSync(folder, { recursive: true });
    assert.throws(() => readJobScripts(folder), /The folder of Spark jobs is .*, which is not a/);
    fs.mkdirSync(folder);
  });
});

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { buildSync } from "esbuild";

import { ROOT } from "../../../local/home";
import { INPUTS, digestOf } from "./inputs";

/** What the engine, the providers and the capture of a graph start from. */
const STARTS = [
  "index.ts",
  "local/provider/aws/server.ts",
  "local/provider/awsx/server.ts",
  "test/policy/capture/pack.ts",
  "test/policy/recordings/derive.ts",
];

/** Modules of types and of names, which decide nothing that a graph shows. */
const NOT_ASKED = ["test/local/running.ts"];

/** A checkout of a few files. */
const FILES: Readonly<Record<string, string>> = {
  "Pulumi.dev.yaml": "config: {}\n",
  "Pulumi.prod.yaml": "config: {}\n",
  "dags/movies.py": "SCHEDULE = None\n",
  "dags/README.md": "# DAGs\n",
  "dags/__pycache__/movies.pyc": "made",
  "components/emr.ts": "export {};\n",
  "policy/rules/one.ts": "export {};\n",
  "README.md": "# Project\n",
};

describe("what the graphs of a stack follow from", () => {
  let folder: string;

  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  /** Whether the digest of dev is another one after a change. */
  const changes = (change: () => void, stack = "dev") => {
    const before = digestOf(stack, folder);
    change();
    return digestOf(stack, folder) !== before;
  };

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "inputs-"));
    Object.entries(FILES).forEach(([file, text]) => write(file, text));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("is the same for the same files", () => {
    assert.ok(!changes(() => undefined));
    assert.equal(digestOf("dev"), digestOf("dev"));
  });

  it("are a DAG's content, its name, and that it is there", () => {
    assert.ok(changes(() => write("dags/movies.py", "SCHEDULE = 'none'\n")));
    assert.ok(
      changes(() =>
        fs.renameSync(path.join(folder, "dags/movies.py"), path.join(folder, "dags/films.py")),
      ),
    );
    assert.ok(changes(() => fs.rmSync(path.join(folder, "dags/films.py"))));
  });

  it("are no page, no rule, and nothing that is made beside a file", () => {
    assert.ok(!changes(() => write("README.md", "# Another\n")));
    assert.ok(!changes(() => write("dags/README.md", "# Other DAGs\n")));
    assert.ok(!changes(() => write("dags/__pycache__/movies.pyc", "made again")));
    assert.ok(!changes(() => write("policy/rules/two.ts", "export {};\n")));
  });

  it("are the settings of that stack, and of no other", () => {
    const another = () => write("Pulumi.prod.yaml", "config: { a: b }\n");
    assert.ok(!changes(another));
    assert.ok(changes(() => write("Pulumi.prod.yaml", "config: { a: c }\n"), "prod"));
  });

  it("tells where one file ends and the next begins", () => {
    write("components/emr.ts", "one");
    write("dags/movies.py", "two");
    assert.ok(
      changes(() => {
        write("components/emr.ts", "onet");
        write("dags/movies.py", "wo");
      }),
    );
  });

  it("are all modules that the engine, the providers and the capture load", () => {
    const { metafile } = buildSync({
      entryPoints: STARTS,
      absWorkingDir: ROOT,
      bundle: true,
      platform: "node",
      packages: "external",
      write: false,
      metafile: true,
      outdir: "unused",
    });
    const loaded = Object.keys(metafile.inputs);
    assert.ok(loaded.length > 200, `${loaded.length} modules`);
    assert.deepEqual(
      loaded.filter(
        (file) =>
          !NOT_ASKED.includes(file) &&
          !INPUTS.some((input) => file === input || file.startsWith(`${input}/`)),
      ),
      [],
      "name these in test/policy/recordings/inputs.ts",
    );
  });

  it("are there, but for the folders of the user's own", () => {
    const missing = INPUTS.filter((input) => !fs.existsSync(path.join(ROOT, input)));
    assert.deepEqual(
      missing.filter((input) => !["plugins", "wheels"].includes(input)),
      [],
    );
  });
});

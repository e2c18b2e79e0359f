import assert from "node:assert";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { renderLock } from "../../checks/wheels";
import { readLockedRequirements, requirementsDigest } from "../../components/wheels";
import { DEFAULTS } from "../../checks/defaults";
import { type AirflowFilesArgs, readAirflowFiles } from "../../components/airflowFiles";

describe("readAirflowFiles", () => {
  let root: string;

  const write = (file: string, content = file): void => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), content);
  };
  const read = (args: Partial<AirflowFilesArgs> = {}) =>
    readAirflowFiles({
      root,
      dagsFolder: "dags",
      dagsIgnore: [],
      airflowVersion: "3.2.1",
      webserverAccessMode: "PUBLIC_ONLY",
      ...args,
    });
  const dags = (args?: Partial<AirflowFilesArgs>): string[] =>
    read(args).dags.map((file) => file.path);

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "airflow-files-"));
    write("dags/b.py");
    write("dags/a.py");
    write("dags/lib/tool.py");
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  it("finds every file, sorted, with its path inside the folder", () => {
    assert.deepStrictEqual(dags(), ["a.py", "b.py", "lib/tool.py"]);
  });

  it("leaves caches, editors' and hidden files out, but not .airflowignore", () => {
    write("dags/__pycache__/a.cpython-312.pyc");
    write("dags/lib/__pycache__/tool.cpython-312.pyc");
    write("dags/lib/__pycache__/numba.nbi");
    write("dags/lib/old.pyc");
    write("dags/.DS_Store");
    write("dags/.ipynb_checkpoints/a.py");
    write("dags/.git/config");
    write("dags/a.py~");
    write("dags/.a.py.swp");
    write("dags/.airflowignore", "lib/");
    assert.deepStrictEqual(dags(), [".airflowignore", "a.py", "b.py", "lib/tool.py"]);
  });

  it("uploads what .airflowignore names: Airflow must not parse it, but DAGs import it", () => {
    write("dags/.airflowignore", "lib/");
    assert.ok(dags().includes("lib/tool.py"));
  });

  it("leaves out what the stack's patterns name", () => {
    write("dags/notes/todo.md");
    write("dags/lib/tool_test.py");
    assert.deepStrictEqual(dags({ dagsIgnore: ["*_test.py", "notes/"] }), [
      "a.py",
      "b.py",
      "lib/tool.py",
    ]);
  });

  it("takes requirements and start-up script out of the DAGs", () => {
    write("dags/requirements.txt", "pandas\n");
    write("dags/startup.sh");
    const files = read({
      requirementsFile: "dags/requirements.txt",
      startupScript: "dags/startup.sh",
    });
    assert.deepStrictEqual(
      files.dags.map((file) => file.path),
      ["a.py", "b.py", "lib/tool.py"],
    );
    assert.ok(files.requirements !== undefined && "location" in files.requirements);
    assert.strictEqual(files.requirements.location, path.join(root, "dags/requirements.txt"));
    assert.ok(files.startupScript !== undefined && "location" in files.startupScript);
    assert.strictEqual(files.startupScript.location, path.join(root, "dags/startup.sh"));
  });

  it("takes absolute paths", () => {
    assert.strictEqual(dags({ root: "/", dagsFolder: path.join(root, "dags") }).length, 3);
  });

  it("does not look at the working directory", () => {
    const before = process.cwd();
    process.chdir(os.tmpdir());
    try {
      assert.strictEqual(dags().length, 3);
    } finally {
      process.chdir(before);
    }
  });

  it("changes the hash of a changed file only", () => {
    const before = read().dags;
    write("dags/b.py", "changed");
    const after = read().dags;
    const changed = after.filter(({ hash }, index) => hash !== before[index].hash);
    assert.deepStrictEqual(
      changed.map((file) => file.path),
      ["b.py"],
    );
  });

  it("follows a link to a file, and refuses one to a folder", () => {
    write("elsewhere/c.py");
    fs.symlinkSync(path.join(root, "elsewhere/c.py"), path.join(root, "dags/c.py"));
    assert.ok(dags().includes("c.py"));
    fs.symlinkSync(path.join(root, "elsewhere"), path.join(root, "dags/linked"));
    assert.throws(() => dags(), /dags\/linked is a link to a folder.*or add it to dagsIgnore/);
    assert.ok(!dags({ dagsIgnore: ["linked"] }).some((file) => file.startsWith("linked")));
  });

  it("finds the files of plugins", () => {
    write("plugins/operators/__init__.py");
    write("plugins/__pycache__/x.pyc");
    assert.deepStrictEqual(
      read({ pluginsFolder: "plugins" }).plugins.map((file) => file.path),
      ["operators/__init__.py"],
    );
    assert.deepStrictEqual(read().plugins, []);
  });

  const refused: [string, Partial<AirflowFilesArgs>, RegExp][] = [
    [
      "a DAG folder that is not there",
      { dagsFolder: "no" },
      /dagsFolder is .*no, which is not a folder/,
    ],
    [
      "a DAG folder that is a file",
      { dagsFolder: "dags/a.py" },
      /dagsFolder is .*which is not a folder/,
    ],
    [
      "a plugins folder that is not there",
      { pluginsFolder: "no" },
      /pluginsFolder is .*not a folder/,
    ],
    [
      "requirements that are not there",
      { requirementsFile: "r.txt" },
      /requirementsFile is .*r\.txt, which is not a file/,
    ],
    [
      "a start-up script that is a folder",
      { startupScript: "dags" },
      /startupScript is .*which is not a file/,
    ],
    ["a folder with nothing to upload", { dagsIgnore: ["*"] }, /holds no file to upload/],
  ];
  for (const [what, args, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => read(args), message);
    });
  }

  it("refuses requirements that are constrained to another Airflow", () => {
    write(
      "dags/requirements.txt",
      '--constraint "https://example.invalid/constraints-3.0.6/constraints-3.12.txt"\npandas\n',
    );
    const requirementsFile = "dags/requirements.txt";
    assert.throws(
      () => read({ requirementsFile }),
      /dags\/requirements\.txt, line 1 is .*constraints-3\.0\.6.*allowed: constraints of Airflow 3\.2\.1/,
    );
    assert.ok(read({ requirementsFile, airflowVersion: "3.0.6" }).requirements);
  });

  it("takes requirements without a constraint", () => {
    write("dags/requirements.txt", "pandas==2.2.3  # not constraints-3.0.6\n");
    assert.ok(read({ requirementsFile: "dags/requirements.txt" }).requirements);
  });

  it("has a lock of the project's own requirements, which needs no wheel", () => {
    const { dagsFolder, requirementsFile, airflowVersion } = DEFAULTS;
    const source = { root: path.join(__dirname, "../.."), dagsFolder, requirementsFile };
    assert.deepStrictEqual(readLockedRequirements(source, airflowVersion)?.wheels, []);
  });

  describe("with a lock of the requirements", () => {
    const requirementsFile = "dags/requirements.txt";
    const sha256 = (content: string): string => createHash("sha256").update(content).digest("hex");
    /** Writes requirements and their lock; by name of a wheel, the content that the lock means. */
    const lock = (wheels: Record<string, string> = {}, airflowVersion = "3.2.1"): void => {
      write(requirementsFile, "one\n-c /usr/local/airflow/dags/pins.txt\n");
      write("dags/pins.txt");
      const source = { root, requirementsFile, dagsFolder: "dags" };
      const pins = Object.entries(wheels).map(([file, content]) => {
        const [name, version] = file.split("-");
        return { name, version, hash: sha256(content) };
      });
      const requirements = requirementsDigest(source);
      write("dags/requirements.lock", renderLock({ airflowVersion, requirements, pins }));
    };
    const warnings = (args: Partial<AirflowFilesArgs>): string[] => {
      const said: string[] = [];
      const { warn } = pulumi.log;
      Object.assign(pulumi.log, { warn: (text: string) => said.push(text) });
      try {
        read(args);
      } finally {
        Object.assign(pulumi.log, { warn });
      }
      return said;
    };

    it("puts its wheels into plugins.zip and asks for them without an index", () => {
      lock({ "one-1.0-py3-none-any.whl": "1", "two-2.0-py3-none-any.whl": "2" });
      write("wheels/one-1.0-py3-none-any.whl", "1");
      write("wheels/two-2.0-py3-none-any.whl", "2");
      write("wheels/old-0.1-py3-none-any.whl", "0");
      write("plugins/a.py");
      const {
        dags: uploaded,
        plugins,
        requirements,
      } = read({
        requirementsFile,
        pluginsFolder: "plugins",
      });
      assert.deepStrictEqual(
        plugins.map((file) => [file.path, file.hash]),
        [
          ["a.py", sha256("plugins/a.py")],
          ["one-1.0-py3-none-any.whl", sha256("1")],
          ["two-2.0-py3-none-any.whl", sha256("2")],
        ],
      );
      assert.ok(requirements !== undefined && "text" in requirements);
      assert.match(requirements.text, /^--no-index\n.*\none==1\.0\ntwo==2\.0\n/m);
      assert.strictEqual(requirements.hash, sha256(requirements.text));
      assert.ok(!uploaded.some((file) => file.path.startsWith("requirements")));
      // All of it the same a second time.
      assert.deepStrictEqual(read({ requirementsFile, pluginsFolder: "plugins" }), {
        ...read({ requirementsFile, pluginsFolder: "plugins" }),
        plugins,
        requirements,
      });
    });

    it("needs no plugins.zip where MWAA has everything", () => {
      lock();
      assert.deepStrictEqual(read({ requirementsFile }).plugins, []);
    });

    it("takes a wheel that lies among the plugins as well, and only that one", () => {
      const wheel = "one-1.0-py3-none-any.whl";
      lock({ [wheel]: "1" });
      write(`wheels/${wheel}`, "1");
      write(`plugins/${wheel}`, "1");
      const args = { requirementsFile, pluginsFolder: "plugins" };
      assert.deepStrictEqual(
        read(args).plugins.map((file) => file.path),
        [wheel],
      );
      write(`plugins/${wheel}`, "other");
      assert.throws(() => read(args), /pluginsFolder has a one-1\.0-py3-none-any\.whl that is not/);
    });

    const broken: [string, () => void, RegExp][] = [
      [
        "changed requirements",
        () => write(requirementsFile, "other\n"),
        /requirements\.txt has changed since .*requirements\.lock was written.*npm run wheels$/,
      ],
      [
        "a changed file that the requirements name",
        () => write("dags/pins.txt", "other\n"),
        /requirements\.txt has changed since/,
      ],
      [
        "another version of Airflow",
        () => lock({}, "3.1.0"),
        /requirements\.lock is for Airflow 3\.1\.0, but airflowVersion is 3\.2\.1/,
      ],
      [
        "another content",
        () => write("dags/requirements.lock", "one==1\n"),
        /requirements\.lock is not a lock/,
      ],
      [
        "a wheel that is missing",
        () => fs.rmSync(path.join(root, "wheels"), { recursive: true }),
        /wheels\/ does not hold the wheels of .* for one==1\.0\. Fetch them: npm run wheels -- --locked/,
      ],
      [
        "a wheel of another content",
        () => write("wheels/one-1.0-py3-none-any.whl", "other"),
        /does not hold the wheels of .* for one==1\.0/,
      ],
    ];
    for (const [what, change, message] of broken) {
      it(`refuses ${what}`, () => {
        lock({ "one-1.0-py3-none-any.whl": "1" });
        write("wheels/one-1.0-py3-none-any.whl", "1");
        assert.ok(read({ requirementsFile }).requirements);
        change();
        assert.throws(() => read({ requirementsFile }), message);
      });
    }

    it("warns of a private web server only where there is none", () => {
      const args = { requirementsFile, webserverAccessMode: "PRIVATE_ONLY" } as const;
      lock();
      assert.deepStrictEqual(warnings(args), []);
      assert.deepStrictEqual(warnings({ webserverAccessMode: "PRIVATE_ONLY" }), []);
      fs.rmSync(path.join(root, "dags/requirements.lock"));
      assert.deepStrictEqual(warnings({ requirementsFile }), []);
      assert.match(
        warnings(args).join(),
        /PRIVATE_ONLY, so that the web server cannot.*npm run wheels/,
      );
    });
  });
});

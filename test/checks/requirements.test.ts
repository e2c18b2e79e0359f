import assert from "node:assert";
import { describeProblem } from "../../checks/problem";
import { checkRequirements, constraintsOf, requirementLines } from "../../checks/requirements";

const OLD = "https://example.invalid/constraints-3.0.6/constraints-3.12.txt";

const check = (content: string | Uint8Array): string[] =>
  checkRequirements("requirements.txt", Buffer.from(content), "3.2.1").map(describeProblem);

/** UTF-16 with its byte order mark, as Windows' editors and `pip freeze >` in PowerShell write. */
const utf16 = (text: string, bigEndian = false): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
  return bigEndian ? bytes.swap16() : bytes;
};

describe("requirements", () => {
  it("joins continued lines and leaves comments out, as pip does", () => {
    const text =
      "# one \\\none==1 # why\n\ntwo \\\n  ==2 \\\n  ; python_version > '3'\r\nx @ https://h/#egg\n\\";
    assert.deepStrictEqual(requirementLines(text), [
      { number: 2, text: "one==1" },
      { number: 4, text: "two   ==2   ; python_version > '3'" },
      { number: 7, text: "x @ https://h/#egg" },
      { number: 8, text: "\\" },
    ]);
  });

  it("finds constraints however the option is written", () => {
    const written = [
      "-c X",
      "-cX",
      '--constraint "X"',
      "--constraint=X",
      "--constr 'X'",
      "-c \\\nX",
    ];
    for (const text of written) {
      assert.deepStrictEqual(constraintsOf(requirementLines(text)), ["X"], text);
    }
    for (const text of ["# -c X", "--config-settings X", "X", "-r X"]) {
      assert.deepStrictEqual(constraintsOf(requirementLines(text)), [], text);
    }
  });

  const constrained: [string, string | Uint8Array][] = [
    ["a space", `-c ${OLD}`],
    ["no space", `-c${OLD}`],
    ["quotes", `--constraint "${OLD}"`],
    ["an equals sign", `pandas\n--constraint=${OLD}`],
    ["a continued line", `--constraint \\\n  ${OLD}`],
    ["a line of Windows", `pandas\r\n-c ${OLD}\r\n`],
    ["UTF-8 with a byte order mark", `\ufeff-c ${OLD}`],
    ["UTF-16", utf16(`pandas\r\n-c ${OLD}\r\n`)],
    ["UTF-16, big-endian", utf16(`-c ${OLD}`, true)],
  ];
  for (const [how, content] of constrained) {
    it(`refuses constraints of another Airflow, written with ${how}`, () => {
      const [problem, ...others] = check(content);
      assert.match(problem, /constraints-3\.0\.6.*allowed: constraints of Airflow 3\.2\.1/);
      assert.deepStrictEqual(others, []);
    });
  }

  const refused = [
    "apache-airflow==3.0.6",
    "Apache_Airflow[celery] == 3.0.6",
    "apache-airflow==3.0.*",
    "apache-airflow>=3.0,<3.2",
    "apache-airflow~=3.0.6",
    "apache-airflow!=3.2.1",
    "apache-airflow>3.2.1",
    "apache-airflow===3.0.6",
    "apache-airflow (<=3.2)",
    "apache-airflow \\\n  ==3.0.6 --hash=sha256:00",
  ];
  for (const line of refused) {
    it(`refuses ${JSON.stringify(line)}: MWAA keeps its own`, () => {
      assert.match(check(line).join("\n"), /allowed: Airflow 3\.2\.1, the airflowVersion/);
    });
  }

  const taken = [
    "apache-airflow",
    "apache-airflow==3.2.1",
    "apache-airflow[celery]==3.2.*",
    "apache-airflow~=3.0",
    "apache-airflow>=3,<4",
    "apache-airflow<=3.2.1 ; python_version > '3'",
    "apache-airflow==3.0.6; python_version < '3'",
    "apache-airflow-providers-amazon==9.25.0",
    "# apache-airflow==3.0.6",
    "pandas==2.2.3  # not constraints-3.0.6",
    "-c https://example.invalid/constraints-3.2.1/constraints-3.12.txt",
    "--find-links /usr/local/airflow/plugins\n--no-index",
    "-r /usr/local/airflow/dags/more.txt",
    "-c ${CONSTRAINTS}",
    "/usr/local/airflow/plugins/a-1-py3-none-any.whl",
    "a @ file:///usr/local/airflow/plugins/a-1-py3-none-any.whl",
  ];
  for (const line of taken) {
    it(`takes ${JSON.stringify(line)}`, () => {
      assert.deepStrictEqual(check(line), []);
    });
  }

  for (const line of [
    "-r more.txt",
    "-cconstraints.txt",
    "./a",
    "-e .",
    "a/b-1.whl",
    "../a-1.whl",
    "-e ./a",
  ]) {
    it(`refuses ${JSON.stringify(line)}: nothing lies beside the requirements on MWAA`, () => {
      assert.match(check(line).join("\n"), /line 1 is .*\/usr\/local\/airflow\/dags\/FILE/);
    });
  }

  it("refuses what pip cannot decode", () => {
    for (const content of [Buffer.from([0xff, 0x41]), Buffer.from("pandas", "utf16le")]) {
      assert.match(check(content).join("\n"), /requirements\.txt.*Save it in UTF-8/);
    }
  });
});

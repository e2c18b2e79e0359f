import assert from "node:assert";
import { EMR } from "../../checks/emr";

const readEmr = (value: Record<string, unknown>) => EMR.read("emr", value);

describe("the setting emr", () => {
  it("gives every default for nothing", () => {
    assert.deepStrictEqual(readEmr({}), {
      value: {
        releaseLabel: "emr-7.13.0",
        masterInstanceType: "m5.xlarge",
        coreInstanceType: "m5.xlarge",
        coreInstanceCount: 2,
        coreMarket: "ON_DEMAND",
        idleTimeoutSeconds: 7200,
      },
      problems: [],
    });
  });

  it("takes what is given, and the defaults beside it", () => {
    const given = {
      coreMarket: "SPOT",
      coreInstanceCount: 10,
      certificateObject: "s3://airflow-certificates/emr/certificates.zip",
    };
    const { value: fields, problems } = readEmr(given);
    assert.deepStrictEqual(problems, []);
    assert.deepStrictEqual(fields, { ...readEmr({}).value, ...given });
  });

  for (const [name, value] of [
    ["releaseLabel", "emr-6.15.0"],
    ["releaseLabel", "7.13.0"],
    ["masterInstanceType", "large"],
    ["coreInstanceType", 4],
    ["coreInstanceCount", 0],
    ["coreInstanceCount", 101],
    ["coreInstanceCount", "2"],
    ["coreMarket", "spot"],
    ["idleTimeoutSeconds", 60],
    ["idleTimeoutSeconds", 7199],
    ["idleTimeoutSeconds", 604_801],
    ["idleTimeoutSeconds", 9000.5],
    ["certificateObject", ""],
    ["certificateObject", "https://host/certificates.zip"],
    ["certificateObject", `s3://airflow-certificates/${"k".repeat(501)}.zip`],
    ["coreInstances", 2],
  ] as const) {
    it(`refuses ${name} ${JSON.stringify(value)}, naming it and what is allowed`, () => {
      const { problems } = readEmr({ [name]: value });
      assert.deepStrictEqual(
        problems.map((problem) => [problem.setting, problem.value]),
        [[`emr.${name}`, value]],
      );
      assert.notStrictEqual(problems[0].allowed, "");
    });
  }
});

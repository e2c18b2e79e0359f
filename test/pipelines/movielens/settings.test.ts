import assert from "node:assert";
import { GLUE } from "../../../components/pipelines/movielens/settings";

const readGlue = (value: Record<string, unknown>) => GLUE.read("glue", value);

describe("the setting glue", () => {
  it("gives every default for nothing", () => {
    assert.deepStrictEqual(readGlue({}), {
      value: { version: "5.1", workerType: "G.1X", workers: 2, timeoutMinutes: 60, minRatings: 0 },
      problems: [],
    });
  });

  it("takes what is given, and the defaults beside it", () => {
    const { value: fields, problems } = readGlue({ workers: 10, minRatings: 50 });
    assert.deepStrictEqual(problems, []);
    assert.deepStrictEqual(fields, { ...readGlue({}).value, workers: 10, minRatings: 50 });
  });

  for (const [name, value] of [
    ["version", "4.0"],
    ["version", 5.1],
    ["workerType", "Standard"],
    ["workers", 1],
    ["workers", 300],
    ["timeoutMinutes", 0],
    ["minRatings", -1],
    ["maxRetries", 1],
  ] as const) {
    it(`refuses ${name} ${JSON.stringify(value)}, naming it and what is allowed`, () => {
      const { problems } = readGlue({ [name]: value });
      assert.deepStrictEqual(
        problems.map((problem) => [problem.setting, problem.value]),
        [[`glue.${name}`, value]],
      );
      assert.notStrictEqual(problems[0].allowed, "");
    });
  }
});

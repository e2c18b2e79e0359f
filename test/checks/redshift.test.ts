import assert from "node:assert";
import { readRedshift } from "../../checks/redshift";

/** What is wrong with a base capacity in a region; the greatest capacity never is. */
const problemsOf = (baseCapacity: unknown, region: string) =>
  readRedshift({ baseCapacity, maxCapacity: 1024 }, region).problems;

describe("base capacity of Redshift Serverless", () => {
  // https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html
  for (const units of [4, 8, 24, 504, 512]) {
    it(`is ${units} in every region`, () => {
      assert.deepStrictEqual(problemsOf(units, "us-east-1"), []);
      assert.deepStrictEqual(problemsOf(units, "sa-east-1"), []);
    });
  }

  for (const units of [544, 992, 1024]) {
    it(`is ${units} in the regions that have as much, and in no other`, () => {
      for (const region of ["us-east-1", "us-east-2", "us-west-2", "eu-central-1", "eu-west-1"]) {
        assert.deepStrictEqual(problemsOf(units, region), []);
      }
      const [problem, ...more] = problemsOf(units, "ap-south-1");
      assert.deepStrictEqual(more, []);
      assert.deepStrictEqual([problem.setting, problem.value], ["redshift.baseCapacity", units]);
      assert.match(problem.allowed, /from 8 to 512, the most in ap-south-1$/);
    });
  }

  for (const units of [0, 12, 520, 528, 1016, 1056, "8", 8.5]) {
    it(`is never ${JSON.stringify(units)}`, () => {
      const [problem] = problemsOf(units, "us-east-1");
      assert.deepStrictEqual([problem.setting, problem.value], ["redshift.baseCapacity", units]);
      assert.match(problem.allowed, /a multiple of 8 from 8 to 512, or of 32 up to 1024$/);
    });
  }
});

import assert from "node:assert";
import { MOVIELENS_SOURCE } from "../../components/pipelines/movielensSource";

const allowed = (value: string) =>
  MOVIELENS_SOURCE.read("movielensSource", value).problems.map((problem) => problem.allowed);

describe("the setting movielensSource", () => {
  it("takes an address and an object", () => {
    for (const source of ["https://a.b/c.zip", "s3://bucket/a/c.zip"]) {
      assert.deepStrictEqual(allowed(source), []);
    }
  });

  for (const [what, source] of [
    ["plain HTTP", "http://a.b/c.zip"],
    ["a key that S3 does not take", `s3://bucket/${"k".repeat(1025)}`],
  ]) {
    it(`refuses ${what}`, () => assert.match(allowed(source).join(), /https:\/\/host\/path/));
  }
});

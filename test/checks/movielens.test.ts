import assert from "node:assert";
import fc from "fast-check";
import { movielensNames } from "../../checks/movielens";

describe("movielensNames", () => {
  it("are the post's in dev and on the laptop", () => {
    for (const stack of ["dev", "local"]) {
      assert.deepStrictEqual(movielensNames(stack), {
        databaseName: "mwaa-movielens-demo-db",
        jobName: "mwaa-movielens-glue-job",
        popularCrawlerName: "mwaa-movielens-curated-crawler-popular-movies",
        topRatedCrawlerName: "mwaa-movielens-curated-crawler-toprated-movies",
        stateMachineName: "Movielens-Transform-job",
        parametersPath: "/mwaa",
      });
    }
  });

  it("carry any other stack's name, each of them", () => {
    assert.deepStrictEqual(movielensNames("prod"), {
      databaseName: "mwaa-movielens-demo-db-prod",
      jobName: "mwaa-movielens-glue-job-prod",
      popularCrawlerName: "mwaa-movielens-curated-crawler-popular-movies-prod",
      topRatedCrawlerName: "mwaa-movielens-curated-crawler-toprated-movies-prod",
      stateMachineName: "Movielens-Transform-job-prod",
      parametersPath: "/mwaa/prod",
    });
  });

  it("fit in each service, and no two stacks share one", () => {
    const stack = fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/).filter((name) => name !== "local");
    fc.assert(
      fc.property(stack, stack, (one, other) => {
        fc.pre(one !== other);
        const [first, second] = [movielensNames(one), movielensNames(other)];
        for (const name of Object.keys(first) as (keyof typeof first)[]) {
          assert.ok(first[name].length <= 80 && /^[\w/-]+$/.test(first[name]), first[name]);
          assert.notStrictEqual(first[name], second[name]);
        }
      }),
    );
  });
});

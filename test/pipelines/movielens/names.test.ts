import assert from "node:assert";
import fc from "fast-check";
import { movielensNames } from "../../../components/pipelines/movielens/names";

const PROJECT = "mwaa-analytics";

describe("movielensNames", () => {
  it("are the post's in dev and on the laptop", () => {
    for (const stack of ["dev", "local"]) {
      assert.deepStrictEqual(movielensNames({ project: PROJECT, stack }), {
        databaseName: "mwaa-movielens-demo-db",
        jobName: "mwaa-movielens-glue-job",
        stateMachineName: "Movielens-Transform-job",
        parametersPath: "/mwaa",
      });
    }
  });

  it("carry any other stack's name, each of them", () => {
    assert.deepStrictEqual(movielensNames({ project: PROJECT, stack: "prod" }), {
      databaseName: "mwaa-movielens-demo-db-prod",
      jobName: "mwaa-movielens-glue-job-prod",
      stateMachineName: "Movielens-Transform-job-prod",
      parametersPath: "/mwaa/prod",
    });
  });

  it("carry the project's name too in a copy of the program under another", () => {
    const { jobName, parametersPath } = movielensNames({ project: "films", stack: "prod" });
    assert.match(jobName, /^mwaa-movielens-glue-job-films-prod-[0-9a-f]{8}$/);
    assert.match(parametersPath, /^\/mwaa\/films-prod-[0-9a-f]{8}$/);
  });

  it("fit in each service, and no two stacks of any projects share one", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/);
    const project = fc.oneof(fc.constant(PROJECT), fc.constantFrom("a", "a.b"), name);
    const stack = fc
      .oneof(fc.constantFrom("a", "b", "a.b", "b.c"), name)
      .filter((text) => text !== "local" && text !== "dev");
    const deployment = fc.record({ project, stack });
    fc.assert(
      fc.property(deployment, deployment, (one, other) => {
        fc.pre(one.project !== other.project || one.stack !== other.stack);
        const [first, second] = [movielensNames(one), movielensNames(other)];
        for (const key of Object.keys(first) as (keyof typeof first)[]) {
          assert.ok(first[key].length <= 80 && /^[\w/-]+$/.test(first[key]), first[key]);
          assert.notStrictEqual(first[key], second[key]);
        }
      }),
    );
  });
});

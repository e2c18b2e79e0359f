import assert from "node:assert";
import program from "../../../index";
import { ofType, record } from "../../mocks";
import { stackConfig } from "../../stackFiles";

const stack = (name: "dev" | "prod", more: Record<string, unknown> = {}) =>
  record(() => program(), {
    stack: name,
    config: { ...stackConfig(name), pipelines: ["movielens"], ...more },
  });

describe("the pipeline movielens", () => {
  it("gives out the names of what it creates, in dev those of the post", async () => {
    const { result } = await stack("dev");
    assert.deepStrictEqual(result.movielens, {
      stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:Movielens-Transform-job",
      jobName: "mwaa-movielens-glue-job",
      databaseName: "mwaa-movielens-demo-db",
    });
  });

  it("names its log groups by role and path where the stack has a key and a path in IAM", async () => {
    // https://docs.aws.amazon.com/glue/latest/dg/console-security-configurations.html
    const recording = await stack("prod", { iam: { path: "/data/teams/" } });
    const names = ofType(recording, "aws:cloudwatch/logGroup:LogGroup")
      .map(({ inputs }) => String(inputs.name))
      .filter((name) => name.includes("-role/"));
    assert.equal(names.length, 2);
    for (const name of names) {
      assert.match(name, /-role\/data\/teams\//);
    }
  });
});

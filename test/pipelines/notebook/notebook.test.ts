import assert from "node:assert";
import program from "../../../index";
import { problemsOfStack } from "../../components/authorization";
import { record } from "../../mocks";
import { stackConfig } from "../../stackFiles";

const stack = (more: Record<string, unknown> = {}) =>
  record(() => program(), {
    stack: "prod",
    config: {
      ...stackConfig("prod"),
      pipelines: ["notebook"],
      dataBucketName: "airflow-data",
      ...more,
    },
  });

describe("the pipeline notebook", () => {
  it("grants what AWS's service authorization reference knows, with a workspace and reviews elsewhere", async () => {
    const { registrations } = await stack({
      notebook: {
        editorId: "e-ABCDEFGHIJ0123456789",
        editorLocation: "s3://studio/work/",
        inputLocation: "s3://elsewhere/reviews/",
      },
      iam: { path: "/data/" },
    });
    assert.deepStrictEqual(await problemsOfStack(registrations), []);
  });

  it("gives out where its results are", async () => {
    const { result } = await stack();
    assert.deepStrictEqual(result.notebook, {
      bestSellersLocation: "s3://airflow-data/query_output/best_sellers/",
      executedNotebooksLocation: "s3://airflow-data/notebook-output/",
    });
  });
});

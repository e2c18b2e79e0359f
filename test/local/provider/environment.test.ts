import assert from "node:assert/strict";

import { environment } from "../../../local/provider/aws/mwaa/environment";
import { Properties } from "../../../local/provider/aws/row";

/** What is asked of MWAA, without the path's name. */
interface Asked {
  readonly method: string;
  readonly body: Properties;
}

const INPUTS = {
  name: "mwaa-asked",
  dagS3Path: "dags",
  executionRoleArn: "arn:aws:iam::123456789012:role/a",
  networkConfiguration: { subnetIds: ["a", "b"], securityGroupIds: ["g"] },
  requirementsS3ObjectVersion: "1",
  sourceBucketArn: "arn:aws:s3:::airflow-a",
  workerReplacementStrategy: "GRACEFUL",
};

/** Expectations are read off internal/service/mwaa/environment.go of the official provider, v6.58.0. */
describe("an environment of the aws provider", () => {
  const { fetch } = globalThis;
  const before_ = { ...process.env };
  let asked: Asked[];
  let states: string[];

  beforeEach(() => {
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "s",
    });
    asked = [];
    states = [];
    globalThis.fetch = ((_url: URL, { method, body }: { method: string; body?: string }) => {
      if (method !== "GET") {
        asked.push({ method, body: JSON.parse(body ?? "{}") as Properties });
      }
      const Status = states.length > 1 ? states.shift() : states[0];
      const Environment = { Name: INPUTS.name, Status, LastUpdate: { Error: { ErrorCode: "E" } } };
      return Promise.resolve(new Response(JSON.stringify({ Environment })));
    }) as unknown as typeof fetch;
  });

  after(() => {
    globalThis.fetch = fetch;
    for (const key of Object.keys(process.env)) {
      if (!(key in before_)) {
        delete process.env[key];
      }
    }
    Object.assign(process.env, before_);
  });

  const update = (change: Properties) =>
    environment.update?.({
      id: INPUTS.name,
      inputs: { ...INPUTS, ...change },
      olds: { ...INPUTS, arn: "arn:aws:airflow:us-east-1:123456789012:environment/mwaa-asked" },
      changed: new Set(Object.keys(change)),
    });

  it("is made without a strategy for its workers, which belongs to updates", async () => {
    states = ["CREATING", "AVAILABLE"];
    await environment.create(INPUTS, () => undefined);
    assert.equal(asked[0].method, "PUT");
    assert.equal(asked[0].body.RequirementsS3ObjectVersion, "1");
    assert.ok(!("WorkerReplacementStrategy" in asked[0].body));
  });

  it("is sent what changed, and how to replace the workers", async () => {
    states = ["UPDATING", "CREATING_SNAPSHOT", "AVAILABLE"];
    await update({ requirementsS3ObjectVersion: "2" });
    await update({ workerReplacementStrategy: "FORCED" });
    await update({ airflowConfigurationOptions: undefined, pluginsS3Path: undefined });
    // Where the program gives none, that of the last update.
    await update({ dagS3Path: "others", workerReplacementStrategy: undefined });
    const graceful = { WorkerReplacementStrategy: "GRACEFUL" };
    assert.deepEqual(
      asked.map(({ body }) => body),
      [
        { RequirementsS3ObjectVersion: "2", ...graceful },
        { WorkerReplacementStrategy: "FORCED" },
        { AirflowConfigurationOptions: {}, PluginsS3Path: "", ...graceful },
        { DagS3Path: "others", ...graceful },
      ],
    );
    assert.ok(asked.every(({ method }) => method === "PATCH"));
  });

  it("is not updated for tags, and not waited for", async () => {
    states = ["UPDATING"];
    await update({ tags: { a: "1" } });
    assert.deepEqual(asked, [{ method: "POST", body: { Tags: { a: "1" } } }]);
  });

  it("is done while it waits for the customer's endpoints", async () => {
    states = ["PENDING"];
    await environment.create(INPUTS, () => undefined);
  });

  it("stays in the stack where its creation fails", async () => {
    states = ["CREATING", "CREATE_FAILED"];
    const made: string[] = [];
    await assert.rejects(
      environment.create(INPUTS, (id) => made.push(id)),
      /mwaa-asked is CREATE_FAILED: E/,
    );
    assert.deepEqual(made, ["mwaa-asked"]);
  });

  it("has failed in every other state", async () => {
    states = ["ROLLING_BACK"];
    await assert.rejects(
      Promise.resolve(update({ dagS3Path: "others" })),
      /mwaa-asked is ROLLING_BACK/,
    );
  });
});

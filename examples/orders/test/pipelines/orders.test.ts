import assert from "node:assert/strict";

import program from "../../index";
import { ofType, only, record } from "../mocks";
import { assertLeastPrivilege, document } from "../policies";
import { stackConfig } from "../stackFiles";

const recorded = record(() => program(), {
  stack: "dev",
  config: { ...stackConfig("dev"), pipelines: ["orders"] },
});

describe("the pipeline orders", () => {
  it("has a job that reads its raw files and replaces its result", async () => {
    const { inputs } = only(await recorded, "aws:glue/job:Job");
    const given = inputs.defaultArguments as Record<string, string>;
    assert.match(given["--input"], /\/orders-raw\/orders\/$/);
    assert.match(given["--output"], /\/orders-daily\/$/);
  });

  it("grants its tasks and its job what they call, each on its own resource", async () => {
    const recording = await recorded;
    const policies = [
      only(recording, "aws:iam/policy:Policy", "execution-orders"),
      only(recording, "aws:iam/rolePolicy:RolePolicy", "orders-job"),
    ];
    for (const { inputs } of policies) {
      await assertLeastPrivilege(document(inputs.policy));
    }
  });

  it("brings its requirement, its plugin and its variable along", async () => {
    const keys = ofType(await recorded, "aws:s3/bucketObjectv2:BucketObjectv2").map(({ inputs }) =>
      String(inputs.key),
    );
    for (const key of ["requirements.txt", "plugins.zip", "startup.sh", "dags/orders_daily.py"]) {
      assert.ok(keys.includes(key), key);
    }
  });
});

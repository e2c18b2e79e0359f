import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { checkSettings } from "../../../local/cli/localStack";
import { UserError } from "../../../local/setup/steps";
import { temporaryHome } from "../running";

describe("settings of the laptop's stack", () => {
  const { home, remove } = temporaryHome();
  after(remove);

  it("are told wrong once, all of them, with the file to edit", () => {
    fs.writeFileSync(
      path.join(home.folder, "Pulumi.local.yaml"),
      "config: { aws:region: us-east-1, mwaa-analytics:maxWorkers: 90, mwaa-analytics:pipelines: [no] }\n",
    );
    assert.throws(
      () => checkSettings(home.folder),
      (error: Error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /maxWorkers is 90; allowed/);
        assert.match(error.message, /pipelines/);
        assert.match(error.message, /Edit Pulumi\.local\.yaml\.$/);
        return true;
      },
    );
  });

  it("are right in the checkout", () => checkSettings());
});

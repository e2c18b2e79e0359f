import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { checkSettings, localStack } from "../../../local/cli/localStack";
import { ROOT } from "../../../local/home";
import { UserError } from "../../../local/setup/steps";
import { temporaryHome } from "../running";

describe("settings of the laptop's stack", () => {
  const { home, remove } = temporaryHome();
  after(remove);

  it("are of the project that Pulumi.yaml names, whose environment needs no name", () => {
    fs.writeFileSync(path.join(home.folder, "Pulumi.yaml"), "name: films\n");
    fs.writeFileSync(
      path.join(home.folder, "Pulumi.local.yaml"),
      "config: { aws:region: us-east-1, films:pipelines: [movie-list] }\n",
    );
    const { project, settings } = localStack(home.folder);
    assert.equal(project, "films");
    assert.deepEqual(settings.pipelines, ["movie-list"]);
    assert.equal(settings.environment.name, "mwaa-films-local");
  });

  it("are told wrong once, all of them, with the file to edit", () => {
    fs.copyFileSync(path.join(ROOT, "Pulumi.yaml"), path.join(home.folder, "Pulumi.yaml"));
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

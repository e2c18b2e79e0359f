import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { env, shellOf } from "../../../../local/cli/commands/env";
import { NotUp } from "../../../../local/cli/session";
import { temporaryHome } from "../../running";

describe("variables of the local cloud for a shell", () => {
  it("are what the shell then has, whatever is in them, and nothing where they have to be empty", () => {
    const lines = shellOf({ AWS_REGION: "us-east-1", AWS_PROFILE: "", ODD: `it's "$HOME"` });
    const shown = execFileSync(
      "sh",
      ["-c", `${lines}echo "$AWS_REGION"; echo "\${AWS_PROFILE-unset}"; echo "$ODD"`],
      { env: { ...process.env, AWS_PROFILE: "mine" }, encoding: "utf8" },
    );
    assert.equal(shown, `us-east-1\nunset\nit's "$HOME"\n`);
  });

  it("are refused where the local cloud does not run", () => {
    const { home, remove } = temporaryHome();
    try {
      assert.throws(
        () => env({ home: home.folder, stack: "local", cloudPort: 1024, airflowPort: 1024 }),
        NotUp,
      );
    } finally {
      remove();
    }
  });
});

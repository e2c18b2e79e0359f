import assert from "node:assert/strict";
import * as path from "node:path";

import { watched } from "../../../local/cli/sync";
import { ROOT } from "../../../local/home";

describe("the folders that sync watches", () => {
  const inProject = (...names: string[]) => names.map((name) => path.join(ROOT, name));

  it("are those of the project that the stack's files lie in, and not the project's own", () => {
    const files = inProject("dags/a.py", "dags/lib/b.py", "jobs/emr/c.py", "index.ts");
    assert.deepEqual(watched(files), inProject("dags", "jobs"));
  });

  it("are the files' own elsewhere, without those below them", () => {
    assert.deepEqual(watched(["/team/dags/a.py", "/team/dags/lib/b.py", "/other/c.py"]), [
      "/team/dags",
      "/other",
    ]);
  });
});

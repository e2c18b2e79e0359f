import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { mayTurnUp } from "../../../local/cli/dagFolder";
import { temporaryHome } from "../running";

describe("a DAG that Airflow does not know", () => {
  const { home, remove } = temporaryHome();
  const CHANGED = new Date("2026-01-01T12:00:00Z");
  let folder: string;

  before(() => {
    folder = home.dir("dags");
    fs.mkdirSync(path.join(folder, "team"));
    for (const [name, text] of [
      ["one.py", 'DAG("one")'],
      ["team/two.py", 'DAG("two")'],
      ["notes.txt", "three"],
    ]) {
      fs.writeFileSync(path.join(folder, name), text);
      fs.utimesSync(path.join(folder, name), CHANGED, CHANGED);
    }
  });
  after(remove);

  const parsed = (...times: (string | null)[]) =>
    times.map((at, i) => ({ dag_id: `known-${i}`, last_parsed_time: at }));

  it("may turn up where a file has its id, also one in a folder", () => {
    assert.equal(mayTurnUp("two", folder, parsed("2026-01-01T12:00:09Z"), []), true);
  });

  it("may turn up while Airflow knows none", () => {
    assert.equal(mayTurnUp("three", folder, [], []), true);
  });

  it("may turn up while a file is newer than what was parsed, or a DAG has not been parsed", () => {
    assert.equal(mayTurnUp("three", folder, parsed("2026-01-01T12:00:09Z", null), []), true);
    assert.equal(
      mayTurnUp("three", folder, parsed("2026-01-01T12:00:09Z", "2026-01-01T11:59:59Z"), []),
      true,
    );
  });

  it("does not turn up once all files have been parsed and none names it", () => {
    assert.equal(mayTurnUp("three", folder, parsed("2026-01-01T12:00:09Z"), []), false);
  });

  it("does not turn up where the file that names it, or every file, cannot be imported", () => {
    const broken = ["one.py", "team/two.py"];
    assert.equal(mayTurnUp("two", folder, parsed("2026-01-01T12:00:09Z"), ["team/two.py"]), false);
    assert.equal(mayTurnUp("two", folder, [], broken), false);
    assert.equal(mayTurnUp("two", folder, [], ["one.py"]), true);
  });

  it("does not turn up where the folder has no files", () => {
    assert.equal(
      mayTurnUp("two", path.join(folder, "none"), parsed("2026-01-01T12:00:09Z"), []),
      false,
    );
  });
});

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { fetchedSince, isShown, mayTurnUp } from "../../../local/cli/dagFolder";
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
    times.map((at, i) => ({
      dag_id: `known-${i}`,
      last_parsed_time: at,
      relative_fileloc: ["one.py", "team/two.py"][i],
    }));

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

  const error = (filename: string, timestamp: string) => ({
    filename,
    timestamp,
    stack_trace: "SyntaxError",
  });

  it("is not shown before every file has been parsed since it came there", () => {
    assert.equal(isShown(folder, parsed("2026-01-01T12:00:09Z", "2026-01-01T12:00:08Z"), []), true);
    assert.equal(
      isShown(folder, parsed("2026-01-01T12:00:09Z", "2026-01-01T11:59:59Z"), []),
      false,
    );
    assert.equal(isShown(folder, parsed("2026-01-01T12:00:09Z", null), []), false);
  });

  it("is not shown by an error of before, and is by one of since then", () => {
    const known = parsed("2026-01-01T12:00:09Z", "2026-01-01T11:59:59Z");
    const before = error("team/two.py", "2026-01-01T11:59:59Z");
    assert.equal(isShown(folder, known, [before]), false);
    assert.equal(isShown(folder, known, [error("team/two.py", "2026-01-01T12:00:01Z")]), true);
  });

  it("is in the folder once a look at the bucket that began later has ended", () => {
    const looked = home.dir("airflow");
    assert.equal(fetchedSince(looked, CHANGED.getTime()), false);
    fs.writeFileSync(path.join(looked, "looked"), "");
    fs.utimesSync(path.join(looked, "looked"), CHANGED, CHANGED);
    assert.equal(fetchedSince(looked, CHANGED.getTime()), true);
    assert.equal(fetchedSince(looked, CHANGED.getTime() + 1), false);
  });
});

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { KnownDag, fetchedSince, isShown, mayTurnUp } from "../../../local/cli/dagFolder";
import { temporaryHome } from "../running";

describe("a DAG that Airflow does not know", () => {
  const { home, remove } = temporaryHome();
  const CHANGED = new Date("2026-01-01T12:00:00Z");
  let folder: string;

  /** Whether it may, some seconds after the files were changed. */
  const may = (dagId: string, known: readonly KnownDag[], broken: string[] = [], seconds = 30) =>
    mayTurnUp(dagId, home.dir("airflow"), known, broken, CHANGED.getTime() + seconds * 1000);

  before(() => {
    folder = home.dir("airflow", "dags");
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
    assert.equal(may("two", parsed("2026-01-01T12:00:09Z")), true);
    assert.equal(may("two", [], [], 3600), true);
  });

  it("may turn up for a minute after the files came, while Airflow knows none", () => {
    assert.equal(may("three", [], [], 59), true);
    assert.equal(may("three", [], [], 61), false);
  });

  it("may turn up while a file is newer than what was parsed, or a DAG has not been parsed", () => {
    assert.equal(may("three", parsed("2026-01-01T12:00:09Z", null)), true);
    assert.equal(may("three", parsed("2026-01-01T12:00:09Z", "2026-01-01T11:59:59Z")), true);
  });

  it("does not turn up once all files have been parsed and none names it", () => {
    assert.equal(may("three", parsed("2026-01-01T12:00:09Z")), false);
  });

  it("does not turn up where the file that names it, or every file, cannot be imported", () => {
    assert.equal(may("two", parsed("2026-01-01T12:00:09Z"), ["team/two.py"]), false);
    assert.equal(may("two", [], ["one.py", "team/two.py"]), false);
    assert.equal(may("two", [], ["one.py"]), true);
  });

  it("does not turn up where the folder has no files, once the bucket has been looked at", () => {
    const empty = home.dir("empty");
    const now = CHANGED.getTime();
    assert.equal(mayTurnUp("two", empty, parsed("2026-01-01T12:00:09Z"), [], now), true);
    fs.writeFileSync(path.join(empty, "looked"), "");
    fs.utimesSync(path.join(empty, "looked"), CHANGED, CHANGED);
    assert.equal(mayTurnUp("two", empty, parsed("2026-01-01T12:00:09Z"), [], now), false);
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

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import {
  type LastUpdate,
  digestOf,
  lastUpdate,
  noteUpdate,
} from "../../../local/engine/lastUpdate";
import { temporaryHome } from "../running";

const { home, remove } = temporaryHome();
const source = home.dir("checkout");
const state = home.file("state", "stack.json");
const settings = { text: "config: {}", secrets: { password: "plain-to-see" } };

const write = (file: string, content: string) => {
  fs.mkdirSync(path.dirname(path.join(source, file)), { recursive: true });
  fs.writeFileSync(path.join(source, file), content);
};

/** What the policy pack said in an update. */
const update: LastUpdate = {
  ended: "2026-03-01T12:00:00.000Z",
  policies: { pack: "pack v1.0.0", rules: ["one", "two"], violations: [], suppressed: [] },
};

const digest = (given: typeof settings | undefined) => digestOf({ home, source, settings: given });

/** Whether it is as updated, with these settings. */
const asUpdated = (given: typeof settings | undefined = settings) =>
  lastUpdate(home, digest(given), state) !== undefined;

describe("what the last update was made from", () => {
  beforeEach(() => {
    fs.rmSync(source, { recursive: true, force: true });
    write("index.ts", "export {}");
    write("dags/first.py", "first");
    write("dags/.airflowignore", "none");
    write("node_modules/.package-lock.json", "{}");
    fs.writeFileSync(state, "{}");
    noteUpdate(home, digest(settings), state, update);
  });
  after(remove);

  it("is known again where nothing changed, with what the policy pack said", () => {
    assert.deepEqual(lastUpdate(home, digest(settings), state), update);
  });

  const changes: Record<string, () => void> = {
    "an edited file": () => write("dags/first.py", "other"),
    "a new file": () => write("dags/second.py", ""),
    "a file that is gone": () => fs.rmSync(path.join(source, "dags/first.py")),
    "a renamed file": () =>
      fs.renameSync(path.join(source, "dags/first.py"), path.join(source, "dags/zeroth.py")),
    "a hidden file in a folder": () => write("dags/.airflowignore", "first.py"),
    "content that moved to the next file": () => {
      write("dags/first.py", "fir");
      write("dags/first.py2", "st");
    },
    "an installed package": () => write("node_modules/.package-lock.json", "{ }"),
    "the stack's state": () => fs.writeFileSync(state, "{ }"),
    "a state that is gone": () => fs.rmSync(state),
    "no note": () => fs.rmSync(home.file("state", "last-update.json")),
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`differs by ${what}`, () => {
      change();
      assert.ok(!asUpdated());
    });
  }

  it("differs by a setting and by the value of a secret", () => {
    assert.ok(!asUpdated({ ...settings, text: "config: {a: b}" }));
    assert.ok(!asUpdated({ ...settings, secrets: { password: "other" } }));
  });

  it("is known where the settings are in the stack's file alone", () => {
    noteUpdate(home, digest(undefined), state, update);
    assert.notEqual(lastUpdate(home, digest(undefined), state), undefined);
    assert.ok(!asUpdated());
  });

  it("does not differ by what neither the program nor the pack reads", () => {
    for (const file of [
      "docs/a.md",
      "test/a.ts",
      ".local/a",
      "node_modules/a/index.js",
      "dags/__pycache__/first.pyc",
      "venv/pyvenv.cfg",
      "venv/bin/python",
    ]) {
      write(file, "new");
    }
    assert.ok(asUpdated());
  });

  it("follows links, and ends where one leads back or nowhere", () => {
    const shared = home.dir("shared");
    fs.writeFileSync(path.join(shared, "dag.py"), "one");
    fs.symlinkSync(shared, path.join(source, "dags", "shared"));
    fs.symlinkSync(source, path.join(source, "dags", "loop"));
    fs.symlinkSync("nowhere", path.join(source, "dags", "broken"));
    noteUpdate(home, digest(settings), state, update);
    assert.ok(asUpdated());
    fs.writeFileSync(path.join(shared, "dag.py"), "two");
    assert.ok(!asUpdated());
  });

  it("cannot be guessed from the note: another home's is another", () => {
    const { home: other, remove: removeOther } = temporaryHome();
    try {
      assert.notEqual(
        digestOf({ home: other, source, settings }),
        digestOf({ home, source, settings }),
      );
    } finally {
      removeOther();
    }
  });
});

import assert from "node:assert";
import { type WheelsLock, offlineRequirements, parseLock, renderLock } from "../../checks/wheels";

const HASH = "0123456789abcdef".repeat(4);
const LOCK: WheelsLock = {
  airflowVersion: "3.2.1",
  requirements: HASH,
  pins: [
    { name: "one", version: "1.0.post1", hash: HASH },
    { name: "two.three", version: "2", hash: HASH.replace("0", "f") },
  ],
};

describe("wheels", () => {
  it("reads what it writes, sorted by name", () => {
    for (const lock of [LOCK, { ...LOCK, pins: [] }]) {
      assert.deepStrictEqual(parseLock(renderLock(lock)), lock);
    }
    assert.strictEqual(renderLock({ ...LOCK, pins: [...LOCK.pins].reverse() }), renderLock(LOCK));
  });

  it("writes what pip takes with hashes, and no index", () => {
    assert.match(renderLock(LOCK), /^one==1\.0\.post1 \\\n {4}--hash=sha256:0123/m);
    assert.doesNotMatch(renderLock(LOCK), /https?:|^-/m);
  });

  const text = renderLock(LOCK);
  for (const [what, changed] of [
    ["another file", "one==1.0\n"],
    ["a package without a hash", `${text}three==3\n`],
    ["a package that lost its hash", text.replace(/ \\\n.*\n$/, "\n")],
    ["a hash that is cut off", text.slice(0, -3)],
    ["an index", `${text}--index-url https://example.invalid\n`],
    ["no version of Airflow", text.replace(/^# airflow.*\n/m, "")],
  ]) {
    it(`does not read ${what}`, () => {
      assert.strictEqual(parseLock(changed), undefined);
    });
  }

  it("asks MWAA for the versions, of the wheels among the plugins", () => {
    const lines = offlineRequirements(LOCK.pins).split("\n");
    assert.deepStrictEqual(lines.slice(1), [
      "--no-index",
      "--find-links /usr/local/airflow/plugins",
      "one==1.0.post1",
      "two.three==2",
      "",
    ]);
    // By what MWAA's image looks for to leave its constraints away, in a comment too.
    assert.match(lines[0], /^#.*(-c |--constraint )/);
  });
});

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { Kept } from "../../policy/kept";
import { faultOf, keepVerdicts } from "../../policy/states";

describe("answers that are kept between previews", () => {
  let folder: string;
  let asked: string[];

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "kept-"));
    asked = [];
  });

  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const kept = (options = "") => new Kept("answers", "asl-validator", options, folder);
  const ask = (from: Kept, text: string, answer: string | undefined) =>
    from.of(text, () => {
      asked.push(text);
      return answer;
    });

  it("are given again, by another process too, and undefined is one", () => {
    assert.equal(ask(kept(), "a", "wrong"), "wrong");
    assert.equal(ask(kept(), "b", undefined), undefined);
    assert.equal(ask(kept(), "a", "not asked"), "wrong");
    assert.equal(ask(kept(), "b", "not asked"), undefined);
    assert.deepEqual(asked, ["a", "b"]);
  });

  it("count for the same options only", () => {
    ask(kept("quick"), "a", "wrong");
    assert.equal(ask(kept("slow"), "a", "right"), "right");
  });

  for (const content of ["", "{", "null", "[1]", '{"a": 1}']) {
    it(`are asked for where the file holds ${JSON.stringify(content)}`, () => {
      fs.writeFileSync(path.join(folder, "answers.json"), content);
      assert.equal(ask(kept(), "a", "wrong"), "wrong");
      assert.equal(ask(kept(), "a", "not asked"), "wrong");
    });
  }

  it("are asked for each time where the folder cannot be written", () => {
    fs.writeFileSync(path.join(folder, "file"), "");
    const nowhere = () => new Kept("answers", "asl-validator", "", path.join(folder, "file"));
    ask(nowhere(), "a", "wrong");
    assert.equal(ask(nowhere(), "a", "wrong again"), "wrong again");
  });

  it("are the latest two hundred", () => {
    const all = kept();
    for (let number = 0; number <= 200; number += 1) {
      ask(all, String(number), "wrong");
    }
    assert.equal(ask(kept(), "1", "not asked"), "wrong");
    assert.equal(ask(kept(), "0", "asked"), "asked");
  });

  it("are those of the validator of state machines", () => {
    const broken = JSON.stringify({ StartAt: "A", States: { A: { Type: "Kept" } } });
    keepVerdicts(folder);
    try {
      const fault = faultOf(broken);
      assert.match(String(fault), /A/);
      const text = fs.readFileSync(path.join(folder, "definitions.json"), "utf8");
      assert.deepEqual(Object.values(JSON.parse(text) as Record<string, string>), [fault]);
    } finally {
      keepVerdicts(null);
    }
  });
});

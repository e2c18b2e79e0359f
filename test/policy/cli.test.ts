import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { answer } from "../../policy/cli";
import { rules } from "../../policy/index";
import { PRESETS } from "./levels";

const CONFIG = path.join(__dirname, "..", "..", "policy", "config");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mwaa-policy-cli-"));

after(() => fs.rmSync(folder, { recursive: true, force: true }));

function file(content: unknown): string {
  const name = path.join(folder, "policies.json");
  fs.writeFileSync(name, typeof content === "string" ? content : JSON.stringify(content));
  return name;
}

describe("the pack's command", () => {
  it("lists every rule with its level", () => {
    const lines = answer(["rules"]).trim().split("\n");
    assert.deepEqual(
      lines.map((line) => line.split(/ +/).slice(0, 3)),
      rules.map(([{ name, severity }, level]) => [name, level, severity]),
    );
  });

  it("lists them with the levels of a preset or a configuration, also as JSON", () => {
    assert.match(answer(["rules", "--preset", "strict"]), /^s3-versioning +mandatory/m);
    assert.match(
      answer(["rules", "--config", file({ all: "advisory", "s3-versioning": "disabled" })]),
      /^s3-versioning +disabled/m,
    );
    const [first] = JSON.parse(answer(["rules", "--json"])) as { name: string; level: string }[];
    assert.deepEqual([first.name, first.level], [rules[0][0].name, rules[0][1]]);
  });

  it("explains every rule, with its remedy, its source and its parameters", () => {
    for (const [{ name, remediationSteps, url, parameters = {} }] of rules) {
      const said = answer(["explain", name]);
      for (const text of [remediationSteps, url, ...Object.keys(parameters)]) {
        assert.ok(said.includes(text), `${name}: ${text}`);
      }
    }
    assert.match(answer(["explain", "unused-suppressions"]), /unused-suppressions \(low\)/);
  });

  it("prints its presets, each of them right", () => {
    for (const preset of PRESETS) {
      assert.ok(answer(["preset"]).split("\n").includes(preset));
      assert.equal(
        answer(["preset", preset]),
        fs.readFileSync(path.join(CONFIG, `${preset}.json`), "utf8"),
      );
      assert.match(answer(["check", path.join(CONFIG, `${preset}.json`)]), /is right: .*mandatory/);
    }
  });

  it("makes reports of events", () => {
    const events = path.join(__dirname, "fixtures", "events.jsonl");
    const { runs } = JSON.parse(
      answer(["report", "--format", "sarif", "--file", "infra/index.ts", events]),
    ) as { runs: { results: { locations: object[] }[] }[] };
    assert.match(JSON.stringify(runs[0].results[0].locations), /"uri":"infra\/index.ts"/);
    assert.match(answer(["report", "--format", "junit", events]), /^<\?xml .*failures="1"/s);
  });

  it("says how it is used", () => {
    assert.match(answer([]), /^Usage: mwaa-analytics-policy <command>/);
    assert.equal(answer(["--help"]), answer([]));
  });

  for (const [what, content, said] of [
    ["no JSON", "{", /policies\.json cannot be read/],
    ["a list", [], /is no JSON object/],
    ["a rule that is not there", { "s3-versionning": {} }, /is "s3-versioning" meant\?/],
    ["a level that is not there", { "s3-versioning": "error" }, /the level of s3-versioning/],
    [
      "a parameter of another type",
      { "kms-deletion-window": { minimumDays: "30" } },
      /kms-deletion-window\.minimumDays is "30"; it takes a value of the type integer/,
    ],
    [
      "a parameter out of its range",
      { "kms-deletion-window": { minimumDays: 3 } },
      /kms-deletion-window\.minimumDays is 3; it takes \d+ to/,
    ],
    [
      "an element that is not allowed",
      { "s3-encryption": { algorithms: ["AES256", "DES"] } },
      /s3-encryption\.algorithms\[1\] is "DES"; it takes AES256, aws:kms, aws:kms:dsse/,
    ],
    [
      "a suppression without a reason",
      { "s3-versioning": { suppress: [{ resource: "a", expires: "2027-06-30" }] } },
      /suppression 1 of s3-versioning does not count: it has no reason/,
    ],
  ] as const) {
    it(`refuses a configuration with ${what}`, () => {
      assert.throws(() => answer(["check", file(content)]), said);
    });
  }

  for (const [args, said] of [
    [["explain"], /takes the name of a rule/],
    [["explain", "s3-versionning"], /is "s3-versioning" meant\?/],
    [["check"], /takes the file/],
    [["check", "/nowhere.json"], /cannot be read/],
    [["preset", "lenient"], /There is no preset "lenient"; there are .*strict/],
    [["rules", "--preset", "../package"], /There is no preset/],
    [["report", "events.jsonl"], /--format sarif/],
    [["report", "--format", "sarif", "/nowhere.jsonl"], /nowhere\.jsonl/],
    [["dance"], /There is no command "dance"/],
  ] as const) {
    it(`ends with a message for ${args.join(" ")}`, () => assert.throws(() => answer(args), said));
  }
});

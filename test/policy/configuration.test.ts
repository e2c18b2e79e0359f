import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";

import { Struct } from "google-protobuf/google/protobuf/struct_pb";

import { faultsOf, refuseFaultyConfiguration } from "../../policy/configuration";
import { configurable } from "../../policy/index";

const asked = configurable;
const LET_OFF = { reason: "made by hand", expires: "2027-06-30" };
const CONFIG = path.join(__dirname, "..", "..", "policy", "config");

describe("a configuration of the policy pack", () => {
  for (const [what, configuration, ...faults] of [
    ["is empty", {}],
    ["gives levels", { all: "advisory", "s3-versioning": "mandatory" }],
    ["gives all rules a level as an object", { all: { enforcementLevel: "disabled" } }],
    [
      "gives a level, a parameter and a suppression",
      {
        "kms-deletion-window": { enforcementLevel: "advisory", minimumDays: 30, suppress: [] },
      },
    ],
    [
      "names a rule with a slip of the pen",
      { "s3-versionning": "disabled" },
      /^there is no rule "s3-versionning"; is "s3-versioning" meant\?$/,
    ],
    ["names no rule at all", { nothing: {} }, /^there is no rule "nothing"\.$/],
    [
      "names a parameter that the rule does not take",
      { "kms-deletion-window": { minimumDay: 30 } },
      /^kms-deletion-window takes no "minimumDay"; it takes minimumDays, enforcementLevel, suppress, remedy\.$/,
    ],
    [
      "names a key that a rule without parameters does not take",
      { "s3-versioning": { supress: [] } },
      /^s3-versioning takes no "supress"; it takes enforcementLevel, suppress, remedy\.$/,
    ],
    [
      "suppresses for all rules",
      { all: { suppress: [] } },
      /^all takes no "suppress"; it takes enforcementLevel\.$/,
    ],
    [
      "has a level that there is not",
      { "s3-versioning": "manditory" },
      /^the level of s3-versioning is "manditory"; it takes advisory, mandatory, remediate, disabled\.$/,
    ],
    [
      "suppresses by each selector",
      {
        "s3-versioning": {
          suppress: [
            { ...LET_OFF, resource: "logs-*" },
            { ...LET_OFF, type: "aws:s3/bucket:Bucket" },
            { ...LET_OFF, component: "awsx:ec2:Vpc" },
          ],
        },
      },
    ],
    [
      "suppresses nothing in particular",
      { "s3-versioning": { suppress: [LET_OFF] } },
      /^suppression 1 of s3-versioning does not count: it does not say what it is for/,
    ],
    [
      "suppresses by an empty pattern",
      {
        "s3-versioning": {
          suppress: [
            { ...LET_OFF, resource: "a" },
            { ...LET_OFF, type: "" },
          ],
        },
      },
      /^suppression 2 of s3-versioning does not count: it does not say what it is for/,
    ],
    [
      "suppresses without a reason",
      { "s3-versioning": { suppress: [{ resource: "a", expires: "2027-06-30" }] } },
      /^suppression 1 of s3-versioning does not count: it has no reason\.$/,
    ],
    [
      "suppresses until a date that is not valid",
      { "s3-versioning": { suppress: [{ ...LET_OFF, resource: "a", expires: "2027-06-31" }] } },
      /^suppression 1 of s3-versioning does not count: expires is "2027-06-31"/,
    ],
    [
      "says neither true nor false of what is optional",
      { "s3-versioning": { suppress: [{ ...LET_OFF, resource: "a", optional: "yes" }] } },
      /^suppression 1 of s3-versioning does not count: optional is "yes"; it takes true or false\.$/,
    ],
    [
      "has a suppression with a key that none takes",
      { "s3-versioning": { suppress: [{ ...LET_OFF, resource: "a", until: "2027-06-30" }] } },
      /^suppression 1 of s3-versioning takes no "until"; it takes resource, type, component, reason, expires, optional\.$/,
    ],
    [
      "has a remedy that is no text",
      { "s3-versioning": { remedy: ["Ask."] } },
      /^the remedy of s3-versioning is \["Ask\."\]; it takes a text\.$/,
    ],
    ["has a remedy", { "s3-versioning": { remedy: "Ask." } }],
    [
      "suppresses by one object",
      { "s3-versioning": { suppress: { ...LET_OFF, resource: "a" } } },
      /^suppress of s3-versioning is \{.*\}; it takes a list of objects\.$/,
    ],
    [
      "suppresses by names",
      { "s3-versioning": { suppress: [{ ...LET_OFF, resource: "a" }, "b", null] } },
      /^suppression 2 of s3-versioning is "b"; it takes an object\.$/,
      /^suppression 3 of s3-versioning is null; it takes an object\.$/,
    ],
    [
      "has two faults",
      { "s3-versionning": {}, "kms-rotation": { days: 1 } },
      /s3-versionning/,
      /kms-rotation takes no "days"/,
    ],
  ] as readonly (readonly [string, Record<string, unknown>, ...RegExp[]])[]) {
    it(`${faults.length > 0 ? "is refused" : "is taken"} when it ${what}`, () => {
      const found = faultsOf(configuration, asked);
      assert.equal(found.length, faults.length, found.join("\n"));
      found.forEach((fault, index) => assert.match(fault, faults[index]));
    });
  }

  for (const file of fs.readdirSync(CONFIG)) {
    it(`is taken as it is in ${file}`, () => {
      const read = JSON.parse(fs.readFileSync(path.join(CONFIG, file), "utf8")) as object;
      assert.deepEqual(faultsOf({ ...read }, asked), []);
    });
  }
});

interface Request {
  getPolicyconfigMap(): { set(rule: string, configured: unknown): void; getLength(): number };
  serializeBinary(): Uint8Array;
}
interface Messages {
  readonly ConfigureAnalyzerRequest: new () => Request;
  readonly PolicyConfig: new () => { setProperties(properties: Struct): void };
}
interface Services {
  readonly AnalyzerService: {
    readonly configure: { requestDeserialize?: (bytes: Buffer) => Request };
  };
}

describe("the engine's request to configure the pack", () => {
  const load = createRequire(__filename);
  const { ConfigureAnalyzerRequest, PolicyConfig } = load(
    "@pulumi/pulumi/proto/analyzer_pb",
  ) as Messages;
  const { configure } = (load("@pulumi/pulumi/proto/analyzer_grpc_pb") as Services).AnalyzerService;
  const original = configure.requestDeserialize;

  afterEach(() => {
    configure.requestDeserialize = original;
  });

  /** What the SDK gets of a request with these properties of two rules. */
  function received(rule: string, properties: Record<string, number>): Request | undefined {
    const made = new ConfigureAnalyzerRequest();
    for (const [name, given] of Object.entries({ "s3-versioning": {}, [rule]: properties })) {
      const configured = new PolicyConfig();
      configured.setProperties(Struct.fromJavaScript(given));
      made.getPolicyconfigMap().set(name, configured);
    }
    refuseFaultyConfiguration(asked);
    return configure.requestDeserialize?.(Buffer.from(made.serializeBinary()));
  }

  it("is read as before where it has no fault", () => {
    const request = received("kms-deletion-window", { minimumDays: 30 });
    assert.equal(request?.getPolicyconfigMap().getLength(), 2);
  });

  for (const [what, rule, properties] of [
    ["a rule that is not there", "kms-rotations", {}],
    ["a key that the rule does not take", "kms-rotation", { minimumDays: 30 }],
  ] as const) {
    it(`is refused with ${what}, without a stack trace`, () => {
      const request = received(rule, properties);
      assert.throws(
        () => request?.getPolicyconfigMap(),
        (error: Error) =>
          /^The configuration of the policy pack is wrong: .*kms-rotation/.test(error.message) &&
          error.stack === error.message,
      );
    });
  }

  it("cannot be held against the rules where the SDK is another", () => {
    delete configure.requestDeserialize;
    assert.throws(() => refuseFaultyConfiguration(asked), /has no AnalyzerService/);
  });
});

import assert from "node:assert/strict";

import { Configuration, evaluate, repair } from "../../policy/evaluate";
import { rules } from "../../policy/index";
import { UNKNOWN, resource } from "./graph";
import { withArguments } from "./wrongValues";

type Properties = Record<string, unknown>;

const BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const ENCRYPTION =
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const CLUSTER = "aws:redshift/cluster:Cluster";
const WORKGROUP = "aws:athena/workgroup:Workgroup";

const GRANT = {
  Sid: "Read",
  Effect: "Allow",
  Principal: { AWS: "arn:aws-cn:iam::123456789012:role/reader" },
  Action: "s3:GetObject",
  Resource: "arn:aws-cn:s3:::data/*",
};
const policyOf = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const REFUSAL = {
  Sid: "DenyRequestsWithoutTls",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: ["arn:aws-cn:s3:::data", "arn:aws-cn:s3:::data/*"],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const ALL_TRUE = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
};

/** Rule, type, what is wrong, what it becomes (undefined: nothing), and the configuration. */
const cases: readonly (readonly [
  string,
  string,
  Properties,
  Properties | undefined,
  Configuration?,
])[] = [
  ["s3-public-access-block-complete", BLOCK, { bucket: UNKNOWN, blockPublicAcls: true }, ALL_TRUE],
  ["s3-public-access-block-complete", BLOCK, { bucket: UNKNOWN, ...ALL_TRUE }, undefined],
  [
    "s3-encryption",
    ENCRYPTION,
    { bucket: UNKNOWN, rules: [] },
    { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
  ],
  ["s3-encryption", ENCRYPTION, { rules: [] }, undefined, { algorithms: ["aws:kms"] }],
  [
    "s3-encryption",
    ENCRYPTION,
    { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } }] },
    undefined,
  ],
  [
    "s3-tls-only",
    POLICY,
    { bucket: "data", policy: policyOf(GRANT) },
    { policy: policyOf(GRANT, REFUSAL) },
  ],
  ["s3-tls-only", POLICY, { bucket: "data", policy: policyOf(GRANT, REFUSAL) }, undefined],
  ["s3-tls-only", POLICY, { bucket: "data", policy: "no JSON" }, undefined],
  ["s3-tls-only", POLICY, { bucket: "data" }, undefined],
  ["s3-tls-only", POLICY, { policy: policyOf(GRANT) }, undefined],
  ["logs-retention", LOG_GROUP, { name: UNKNOWN }, { retentionInDays: 365 }],
  [
    "logs-retention",
    LOG_GROUP,
    { retentionInDays: 0 },
    { retentionInDays: 90 },
    { repairDays: 90 },
  ],
  ["logs-retention", LOG_GROUP, { retentionInDays: 3 }, undefined],
  ["logs-retention", LOG_GROUP, { logGroupClass: "DELIVERY" }, undefined],
  ["redshift-encrypted", CLUSTER, { encrypted: "false" }, { encrypted: "true" }],
  ["redshift-encrypted", CLUSTER, {}, undefined],
  [
    "athena-result-encryption",
    WORKGROUP,
    { configuration: { resultConfiguration: { outputLocation: UNKNOWN } } },
    {
      configuration: {
        resultConfiguration: {
          outputLocation: UNKNOWN,
          encryptionConfiguration: { encryptionOption: "SSE_S3" },
        },
      },
    },
  ],
  [
    "athena-result-encryption",
    WORKGROUP,
    { configuration: { resultConfiguration: { encryptionConfiguration: UNKNOWN } } },
    undefined,
  ],
  ["athena-result-encryption", WORKGROUP, {}, undefined],
];

const ruleOf = (name: string) => {
  const found = rules.map(([rule]) => rule).find((rule) => rule.name === name);
  assert.ok(found, name);
  return found;
};

describe("a rule at the level remediate", () => {
  for (const [name, type, given, becomes, configuration = {}] of cases) {
    it(`${name} ${becomes ? "mends" : "leaves alone"} ${JSON.stringify(given).slice(0, 60)}`, () => {
      const rule = ruleOf(name);
      const one = resource(type, "one", given);
      const changes = repair(rule, one, configuration, "2026-06-30");
      assert.deepEqual(changes, becomes);
      if (changes !== undefined) {
        const mended = withArguments(one, { ...given, ...changes });
        assert.ok(evaluate(rule, [one], configuration).violations.length > 0);
        assert.deepEqual(evaluate(rule, [mended], configuration).violations, []);
        assert.equal(repair(rule, mended, configuration, "2026-06-30"), undefined);
      }
    });
  }

  it("throws where what it would change is not known yet", () => {
    const unknown = resource(POLICY, "one", { bucket: "data", policy: UNKNOWN });
    assert.throws(() => repair(ruleOf("s3-tls-only"), unknown, {}, "2026-06-30"), /policy/);
  });

  it("leaves alone what is suppressed, and mends it when that has expired", () => {
    const one = resource(LOG_GROUP, "one", {});
    const suppress = [{ resource: "one", reason: "kept for ever", expires: "2026-06-30" }];
    const rule = ruleOf("logs-retention");
    assert.equal(repair(rule, one, { suppress }, "2026-06-30"), undefined);
    assert.deepEqual(repair(rule, one, { suppress }, "2026-07-01"), { retentionInDays: 365 });
  });

  it("leaves other types alone", () => {
    const other = resource("aws:sqs/queue:Queue", "queue", { policy: policyOf(GRANT) });
    for (const [rule] of rules) {
      assert.equal(repair(rule, other, {}, "2026-06-30"), undefined);
    }
  });

  it("is what no preset and no stack asks for, so that nothing is changed unasked", () => {
    const { length } = rules.filter(([, level]) => level === "remediate");
    assert.equal(length, 0);
  });
});

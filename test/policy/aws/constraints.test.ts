import fc from "fast-check";

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import type { TypeConstraints } from "../../../policy/cloudformation/constraint";
import { constraintsOf } from "../../../policy/constraints";
import names from "../../../policy/cloudformation/names.json";
import { violations } from "../../../policy/cloudformation/violations";
import { evaluate } from "../../../policy/evaluate";
import { awsPropertyConstraints } from "../../../policy/rules/aws/aws-property-constraints";
import { awsTypeIsJudged } from "../../../policy/rules/aws/aws-type-is-judged";
import { Case, UNKNOWN, resource, table } from "../graph";

type Properties = Record<string, unknown>;

const one = (type: string, props: Properties) => [resource(type, "subject", props)];
const passes = (when: string, type: string, props: Properties): Case => ({
  when,
  resources: one(type, props),
});
const refuses = (when: string, type: string, props: Properties, ...said: RegExp[]): Case => ({
  when,
  resources: one(type, props),
  violations: said.map((message) => ["subject", message] as const),
});

const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const PARAMETER = "aws:ssm/parameter:Parameter";
const ENVIRONMENT = "aws:mwaa/environment:Environment";
const ROLE = "aws:iam/role:Role";
const QUEUE = "aws:sqs/queue:Queue";
const TRUST = '{"Version":"2012-10-17","Statement":[]}';

table(awsPropertyConstraints, [
  passes("all fits", GROUP, { description: "EMR: core nodes", vpcId: "vpc-0123456789abcdef0" }),
  passes("nothing is known", GROUP, { description: UNKNOWN, vpcId: UNKNOWN, ingress: UNKNOWN }),
  passes("an element is not known", "aws:lambda/function:Function", {
    role: UNKNOWN,
    architectures: [UNKNOWN],
  }),
  passes("what is not sent is empty", GROUP, { description: "", name: null, ingress: [] }),
  passes("a number is a text", QUEUE, { delaySeconds: "900" }),
  passes("a parameter is secret", PARAMETER, { type: "SecureString", value: "a" }),
  passes("a type is none of AWS's", "random:index/id:Id", { description: "it's" }),
  refuses(
    "a group's description has an apostrophe",
    GROUP,
    { description: "EMR's own" },
    /description is "EMR's own"; AWS takes what fits .* \(AWS::EC2::SecurityGroup\)/,
  ),
  refuses(
    "a rule's description has an apostrophe, which only the API refuses",
    RULE,
    { ipProtocol: "tcp", description: "the kernels' proxy" },
    /description is "the kernels' proxy"/,
  ),
  refuses(
    "a description inside a group has one",
    GROUP,
    { ingress: [{ protocol: "tcp", fromPort: 1, toPort: 2, description: "it's" }] },
    /ingress\[0\]\.description is "it's"/,
  ),
  refuses(
    "a description is too long",
    RULE,
    { ipProtocol: "tcp", description: "a".repeat(256) },
    /of 256 characters; AWS takes 255 at most/,
  ),
  refuses(
    "a text is too short",
    ROLE,
    { assumeRolePolicy: TRUST, permissionsBoundary: "arn" },
    /permissionsBoundary is "arn" of 3 characters; AWS takes 20 at least/,
  ),
  refuses(
    "a choice is none",
    PARAMETER,
    { type: "Text", value: "a" },
    /type is "Text"; AWS takes String/,
  ),
  refuses("a number is too great", QUEUE, { delaySeconds: 901 }, /is 901; AWS takes 900 at most/),
  refuses("a text of a number is too great", QUEUE, { delaySeconds: "901" }, /901/),
  refuses(
    "a number is too small",
    QUEUE,
    { kmsDataKeyReusePeriodSeconds: 59 },
    /is 59; AWS takes 60 at least/,
  ),
  refuses(
    "a number is none of the choices",
    "aws:rds/instance:Instance",
    { performanceInsightsRetentionPeriod: 8 },
    /is 8; AWS takes 7, 31/,
  ),
  refuses(
    "a list is too long",
    "aws:lambda/function:Function",
    { role: "arn:aws:iam::123456789012:role/a", layers: Array.from({ length: 6 }, () => UNKNOWN) },
    /layers has 6 elements; AWS takes 5 at most/,
  ),
  refuses(
    "a log of an environment has no level",
    ENVIRONMENT,
    {
      name: "a",
      loggingConfiguration: { taskLogs: { enabled: false } },
    },
    /loggingConfiguration\.taskLogs\.logLevel is missing, and AWS asks for it/,
  ),
  refuses(
    "one of two is needed and there is none",
    "aws:dynamodb/table:Table",
    { name: "abc", warmThroughput: {} },
    /warmThroughput\.readUnitsPerSecond, .*: at least one of them is needed/,
  ),
  refuses(
    "there are more tags than IAM takes",
    ROLE,
    {
      assumeRolePolicy: TRUST,
      tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`key-${i}`, "a"])),
    },
    /tags has 51 entries; AWS takes 50 at most/,
  ),
  refuses(
    "a trust policy is missing",
    ROLE,
    { description: "a" },
    /assumeRolePolicy is missing, and AWS asks for it/,
  ),
]);

table(awsTypeIsJudged, [
  { when: "every type is known", resources: [...one(GROUP, {}), ...one("random:index/id:Id", {})] },
  {
    when: "CloudFormation has no such type, and the table says so",
    resources: one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {}),
  },
  {
    when: "a type is not in the table, once for all of it",
    resources: [
      resource("aws:chime/voiceConnector:VoiceConnector", "first", {}),
      resource("aws:chime/voiceConnector:VoiceConnector", "second", {}),
    ],
    violations: [["first", /aws:chime\/voiceConnector:VoiceConnector is not judged/]],
  },
]);

describe("what holds among arguments", () => {
  const kinds = { a: "string", b: "string", c: "string" } as const;
  const properties = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, { name, kind }]),
  );
  const cases: [
    string,
    Omit<TypeConstraints, "type" | "properties" | "notJudged">,
    Properties,
    RegExp?,
  ][] = [
    ["exactly one, and it is one", { exactlyOne: [["a", "b"]] }, { a: "x" }],
    [
      "exactly one, and there are two",
      { exactlyOne: [["a", "b"]] },
      { a: "x", b: "y" },
      /a, b: exactly one/,
    ],
    ["exactly one, and there is none", { exactlyOne: [["a", "b"]] }, { a: "" }, /none is given/],
    ["one excludes another, and is alone", { excludes: { a: ["b"] } }, { a: "x" }],
    [
      "one excludes another, and both are there",
      { excludes: { a: ["b"] } },
      { a: "x", b: "y" },
      /a and b exclude/,
    ],
    ["one needs another, and has it", { requires: { a: ["c"] } }, { a: "x", c: "y" }],
    [
      "one needs another, and is alone",
      { requires: { a: ["c"] } },
      { a: "x" },
      /a needs c beside it/,
    ],
    ["one needs another, and is not there", { requires: { a: ["c"] } }, {}],
  ];
  for (const [when, members, props, said] of cases) {
    it(when, () => {
      const found = violations(props, { properties, ...members });
      assert.equal(found.length, said === undefined ? 0 : 1, found.join());
      assert.match(found.join(), said ?? /^$/);
    });
  }
});

describe("the constraints of the types", () => {
  const types = Object.keys(names.types);

  it("are there for every type of the table, and for no other", () => {
    const folder = path.join(__dirname, "../../../policy/cloudformation/types");
    assert.equal(fs.readdirSync(folder).length, types.length);
    assert.ok(types.length >= 250);
    for (const type of types) {
      assert.ok(Object.keys(constraintsOf(type)?.properties ?? {}).length > 0, type);
    }
  });

  it("never throw, whatever a resource has", () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constant(undefined),
      fc.constant(UNKNOWN),
      fc.constant([null, UNKNOWN]),
      fc.constant({ a: null, b: UNKNOWN }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.array(value, { minLength: 8, maxLength: 8 }),
        (type, values) => {
          const given = Object.keys(constraintsOf(type)?.properties ?? {});
          const props = Object.fromEntries(
            given.map((name, i) => [name, values[i % values.length]]),
          );
          const { violations: said } = evaluate(awsPropertyConstraints, one(type, props));
          for (const { message } of said) {
            assert.doesNotMatch(message, /The rule failed/);
          }
        },
      ),
    );
  });

  it("keep a password out of the message", () => {
    const [{ message }] = evaluate(
      awsPropertyConstraints,
      one("aws:redshift/cluster:Cluster", {
        clusterIdentifier: "a",
        nodeType: "ra3.large",
        databaseName: "dev",
        masterPassword: "p".repeat(65),
      }),
    ).violations.filter(({ message: text }) => text.includes("masterPassword"));
    assert.match(message, /masterPassword is a value of 65 characters/);
    assert.doesNotMatch(message, /ppp/);
  });
});

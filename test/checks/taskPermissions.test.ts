import assert from "node:assert/strict";

import { describeProblem } from "../../checks/problem";
import { STATEMENTS, policyArns } from "../../checks/taskPermissions";

const ORDERS = { Sid: "Orders", Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-1:1:q" };

describe("the setting executionRoleStatements", () => {
  const read = (found: unknown) => {
    const { value, problems } = STATEMENTS.read("executionRoleStatements", found);
    return { value, said: problems.map(describeProblem).join("\n") };
  };

  it("takes statements, with lists for single values and Allow where nothing is said", () => {
    const condition = { StringEquals: { "aws:ResourceTag/team": "data" } };
    const { value, said } = read([
      ORDERS,
      { ...ORDERS, Sid: "No", Effect: "Deny", Resource: ["*"], Condition: condition },
    ]);
    assert.equal(said, "");
    const [allow, deny] = value;
    assert.deepEqual(allow, {
      ...{ Sid: "Orders", Effect: "Allow" },
      ...{ Action: ["sqs:SendMessage"], Resource: ["arn:aws:sqs:us-east-1:1:q"] },
    });
    assert.deepEqual([deny.Effect, deny.Condition], ["Deny", condition]);
  });

  const wrong: [string, unknown, RegExp][] = [
    ["what is no list", {}, /allowed: a list of statements/],
    ["what is no statement", ["x"], /executionRoleStatements\[0\] is "x"; allowed: a map with Sid/],
    ["no Sid", [{ ...ORDERS, Sid: undefined }], /\[0\]\.Sid is .*letters and digits/],
    [
      "another Effect",
      [{ ...ORDERS, Effect: "allow" }],
      /\.Effect is "allow"; allowed: Allow, Deny/,
    ],
    ["all actions of a service", [{ ...ORDERS, Action: "s3:*" }], /\.Action is "s3:\*"/],
    ["every action", [{ ...ORDERS, Action: ["*"] }], /without wildcards/],
    ["no action", [{ ...ORDERS, Action: [] }], /\.Action is \[\]/],
    [
      "what is no ARN",
      [{ ...ORDERS, Resource: "my-queue" }],
      /\.Resource is "my-queue"; allowed: ARNs/,
    ],
    ["a Principal", [{ ...ORDERS, Principal: "*" }], /\.Principal is "\*"; allowed: one of Sid/],
    ["a list for a Condition", [{ ...ORDERS, Condition: [] }], /\.Condition is \[\]/],
    ["one Sid twice", [ORDERS, ORDERS], /is "Orders"; allowed: each Sid once/],
  ];
  for (const [what, found, message] of wrong) {
    it(`refuses ${what}`, () => assert.match(read(found).said, message));
  }
});

describe("the setting executionRolePolicyArns", () => {
  const read = (found: unknown) =>
    policyArns("123456789012")
      .read("executionRolePolicyArns", found)
      .problems.map(describeProblem)
      .join("\n");

  it("takes policies of the account and of AWS's", () => {
    const own = "arn:aws:iam::123456789012:policy/team/orders";
    assert.equal(read([own, "arn:aws-us-gov:iam::aws:policy/AmazonSQSReadOnlyAccess"]), "");
  });

  const wrong: [string, unknown, RegExp][] = [
    ["what is no list", "x", /allowed: a list of ARNs/],
    ["another account's", ["arn:aws:iam::210987654321:policy/x"], /of the account 123456789012/],
    ["a role", ["arn:aws:iam::123456789012:role/x"], /ARNs of managed policies/],
    ["one twice", ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/A"], /each ARN once/],
  ];
  for (const [what, found, message] of wrong) {
    it(`refuses ${what}`, () => assert.match(read(found), message));
  }
});

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { functionOf, rowOf } from "../../../local/provider/aws";
import { checkInputs, difference } from "../../../local/provider/aws/lifecycle";
import { ROOT } from "../../../local/home";
import { ROWS } from "./rows";

const URN = (type: string) => `urn:pulumi:test::test::${type}::thing`;

/** What the official package declares of a type: its class, in its own file. */
function declaration(type: string): string {
  const [, module] = type.split(":");
  const file = path.join(ROOT, "node_modules", "@pulumi", "aws", `${module}.d.ts`);
  return fs.readFileSync(file, "utf8");
}

describe("the aws provider decides", () => {
  it("that a type without a row is an error with its name", () =>
    assert.rejects(rowOf("aws:sqs/queue:Queue"), /no resource type aws:sqs\/queue:Queue/));

  it("that a function that is not there is an error with its name", () =>
    assert.rejects(functionOf("aws:ec2/getAmi:getAmi"), /no function aws:ec2\/getAmi:getAmi/));

  for (const [type, row] of Object.entries(ROWS)) {
    it(`that an argument which ${type} does not have is an error with its name`, () => {
      assert.throws(
        () => checkInputs(row, URN(type), {}, { misspelt: 1 }),
        (error: Error) =>
          error.message.includes(`${type} thing: the argument misspelt is not supported`) &&
          error.message.includes([...row.args].sort().join(", ")),
      );
    });

    it(`which changes replace a ${type}`, () => {
      const olds = Object.fromEntries(row.args.map((arg) => [arg, "old"]));
      for (const arg of row.args) {
        const { changed, replaces } = difference(row, olds, { ...olds, [arg]: "new" });
        assert.deepEqual(changed, [arg]);
        const must = row.update === undefined || row.replaceOn.includes(arg);
        assert.deepEqual(replaces, must ? [arg] : []);
      }
      assert.deepEqual(difference(row, olds, { ...olds }).changed, []);
    });

    it(`on inputs and outputs of ${type} that the official provider has`, () => {
      const declared = declaration(type);
      for (const property of [...row.args, ...row.computed]) {
        assert.match(declared, new RegExp(`\\b${property}\\??:`), property);
      }
      const [resource] = declared.split(/export interface \w+State/);
      for (const output of row.computed) {
        assert.match(resource, new RegExp(`readonly ${output}: pulumi\\.Output`), output);
      }
    });
  }

  const logGroup = ROWS["aws:cloudwatch/logGroup:LogGroup"];
  const urn = URN("aws:cloudwatch/logGroup:LogGroup");

  it("on a name where none is given, and keeps it", () => {
    const first = checkInputs(logGroup, urn, {}, { retentionInDays: 1 });
    assert.match(first.name as string, /^thing-[0-9a-f]{7}$/);
    const again = checkInputs(logGroup, urn, first, { retentionInDays: 2 });
    assert.equal(again.name, first.name);
  });

  it("on a name with the prefix that is given", () => {
    const { name } = checkInputs(logGroup, urn, {}, { namePrefix: "team-" });
    assert.match(name as string, /^team-[0-9a-f]{7}$/);
  });

  it("to make the new one first where the name was made up, and last where it was given", () => {
    const policy = ROWS["aws:iam/rolePolicy:RolePolicy"];
    const policyUrn = URN("aws:iam/rolePolicy:RolePolicy");
    const madeUp = checkInputs(policy, policyUrn, {}, { role: "a", policy: "{}" });
    assert.equal(
      difference(
        policy,
        madeUp,
        checkInputs(policy, policyUrn, madeUp, { role: "b", policy: "{}" }),
      ).deleteBeforeReplace,
      false,
    );
    const given = { name: "p", role: "a", policy: "{}" };
    assert.equal(difference(policy, given, { ...given, role: "b" }).deleteBeforeReplace, true);
  });

  it("that documents which say the same, and lists in another order, are no change", () => {
    const role = ROWS["aws:iam/role:Role"];
    const document = '{"Version":"2012-10-17","Statement":[]}';
    assert.deepEqual(
      difference(
        role,
        { assumeRolePolicy: document },
        { assumeRolePolicy: '{ "Statement": [], "Version": "2012-10-17" }' },
      ).changed,
      [],
    );
    const endpoint = ROWS["aws:ec2/vpcEndpoint:VpcEndpoint"];
    assert.deepEqual(
      difference(endpoint, { subnetIds: ["a", "b"] }, { subnetIds: ["b", "a"] }).changed,
      [],
    );
    assert.deepEqual(
      difference(endpoint, { subnetIds: ["a", "b"] }, { subnetIds: ["b"] }).changed,
      ["subnetIds"],
    );
  });
});

import assert from "node:assert/strict";

import { describeProblem } from "../../checks/problem";
import { SECURITY_GROUP_IDS, WEBSERVER_INGRESS, checkIngress } from "../../checks/webserver";

const GROUP = "sg-0123456789abcdef0";

describe("the setting webserverIngress", () => {
  const read = (found: unknown) => {
    const { value, problems } = WEBSERVER_INGRESS.read("webserverIngress", found);
    return { value, said: problems.map(describeProblem).join("\n") };
  };

  it("takes blocks and groups, of other accounts too, and nobody where it is left out", () => {
    assert.deepEqual(read({}), { value: { cidrBlocks: [], securityGroupIds: [] }, said: "" });
    const given = {
      cidrBlocks: ["10.0.0.0/8", "172.16.4.7/32"],
      securityGroupIds: [GROUP, `123456789012/${GROUP}`],
    };
    assert.deepEqual(read(given), { value: given, said: "" });
  });

  const wrong: [string, unknown, RegExp][] = [
    ["what is no list", { cidrBlocks: "10.0.0.0/8" }, /allowed: a list of CIDR blocks/],
    [
      "no block",
      { cidrBlocks: ["10.0.0.0"] },
      /cidrBlocks\[0\] is "10\.0\.0\.0"; allowed: an IPv4/,
    ],
    ["the internet", { cidrBlocks: ["0.0.0.0/0"] }, /allowed: a mask between \/8 and \/32/],
    ["half a VPN", { cidrBlocks: ["10.8.0.1/22"] }, /Use 10\.8\.0\.0\/22/],
    ["a block twice", { cidrBlocks: ["10.0.0.0/8", "10.0.0.0/8"] }, /allowed: each block once/],
    [
      "the name of a group",
      { securityGroupIds: ["vpn"] },
      /allowed: a list of ids of security groups/,
    ],
    ["a group twice", { securityGroupIds: [GROUP, GROUP] }, /each once/],
    [
      "another field",
      { groups: [] },
      /webserverIngress\.groups is \[\]; allowed: one of cidrBlocks/,
    ],
  ];
  for (const [what, found, message] of wrong) {
    it(`refuses ${what}`, () => {
      assert.match(read(found).said, message);
    });
  }

  it("is refused beside a public web server alone", () => {
    const ingress = { cidrBlocks: ["10.0.0.0/8"], securityGroupIds: [] };
    assert.equal(checkIngress(ingress, "PRIVATE_ONLY").length, 0);
    assert.equal(checkIngress(ingress, "PUBLIC_AND_PRIVATE").length, 0);
    assert.equal(checkIngress({ cidrBlocks: [], securityGroupIds: [] }, "PUBLIC_ONLY").length, 0);
    assert.match(
      checkIngress(ingress, "PUBLIC_ONLY").map(describeProblem).join(),
      /allowed: nobody with webserverAccessMode PUBLIC_ONLY/,
    );
  });
});

describe("the setting securityGroupIds", () => {
  const read = (found: unknown) => SECURITY_GROUP_IDS.read("securityGroupIds", found);
  const ids = (count: number) => Array.from({ length: count }, (_, i) => `sg-0000000${i}`);

  it("takes four at the most: an environment has five, and one is the stack's own", () => {
    assert.deepEqual(read(ids(4)), { value: ids(4), problems: [] });
    for (const found of [ids(5), ["sg-1"], [...ids(1), ...ids(1)], [`123456789012/${GROUP}`], {}]) {
      assert.match(
        read(found).problems.map(describeProblem).join(),
        /allowed: a list of ids of security groups, sg-…, each once, 4 at the most/,
      );
    }
  });
});

import assert from "node:assert/strict";

import { describeProblem } from "../../checks/problem";
import { VARIABLES } from "../../checks/variables";

describe("the setting variables", () => {
  const read = (found: unknown) => {
    const { value, problems } = VARIABLES.read("variables", found);
    return { value, said: problems.map(describeProblem).join("\n") };
  };

  it("takes strings as they are, and all else as JSON", () => {
    const { value, said } = read({ orders_prefix: "orders/", limit: 7, on: true, map: { a: [1] } });
    assert.equal(said, "");
    assert.deepEqual(value, {
      orders_prefix: "orders/",
      limit: "7",
      on: "true",
      map: '{"a":[1]}',
    });
  });

  const wrong: [string, unknown, RegExp][] = [
    ["what is no map", ["x"], /variables is \["x"\]; allowed: a map/],
    ["a name with a slash", { "a/b": "x" }, /variables\.a\/b is "x"; allowed: names of 1 to 250/],
    ["no value", { a: "" }, /variables\.a is ""; allowed: 1 to 4096 bytes/],
    ["more than a parameter holds", { a: "é".repeat(2049) }, /allowed: 1 to 4096 bytes/],
    ["a reference to a parameter", { a: "x {{ssm:b}}" }, /Systems Manager keeps for itself/],
  ];
  for (const [what, found, message] of wrong) {
    it(`refuses ${what}`, () => assert.match(read(found).said, message));
  }

  it("takes 4096 bytes, and braces that name nothing", () => {
    assert.equal(read({ a: "x".repeat(4096), b: '{"c": {}}', d: "{{ open" }).said, "");
  });

  it("refuses names of secrets, and never shows the value", () => {
    for (const name of ["db_password", "API_KEY", "github-token", "my.secret", "privateKey"]) {
      const { said } = read({ [name]: "hunter2" });
      assert.match(said, /Keep a secret in Secrets Manager/, name);
      assert.doesNotMatch(said, /hunter2/);
    }
  });
});

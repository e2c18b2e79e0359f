import assert from "node:assert/strict";

import { CONNECTIONS, checkEncrypted, plainPart } from "../../checks/connections";
import { describeProblem } from "../../checks/problem";

describe("the setting connections", () => {
  const read = (found: unknown) => {
    const { value, problems } = CONNECTIONS.read("connections", found);
    return { value, said: problems.map(describeProblem).join("\n") };
  };

  it("takes URIs as they are, and maps as JSON", () => {
    const api = { conn_type: "http", host: "api.example.com", port: 443, extra: { a: 1 } };
    const { value, said } = read({ api, "films.db": "postgres://u:p@db/films" });
    assert.equal(said, "");
    assert.deepEqual(value, { api: JSON.stringify(api), "films.db": "postgres://u:p@db/films" });
  });

  const wrong: [string, unknown, RegExp][] = [
    ["what is no map", ["hunter2"], /connections is "object"; allowed: a map of ids/],
    ["an id with a slash", { "a/b": "http://x" }, /connections\.a\/b is "a\/b"; allowed: ids of 1/],
    [
      "what is no connection",
      { a: "hunter2" },
      /connections\.a is "\(not shown\)"; allowed: a URI/,
    ],
    ["a map without a type", { a: { host: "x" } }, /a\.conn_type is "missing"; allowed/],
    [
      "a field of another name",
      { a: { conn_type: "x", pass: "hunter2" } },
      /a\.pass .*one of conn/,
    ],
    ["a port that is none", { a: { conn_type: "x", port: "hunter2" } }, /a\.port .*1 to 65535/],
    ["more than a parameter holds", { a: `http://${"x".repeat(4096)}` }, /at most 4096 bytes/],
    ["a reference to a parameter", { a: "http://{{ssm:b}}" }, /Systems Manager keeps for itself/],
  ];
  for (const [what, found, message] of wrong) {
    it(`refuses ${what}, and shows nothing of it`, () => {
      const { said } = read(found);
      assert.match(said, message);
      assert.doesNotMatch(said, /hunter2/);
    });
  }

  it("wants secrets encrypted, and shows none", () => {
    const { value } = read({
      uri: "http://u:hunter2@x",
      query: "http://x?token=hunter2",
      map: { conn_type: "http", password: "hunter2" },
      extra: { conn_type: "http", extra: { token: "hunter2" } },
      open: { conn_type: "http", host: "x", login: "u" },
      "open-uri": "http://u@x:80/y",
    });
    const problems = checkEncrypted(value);
    assert.deepEqual(
      problems.map(({ setting }) => setting),
      ["uri", "query", "map", "extra"].map((id) => `connections.${id}`),
    );
    assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
    assert.match(describeProblem(problems[0]), /pulumi config set --secret --path/);
  });

  it("looks at each value by itself, as the stack's file has it", () => {
    const secure = { secure: "AAABAK" };
    const written = {
      encrypted: { conn_type: "http", password: secure, extra: { token: secure } },
      whole: secure,
      plain: { conn_type: "http", host: secure, password: "hunter2" },
      "one-of-extra": { conn_type: "http", extra: { token: secure, key: "hunter2" } },
      "a-list": { conn_type: "http", extra: { tokens: [secure, "hunter2"] } },
      uri: "http://u:hunter2@x",
      open: { conn_type: "http", host: "x", extra: "" },
    };
    const ids = (found: unknown) =>
      checkEncrypted(plainPart(found)).map(({ setting }) => setting.replace("connections.", ""));
    assert.deepEqual(ids(written), ["plain", "one-of-extra", "a-list", "uri"]);
    assert.deepEqual(ids(JSON.stringify(written)), ids(written));
    assert.deepEqual(ids(secure), []);
    assert.deepEqual(ids("no map"), []);
  });
});

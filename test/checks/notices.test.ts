import assert from "node:assert";
import { readNotices } from "../../checks/notices";

describe("readNotices", () => {
  it("takes each protocol with its kind of endpoint", () => {
    const given = [
      "email:data@example.com",
      "https://example.com/hook",
      "sqs:arn:aws:sqs:us-east-1:123456789012:notices",
      "lambda:arn:aws:lambda:us-east-1:123456789012:function:notices",
    ];
    const { subscriptions, problems } = readNotices(given);
    assert.deepStrictEqual(problems, []);
    assert.deepStrictEqual(
      subscriptions.map(({ protocol, endpoint }) =>
        protocol === "https" ? endpoint : `${protocol}:${endpoint}`,
      ),
      given,
    );
  });

  for (const value of [
    "data@example.com",
    "email:nobody",
    "http:http://example.com/",
    "https:http://example.com/",
    "sqs:notices",
    "toString:x",
  ]) {
    it(`refuses ${value}`, () => {
      const { subscriptions, problems } = readNotices([value]);
      assert.deepStrictEqual(subscriptions, []);
      assert.deepStrictEqual(
        problems.map((problem) => [problem.setting, problem.value]),
        [["notices", value]],
      );
    });
  }
});

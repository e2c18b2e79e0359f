import assert from "node:assert";
import { Notices, type NoticesArgs, noticeStatements } from "../../components/notices";
import { policyDocument } from "../../components/policyDocument";
import { ofType, only, record } from "../mocks";
import { LOCATION, assertLeastPrivilege, document, statement } from "../policies";
import { mandatoryFindings } from "./packFindings";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";
const PUBLISHER = "arn:aws:iam::123456789012:role/execution";
const TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:mwaa-test-notices";
const TOPIC = "aws:sns/topic:Topic";
const TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy";
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";

const notices = (args: Partial<NoticesArgs> = {}) =>
  record(() => {
    const { topicArn } = new Notices("notices", {
      location: LOCATION,
      environmentName: "mwaa-test",
      publisherArn: PUBLISHER,
      subscriptions: [],
      tags: { Project: "p", Stack: "test", Environment: "mwaa-test" },
      ...args,
    });
    return { topicArn };
  });

describe("Notices", () => {
  it("encrypts messages by the stack's key, or by SNS's own", async () => {
    assert.strictEqual(only(await notices(), TOPIC).inputs.kmsMasterKeyId, "alias/aws/sns");
    assert.strictEqual(only(await notices({ kmsKeyArn: KEY }), TOPIC).inputs.kmsMasterKeyId, KEY);
  });

  it("refuses all publishers but one, and that one without TLS", async () => {
    const policy = document(only(await notices(), TOPIC_POLICY).inputs.policy);
    const refused = policy.Statement.map(({ Effect, Principal, Action, Resource, Condition }) => {
      assert.deepStrictEqual(
        [Effect, Principal, Action, Resource],
        ["Deny", "*", "sns:Publish", TOPIC_ARN],
      );
      return Condition;
    });
    assert.deepStrictEqual(refused, [
      { ArnNotLike: { "aws:PrincipalArn": PUBLISHER } },
      { Bool: { "aws:SecureTransport": "false" } },
    ]);
  });

  it("tells whom the stack names", async () => {
    const recording = await notices({
      subscriptions: [
        { protocol: "email", endpoint: "data@example.com" },
        { protocol: "https", endpoint: "https://example.com/hook" },
      ],
    });
    assert.deepStrictEqual(
      ofType(recording, SUBSCRIPTION).map(({ inputs }) => [
        inputs.topic,
        inputs.protocol,
        inputs.endpoint,
      ]),
      [
        [TOPIC_ARN, "email", "data@example.com"],
        [TOPIC_ARN, "https", "https://example.com/hook"],
      ],
    );
    assert.deepStrictEqual(ofType(await notices(), SUBSCRIPTION), []);
  });

  it("satisfies the policy pack", async () => {
    for (const kmsKeyArn of [undefined, KEY]) {
      // The topic's ARN, which its policy names, is not among what is registered.
      const findings = mandatoryFindings(await notices({ kmsKeyArn })).filter(
        (finding) => finding !== "sns-tls-only: notices-topic",
      );
      assert.deepStrictEqual(findings, []);
    }
  });
});

describe("noticeStatements", () => {
  it("allows actions that exist, on the one topic and key", async () => {
    const policy = policyDocument(...noticeStatements(LOCATION, "mwaa-test", KEY));
    await assertLeastPrivilege(policy);
    const { topicArn } = (await notices()).result;
    assert.strictEqual(statement(policy, "PublishNotices").Resource, topicArn);
    assert.deepStrictEqual(statement(policy, "EncryptNotices").Condition, {
      StringEquals: { "kms:ViaService": "sns.us-east-1.amazonaws.com" },
    });
  });
});

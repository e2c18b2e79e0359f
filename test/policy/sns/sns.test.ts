import { snsEncryption } from "../../../policy/rules/sns/sns-encryption";
import { snsNoWildcardPrincipal } from "../../../policy/rules/sns/sns-no-wildcard-principal";
import { snsTlsOnly } from "../../../policy/rules/sns/sns-tls-only";
import { Case, UNKNOWN, resource, table } from "../graph";
import { openStatements } from "../openStatements";

const TOPIC = "aws:sns/topic:Topic";
const TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy";
const QUEUE = "aws:sqs/queue:Queue";
const ARN = "arn:aws:sns:us-east-1:123456789012:alarms";

const topic = (kmsMasterKeyId: unknown, type = TOPIC) =>
  resource(type, "alarms", { kmsMasterKeyId });

const encryption: readonly Case[] = [
  { when: "there is a key", resources: [topic("alias/aws/sns")] },
  ...[undefined, null, ""].map((key): Case => ({
    when: `the key is ${JSON.stringify(key)}`,
    resources: [topic(key)],
    violations: [["alarms", /kmsMasterKeyId of the topic alarms is missing/]],
  })),
  {
    when: "the key is not known yet",
    resources: [topic(UNKNOWN)],
    notChecked: /of alarms: .*kmsMasterKeyId/,
  },
  { when: "another type has no key", resources: [topic(undefined, QUEUE)] },
];

const TLS = {
  Effect: "Deny",
  Principal: "*",
  Action: "sns:Publish",
  Resource: ARN,
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const text = (change: object) => JSON.stringify({ Statement: [{ ...TLS, ...change }] });
const planned = resource(TOPIC, "alarms", { arn: UNKNOWN, policy: UNKNOWN });
const named = resource(TOPIC, "alarms", { arn: UNKNOWN, name: "alarms", policy: UNKNOWN });
const deployed = resource(TOPIC, "alarms", { arn: ARN });
const other = resource(TOPIC, "other", { arn: UNKNOWN, policy: UNKNOWN });
const policy = (value: unknown) => resource(TOPIC_POLICY, "policy", { arn: ARN, policy: value });
const plannedPolicy = (value: unknown, of = planned) =>
  resource(TOPIC_POLICY, "policy", { arn: UNKNOWN, policy: value }, { arn: [of] });
const NONE = /no aws\.sns\.TopicPolicy/;

const tls: readonly Case[] = [
  { when: "there is no topic", resources: [policy(text({}))] },
  { when: "plain HTTP is refused", resources: [deployed, policy(text({}))] },
  {
    when: "plain HTTP is refused for all actions",
    resources: [deployed, policy(text({ Action: ["SNS:*"] }))],
  },
  {
    when: "plain HTTP is refused for every topic (first preview)",
    resources: [planned, plannedPolicy(text({ Resource: "*" }))],
  },
  {
    when: "plain HTTP is refused for the topic of that name (first preview)",
    resources: [named, plannedPolicy(text({}), named)],
  },
  {
    when: "plain HTTP is refused for a topic of another name (first preview)",
    resources: [named, plannedPolicy(text({ Resource: `${ARN}-other` }), named)],
    notChecked: /of alarms: .*arn/,
  },
  {
    when: "the topic's own policy refuses it",
    resources: [resource(TOPIC, "alarms", { arn: ARN, policy: text({}) })],
  },
  { when: "there is no policy", resources: [deployed], violations: [["alarms", NONE]] },
  {
    when: "there is no policy (first preview)",
    resources: [planned],
    violations: [["alarms", NONE]],
  },
  {
    when: "the topic's own policy allows it",
    resources: [resource(TOPIC, "alarms", { arn: ARN, policy: text({ Effect: "Allow" }) })],
    violations: [["alarms", NONE]],
  },
  {
    when: "the policy is another topic's",
    resources: [planned, other, plannedPolicy(text({ Resource: "*" }), other)],
    violations: [["alarms", NONE]],
  },
  ...[
    { Effect: "Allow" },
    { Principal: { AWS: "123456789012" } },
    { Action: "sns:Subscribe" },
    { Resource: `${ARN}-other` },
    { Resource: undefined },
    { Condition: undefined },
    { Condition: { Bool: { "aws:SecureTransport": "true" } } },
  ].map((change): Case => ({
    when: `the statement has ${JSON.stringify(change)}`,
    resources: [deployed, policy(text(change))],
    violations: [["policy", /published without TLS/]],
  })),
  {
    when: "the policy is not known yet",
    resources: [planned, plannedPolicy(UNKNOWN)],
    notChecked: /of alarms: .*policy/,
  },
  {
    when: "the topic's ARN is not known yet",
    resources: [planned, plannedPolicy(text({}))],
    notChecked: /of alarms: .*arn/,
  },
  {
    when: "another type is in the policy's place",
    resources: [deployed, resource("aws:sqs/queuePolicy:QueuePolicy", "policy", { arn: ARN })],
    violations: [["alarms", NONE]],
  },
];

describe("rules on topics", () => {
  table(snsEncryption, encryption);
  table(snsNoWildcardPrincipal, openStatements([TOPIC, TOPIC_POLICY]));
  table(snsTlsOnly, tls);
});

import { PolicyResource } from "@pulumi/policy";

import { called, checkCompanion, given, withLoneCompanions } from "../../companions";
import { covers, readStatements, values } from "../../documents";
import { refusesPlainHttp } from "../../resourcePolicy";
import { StackRule } from "../../rule";
import { TOPIC, TOPIC_POLICY } from "../../topics";
import { textOf } from "../../text";

/** Nothing is published to a topic without TLS. */
export const snsTlsOnly: StackRule = {
  name: "sns-tls-only",
  description:
    "Every topic of the stack has a policy that refuses everybody to publish to it without TLS.",
  severity: "medium",
  reason:
    "SNS takes messages by plain HTTP as well, and whoever is on the way reads and changes them.",
  remediationSteps:
    'Give the topic an aws.sns.TopicPolicy with a statement of Effect "Deny", Principal "*", Action ' +
    '"sns:Publish", the topic\'s ARN as Resource, and as only Condition ' +
    '{"Bool": {"aws:SecureTransport": "false"}}.',
  url: "https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
  also: ["SNS3"],
  subjects: (graph) =>
    withLoneCompanions(graph, { of: [TOPIC], types: [TOPIC_POLICY], property: "arn" }),
  checkInStack: (topic, graph, report) =>
    checkCompanion(topic, "topic", graph, report, {
      of: [TOPIC],
      types: [TOPIC_POLICY],
      property: "arn",
      what: "aws.sns.TopicPolicy",
      fault: ({ name, props }) =>
        isClosed(topic, props.policy)
          ? undefined
          : `The policy ${name} of ${called(topic, "topic", [TOPIC])} lets messages be published without TLS; a ` +
            'statement must deny "sns:Publish" to everybody where aws:SecureTransport is false.',
      within: () => {
        const policy = given(topic, "policy");
        return policy !== undefined && isClosed(topic, policy);
      },
    }),
};

function isClosed(topic: PolicyResource, policy: unknown): boolean {
  const resources = (readStatements(policy) ?? [])
    .filter((statement) => refusesPlainHttp(statement, ["sns:Publish", "sns:*", "*"]))
    .flatMap(({ Resource }) => values(Resource));
  // An ARN ends with the topic's name, which is known before the topic is created.
  const name = given(topic, "name");
  return resources.some(
    (pattern) =>
      pattern === "*" ||
      (typeof name === "string" && pattern.endsWith(`:${name}`)) ||
      covers(pattern, textOf(topic.props.arn) ?? ""),
  );
}

import { reportOpenStatements } from "../../resourcePolicy";
import { ResourceRule } from "../../rule";
import { TOPIC, TOPIC_POLICY } from "../../topics";

/** No topic's policy admits everybody. */
export const snsNoWildcardPrincipal: ResourceRule = {
  name: "sns-no-wildcard-principal",
  description:
    "No policy of a topic allows anything to everybody without a condition that says who that is.",
  severity: "high",
  reason:
    "Everybody with an AWS account could then publish to the topic, or subscribe and read along.",
  remediationSteps:
    "Name the principals, or fix the account or source in a condition, as in aws:SourceOwner or aws:SourceArn.",
  url: "https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
  also: ["CKV_AWS_169", "SNS.4", "sns_topics_not_publicly_accessible"],
  types: [TOPIC, TOPIC_POLICY],
  check: (resource, report) => reportOpenStatements(resource, "policy", "topic", report),
};

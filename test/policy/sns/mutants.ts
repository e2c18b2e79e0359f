import { Mutant, RecordedResource, find } from "../mutant";

const TOPIC = "notices-topic";

interface Policy {
  Version: string;
  Statement: { Sid: string; [member: string]: unknown }[];
}

/** The shipped topic's policy with other statements. */
function withStatements(change: (statements: Policy["Statement"], topic: string) => void) {
  return (resources: RecordedResource[]): void => {
    const { props } = find(resources, "aws:sns/topicPolicy:TopicPolicy", TOPIC);
    const policy = JSON.parse(props.policy as string) as Policy;
    change(policy.Statement, String(policy.Statement[0].Resource));
    props.policy = JSON.stringify(policy);
  };
}

/** Breaking changes to the shipped topic. */
export const mutants: readonly Mutant[] = [
  {
    rule: "sns-encryption",
    what: "a topic has no key",
    mutate: (resources) => {
      delete find(resources, "aws:sns/topic:Topic", TOPIC).props.kmsMasterKeyId;
    },
    resource: TOPIC,
  },
  {
    rule: "sns-no-wildcard-principal",
    what: "a topic's policy lets everybody subscribe",
    stack: "dev",
    mutate: withStatements((statements, topic) => {
      statements.push({
        Sid: "Mutant",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: "sns:Subscribe",
        Resource: topic,
      });
    }),
    resource: TOPIC,
  },
  {
    rule: "sns-tls-only",
    what: "a topic takes messages without TLS",
    mutate: withStatements((statements) => {
      statements.splice(
        statements.findIndex(({ Sid }) => Sid === "TlsOnly"),
        1,
      );
    }),
    resource: TOPIC,
  },
];

import { Mutant, RecordedResource, find } from "../mutant";

const TOPIC = "aws:sns/topic:Topic";
const TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy";
const ARN = "arn:aws:sns:us-east-1:123456789012:mutant";

const TLS_ONLY = {
  Effect: "Deny",
  Principal: "*",
  Action: "sns:Publish",
  Resource: ARN,
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};

/** A topic with its policy, right but for the changes. */
function topic(props: Record<string, unknown>, ...statements: object[]) {
  return (resources: RecordedResource[]): void => {
    const { tags } = find(resources, "aws:athena/workgroup:Workgroup", "athena-workgroup").props;
    resources.push(
      {
        type: TOPIC,
        name: "mutant",
        props: {
          id: ARN,
          arn: ARN,
          name: "mutant",
          kmsMasterKeyId: "alias/aws/sns",
          tags,
          ...props,
        },
        propertyDependencies: {},
        protect: false,
      },
      {
        type: TOPIC_POLICY,
        name: "mutant-policy",
        props: {
          arn: ARN,
          policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
        },
        propertyDependencies: { arn: [`${TOPIC}::mutant`] },
        protect: false,
      },
    );
  };
}

/** Breaking ways to add a topic to a shipped stack, which has none. */
export const mutants: readonly Mutant[] = [
  {
    rule: "sns-encryption",
    what: "a topic has no key",
    mutate: topic({ kmsMasterKeyId: undefined }, TLS_ONLY),
    resource: "mutant",
  },
  {
    rule: "sns-no-wildcard-principal",
    what: "a topic's policy lets everybody subscribe",
    stack: "dev",
    mutate: topic({}, TLS_ONLY, {
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: "sns:Subscribe",
      Resource: ARN,
    }),
    resource: "mutant-policy",
  },
  {
    rule: "sns-tls-only",
    what: "a topic takes messages without TLS",
    mutate: topic(
      {},
      {
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: ARN,
        Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
      },
    ),
    resource: "mutant-policy",
  },
];

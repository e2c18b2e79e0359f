import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Subscription } from "../checks/notices";
import { type Location, regionalArn } from "./location";
import {
  type PolicyDocument,
  type Statement,
  type UnexercisedGrant,
  policyDocument,
} from "./policyDocument";

export interface NoticesArgs {
  readonly location: Location;
  /** The topic's name begins with it. */
  readonly environmentName: string;
  /** Failure notification subscriptions. One by e-mail has to be confirmed first. */
  readonly subscriptions: readonly Subscription[];
  /** ARN of the role that publishes, the tasks', or a pattern of it; known before the role is made. */
  readonly publisherArn: string;
  /** ARN of the key for messages. Default: SNS's own, which the account's principals may use. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * Topic that tasks tell of failures and retries: MWAA has no mail server of its own.
 *
 * Source: https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
 */
export class Notices extends pulumi.ComponentResource {
  public readonly topicArn: pulumi.Output<string>;
  /** What tasks may do: publish. */
  public readonly statements: pulumi.Output<Statement[]>;

  public constructor(name: string, args: NoticesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mwaa:notices:Notices", name, {}, opts);
    const { location, environmentName } = args;
    const topic = new aws.sns.Topic(
      `${name}-topic`,
      {
        name: topicName(environmentName),
        displayName: `Airflow ${environmentName}`.slice(0, MAX_DISPLAY_NAME),
        kmsMasterKeyId: args.kmsKeyArn ?? "alias/aws/sns",
        tags: args.tags,
      },
      { parent: this },
    );
    new aws.sns.TopicPolicy(
      `${name}-topic`,
      {
        arn: topic.arn,
        policy: JSON.stringify(topicPolicy(topicArn(location, environmentName), args.publisherArn)),
      },
      { parent: this },
    );
    for (const { protocol, endpoint } of args.subscriptions) {
      new aws.sns.TopicSubscription(
        `${name}-${protocol}-${endpoint}`,
        { topic: topic.arn, protocol, endpoint },
        { parent: this },
      );
    }
    this.topicArn = topic.arn;
    this.statements = pulumi
      .output(args.kmsKeyArn)
      .apply((kmsKeyArn) => noticeStatements(location, environmentName, kmsKeyArn));
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

// https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
const MAX_DISPLAY_NAME = 100;

/** Name of an environment's topic. */
export function topicName(environmentName: string): string {
  return `${environmentName}-notices`;
}

/** ARN of an environment's topic, which the publisher's policy names before there is a topic. */
export function topicArn(location: Location, environmentName: string): string {
  return regionalArn(location, "sns", topicName(environmentName));
}

/**
 * Policy of the topic: one role publishes, by TLS. It has the permission of its own policies, which
 * are enough within an account; so would be anybody else's, and those are refused here.
 *
 * Source: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
export function topicPolicy(topic: string, publisherArn: string): PolicyDocument {
  return policyDocument(
    {
      Sid: "NobodyElse",
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Resource: topic,
      Condition: { ArnNotLike: { "aws:PrincipalArn": publisherArn } },
    },
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Resource: topic,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  );
}

/** Statements for tasks: publish to the topic, with the key that its messages are encrypted with. */
export function noticeStatements(
  location: Location,
  environmentName: string,
  kmsKeyArn?: string,
): Statement[] {
  return [
    {
      Sid: "PublishNotices",
      Effect: "Allow",
      Action: "sns:Publish",
      Resource: topicArn(location, environmentName),
    },
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    ...(kmsKeyArn === undefined
      ? []
      : [
          {
            Sid: "EncryptNotices",
            Effect: "Allow",
            Action: ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource: kmsKeyArn,
            Condition: {
              StringEquals: { "kms:ViaService": `sns.${location.region}.${location.dnsSuffix}` },
            },
          } as const,
        ]),
  ];
}

/** What of `noticeStatements` a run that goes well does not use. */
export const NOTICES_UNEXERCISED: readonly UnexercisedGrant[] = [
  {
    statement: "PublishNotices",
    role: "execution",
    reason: "called where a run fails",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/mwaa/latest/userguide/samples-sns.html",
  },
];

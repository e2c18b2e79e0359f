import type { Plan, Step } from "./plan";

/** Types whose replacement a user notices, in the order in which they are told. */
const NOTABLE: Readonly<Record<string, string>> = {
  "aws:mwaa/environment:Environment": "the environment with Airflow's history",
  "aws:redshiftserverless/namespace:Namespace": "the warehouse with its data",
  "aws:redshift/cluster:Cluster": "the warehouse with its data",
  "aws:redshiftserverless/workgroup:Workgroup": "the warehouse's workgroup",
  "aws:s3/bucket:Bucket": "buckets with their content",
  "aws:kms/key:Key": "the key",
  "aws:athena/workgroup:Workgroup": "the Athena workgroup with its history",
  "aws:glue/catalogDatabase:CatalogDatabase":
    "the catalog's database (the next run makes its tables)",
  "aws:ec2/vpc:Vpc": "the VPC",
  "aws:ec2/subnet:Subnet": "subnets",
  "aws:ec2/natGateway:NatGateway": "NAT gateways",
  "aws:sfn/stateMachine:StateMachine": "the state machine with its history",
  "aws:sns/topic:Topic": "the topic of notices",
  "aws:sns/topicSubscription:TopicSubscription": "subscriptions",
  "aws:cloudwatch/logGroup:LogGroup": "log groups with their events",
  "aws:iam/role:Role": "roles",
};

/** What one kind of change, or several, come to on a live stack. */
export interface Outcome {
  /** What is replaced or deleted. */
  readonly replaced: readonly string[];
  /** The environment is updated in place. */
  readonly updatesEnvironment: boolean;
  readonly refused: "always" | "sometimes" | "never";
  /** The program refuses, whether data is kept or not. */
  readonly refusedByProgram: boolean;
}

const goes = ({ kind }: Step): boolean => kind === "replace" || kind === "delete";

/** What plans come to together; those that are refused say what they would have replaced. */
export function outcomeOf(plans: readonly Plan[]): Outcome {
  const refused = plans.filter(
    ({ refusedBy, protectedOnes }) => refusedBy !== undefined || protectedOnes.length > 0,
  ).length;
  const steps = plans.flatMap((plan) => plan.steps);
  const types = new Set(steps.filter(goes).map(({ type }) => type));
  return {
    replaced: [
      ...new Set(
        Object.entries(NOTABLE)
          .filter(([type]) => types.has(type))
          .map(([, words]) => words),
      ),
    ],
    updatesEnvironment: steps.some(
      ({ type, kind }) => type === "aws:mwaa/environment:Environment" && kind === "update",
    ),
    refused: refused === 0 ? "never" : refused === plans.length ? "always" : "sometimes",
    refusedByProgram: plans.some(({ refusedBy }) => refusedBy !== undefined),
  };
}

/**
 * The same in words, for the page of settings.
 *
 * @param gone where the stack may be destroyed with its data
 * @param kept where data is kept
 */
export function wordsOf(gone: Outcome, kept: Outcome): string {
  if (gone.refused === "always") {
    return "refused";
  }
  const parts = [
    gone.replaced.length === 0
      ? gone.updatesEnvironment
        ? "in place, with an update of the environment"
        : "in place"
      : `replaces or deletes ${gone.replaced.join(", ")}` +
        (gone.updatesEnvironment ? "; updates the environment" : ""),
    ...(kept.refused === "always" ? ["refused where data is kept"] : []),
    ...(kept.refused === "sometimes" && gone.refused === "never"
      ? ["refused where that would cost data that is kept"]
      : []),
    ...(gone.refused === "sometimes" ? ["refused where it cannot be done"] : []),
  ];
  return parts.join("; ");
}

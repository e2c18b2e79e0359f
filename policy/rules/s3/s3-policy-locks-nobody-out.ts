import { BUCKET_POLICY } from "../../buckets";
import {
  Statement,
  conditionsOf,
  covers,
  nameOf,
  principals,
  readStatements,
  values,
} from "../../documents";
import { ResourceRule } from "../../rule";
import { BUCKET_TYPES } from "../../types";

/** What it takes to mend a policy. */
const MENDING = ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

/** A bucket's policy leaves somebody who can change it. */
export const s3PolicyLocksNobodyOut: ResourceRule = {
  name: "s3-policy-locks-nobody-out",
  description:
    "No policy of a bucket denies everybody, without a condition, to change or delete that policy.",
  severity: "high",
  reason:
    "Nobody can read, change or delete the bucket any more, the program neither: only the root user of the account " +
    "can remove the policy.",
  remediationSteps:
    "Name in the Deny statement who is meant, except somebody by a Condition such as ArnNotEquals on " +
    "aws:PrincipalArn, or name the actions that are meant, s3:PutBucketPolicy and s3:DeleteBucketPolicy not among them.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html",
  also: ["CKV_AWS_93"],
  types: [BUCKET_POLICY, ...BUCKET_TYPES],
  check: ({ name, props }, report) => {
    (readStatements(props.policy) ?? []).forEach((statement, index) => {
      if (locksOut(statement)) {
        report(
          `The policy of ${name} denies everybody to change it (${nameOf(statement, index)}); except somebody.`,
        );
      }
    });
  },
};

function locksOut(statement: Statement): boolean {
  const { Effect, Action, NotAction, Resource } = statement;
  const takesIn = (patterns: unknown, action: string) =>
    values(patterns).some((one) => covers(one.toLowerCase(), action.toLowerCase()));
  const isDenied = (action: string) =>
    NotAction === undefined ? takesIn(Action, action) : !takesIn(NotAction, action);
  return (
    Effect === "Deny" &&
    principals(statement).includes("*") &&
    conditionsOf(statement).length === 0 &&
    // A policy is the bucket's, not its objects'.
    values(Resource).some((arn) => !arn.includes("/")) &&
    MENDING.every(isDenied)
  );
}

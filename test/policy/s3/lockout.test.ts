import { s3PolicyLocksNobodyOut } from "../../../policy/rules/s3/s3-policy-locks-nobody-out";
import { Case, UNKNOWN, resource, table } from "../graph";

const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const LOCK = {
  Sid: "Lock",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
};
const of = (change: object) => [
  resource(POLICY, "policy", { policy: JSON.stringify({ Statement: [{ ...LOCK, ...change }] }) }),
];
const refused = {
  violations: [["policy", /policy denies everybody to change it \(statement Lock\)/]],
} as const;

const LOCKED: Readonly<Record<string, object>> = {
  "everything is denied to everybody": {},
  "the principal is in a map": { Principal: { AWS: "*" } },
  "the action is a star": { Action: "*" },
  "the actions are those of the policy": {
    Action: ["s3:putbucketpolicy", "s3:DeleteBucketPolicy"],
  },
  "the actions are a pattern": { Action: "s3:*BucketPolicy" },
  "all but reading is denied": { Action: undefined, NotAction: "s3:Get*" },
  "the resource is everything": { Resource: "*" },
};
const OPEN: Readonly<Record<string, object>> = {
  "it allows": { Effect: "Allow" },
  "a condition excepts somebody": {
    Condition: { ArnNotEquals: { "aws:PrincipalArn": "arn:aws:iam::1:role/x" } },
  },
  "one role is meant": { Principal: { AWS: "arn:aws:iam::123456789012:role/x" } },
  "the objects are meant": { Resource: "arn:aws:s3:::data/*" },
  "writing is meant": { Action: "s3:Put*" },
  "deleting the policy is excepted": { Action: undefined, NotAction: ["s3:DeleteBucketPolicy"] },
  "everybody but one is meant": {
    Principal: undefined,
    NotPrincipal: { AWS: "arn:aws:iam::123456789012:root" },
  },
};

table(s3PolicyLocksNobodyOut, [
  ...Object.entries(LOCKED).map(([when, change]): Case => ({
    when,
    resources: of(change),
    ...refused,
  })),
  ...Object.entries(OPEN).map(([when, change]): Case => ({ when, resources: of(change) })),
  {
    when: "the policy is the bucket's own argument",
    resources: [resource("aws:s3/bucket:Bucket", "policy", { policy: { Statement: LOCK } })],
    ...refused,
  },
  { when: "there is no policy", resources: [resource(POLICY, "policy", {})] },
  { when: "it is no JSON", resources: [resource(POLICY, "policy", { policy: "{" })] },
  {
    when: "it is not known yet",
    resources: [resource(POLICY, "policy", { policy: UNKNOWN })],
    notChecked: /policy/,
  },
  {
    when: "another type has such a policy",
    resources: [resource("aws:sqs/queuePolicy:QueuePolicy", "x", { policy: { Statement: LOCK } })],
  },
]);

import { PolicyResource } from "@pulumi/policy";

import { BUCKET_POLICY } from "../../buckets";
import { checkCompanion, given, withLoneCompanions } from "../../companions";
import { Statement, covers, readStatements, statementsOf, values } from "../../documents";
import { refusesPlainHttp } from "../../resourcePolicy";
import { isGiven } from "../../environments";
import { StackRule } from "../../rule";
import { textOf } from "../../text";
import { BUCKET_TYPES } from "../../types";
import { Undecided, known } from "../../unknown";

/** No request without TLS reaches a bucket of the stack. */
export const s3TlsOnly: StackRule = {
  name: "s3-tls-only",
  description:
    "Every bucket of the stack has a policy that refuses everybody every request without TLS, for the " +
    "bucket and its objects.",
  severity: "high",
  reason: "S3 answers plain HTTP as well, and whoever is on the way reads and changes the data.",
  remediationSteps:
    'Give the bucket an aws.s3.BucketPolicy with a statement of Effect "Deny", Principal "*", Action "s3:*", ' +
    "the bucket's ARN and the same with /* as Resource, and as only Condition " +
    '{"Bool": {"aws:SecureTransport": "false"}}.',
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
  also: ["S3.5", "S10", "CKV_AWS_379", "s3_bucket_secure_transport_policy"],
  repair: ({ type, props }) => {
    if (type !== BUCKET_POLICY) {
      return undefined;
    }
    const document = documentOf(props.policy);
    const bucket = textOf(props.bucket);
    if (document === undefined || bucket === undefined || bucket === "") {
      return undefined;
    }
    const statements = statementsOf(document);
    if (statements.some((statement) => refusesPlainHttp(statement, ["s3:*", "*"]))) {
      return undefined;
    }
    const Statement = [...statements, refusal(bucket, statements)];
    return { policy: JSON.stringify({ ...document, Statement }) };
  },
  subjects: (graph) =>
    withLoneCompanions(graph, { of: BUCKET_TYPES, types: [BUCKET_POLICY], property: "bucket" }),
  checkInStack: (bucket, graph, report) =>
    checkCompanion(bucket, "bucket", graph, report, {
      of: BUCKET_TYPES,
      types: [BUCKET_POLICY],
      property: "bucket",
      what: "aws.s3.BucketPolicy",
      fault: ({ name, props }) => {
        const open = openParts(bucket, props.policy);
        return open.length === 0
          ? undefined
          : `The policy ${name} lets requests without TLS reach ${open.join(" and ")} of ` +
              `${bucket.type === BUCKET_POLICY ? "its bucket" : bucket.name}; a` +
              '  statement must deny "s3:*" to everybody where aws:SecureTransport is false.';
      },
      within: () => {
        const policy = given(bucket, "policy");
        return policy !== undefined && openParts(bucket, policy).length === 0;
      },
    }),
};

/** A policy as an object; undefined for what is none. */
function documentOf(policy: unknown): Record<string, unknown> | undefined {
  if (!isGiven(() => policy) || readStatements(policy) === undefined) {
    return undefined;
  }
  const read: unknown = typeof policy === "string" ? JSON.parse(policy) : policy;
  return read as Record<string, unknown>;
}

/** The statement that refuses plain HTTP, in the partition of the policy's other ARNs. */
function refusal(bucket: string, statements: readonly Statement[]): Statement {
  const partition = statements
    .flatMap(({ Resource }) => values(Resource))
    .map((arn) => /^arn:([^:]+):s3:/.exec(arn)?.[1])
    .find((one) => one !== undefined);
  const arn = `arn:${partition ?? "aws"}:s3:::${bucket}`;
  return {
    Sid: "DenyRequestsWithoutTls",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [arn, `${arn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

// No key looks like this, so that a pattern that takes it in takes in every one.
const SOME_KEY = "\u0000";

/** What of a bucket a policy leaves open to plain HTTP. */
function openParts(bucket: PolicyResource, policy: unknown): string[] {
  const resources = (readStatements(policy) ?? [])
    .filter((statement) => refusesPlainHttp(statement, ["s3:*", "*"]))
    .flatMap(({ Resource }) => values(Resource));
  if (resources.length === 0) {
    return ["the bucket", "the objects"];
  }
  if (bucket.type === BUCKET_POLICY) {
    // For a bucket that is not of the stack, whose name need not be known: whose ARN it is cannot be held against it.
    return [];
  }
  const arn = arnOf(bucket);
  const isClosed = (text: string, pattern: string) => covers(withoutPartition(pattern), text);
  return [
    ...(resources.some((pattern) => isClosed(arn, pattern)) ? [] : ["the bucket"]),
    ...(resources.some(
      (pattern) => pattern.endsWith("*") && isClosed(`${arn}/${SOME_KEY}`, pattern),
    )
      ? []
      : ["the objects"]),
  ];
}

/** The bucket's ARN; its partition is left out because a first preview does not know it. */
function arnOf(bucket: PolicyResource): string {
  const name = known(() => textOf(bucket.props.bucket));
  if (name === undefined) {
    throw new Undecided(`the name of the bucket ${bucket.name} is not known yet`);
  }
  return `arn::s3:::${name}`;
}

function withoutPartition(arn: string): string {
  return arn.replace(/^arn:[^:]*:/, "arn::");
}

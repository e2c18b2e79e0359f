import { fitName } from "./names";
import type { Problem } from "./problem";

/**
 * Prefix of the names of the stack's own buckets. The console's own MWAA role and the posts' roles are
 * limited to buckets that carry it; MWAA itself takes any.
 */
export const BUCKET_PREFIX = "airflow-";

const MAX_LENGTH = 63;

const MIN_LENGTH = 3;

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const FORBIDDEN_PREFIXES = ["xn--", "sthree-", "amzn-s3-demo-"];
const FORBIDDEN_SUFFIXES = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"];

/** What decides a bucket's default name. */
export interface BucketNameParts {
  /** Pulumi project. */
  readonly project: string;
  /** What the bucket is for, when a stack has more than one. */
  readonly purpose?: string;
  /** Pulumi stack. */
  readonly stack: string;
  /** AWS account, 12 digits. */
  readonly accountId: string;
  /** AWS region. */
  readonly region: string;
}

/** Default name of a bucket: unique for project, stack, account and region; at most 63 characters. */
export function defaultBucketName(parts: BucketNameParts): string {
  const { project, purpose, stack, accountId, region } = parts;
  const rest = [project, purpose, stack, accountId, region].filter((part) => part !== undefined);
  return (
    BUCKET_PREFIX +
    fitName(rest.join("-"), { maxLength: MAX_LENGTH - BUCKET_PREFIX.length, filler: "-" })
  );
}

/**
 * Checks a bucket name against S3's naming rules and, where the stack creates the bucket, the `airflow-`
 * prefix.
 */
export function checkBucketName(
  setting: string,
  name: string,
  { isNew }: { readonly isNew: boolean } = { isNew: true },
): Problem[] {
  const problem = (allowed: string, remedy: string): Problem[] => [
    { setting, value: name, allowed, remedy },
  ];
  const otherwise = isNew ? ", or leave it out for the default name" : "";
  if (name !== name.toLowerCase()) {
    return problem(
      "lower-case letters, digits, hyphens and dots",
      `Use "${name.toLowerCase()}"${otherwise}.`,
    );
  }
  if (isNew && !name.startsWith(BUCKET_PREFIX)) {
    return problem(
      `a name that starts with "${BUCKET_PREFIX}"`,
      `Use "${BUCKET_PREFIX}${name}"${otherwise}.`,
    );
  }
  if (name.length > MAX_LENGTH) {
    return problem(`at most ${MAX_LENGTH} characters`, `Take ${name.length - MAX_LENGTH} off.`);
  }
  if (name.length < MIN_LENGTH) {
    return problem(`at least ${MIN_LENGTH} characters`, "Correct the name.");
  }
  if (!/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(name) || name.includes("..")) {
    return problem(
      "lower-case letters, digits, hyphens and single dots, with a letter or digit at either end",
      "Remove the other characters.",
    );
  }
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) {
    return problem("a name that is no IP address", "Change it.");
  }
  const prefix = FORBIDDEN_PREFIXES.find((forbidden) => name.startsWith(forbidden));
  if (prefix !== undefined) {
    return problem(`a name that does not start with "${prefix}", which S3 keeps`, "Change it.");
  }
  const suffix = FORBIDDEN_SUFFIXES.find((forbidden) => name.endsWith(forbidden));
  return suffix === undefined
    ? []
    : problem(`a name that does not end in "${suffix}", which S3 keeps`, "Change the ending.");
}

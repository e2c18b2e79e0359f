import { PUBLIC_ACCESS_BLOCK } from "../../buckets";
import { ResourceRule } from "../../rule";

const ACCOUNT_PUBLIC_ACCESS_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock";
const TYPES: readonly string[] = [PUBLIC_ACCESS_BLOCK, ACCOUNT_PUBLIC_ACCESS_BLOCK];
const SETTINGS = [
  "blockPublicAcls",
  "blockPublicPolicy",
  "ignorePublicAcls",
  "restrictPublicBuckets",
];

/** A block of public access blocks all. */
export const s3PublicAccessBlockComplete: ResourceRule = {
  name: "s3-public-access-block-complete",
  description: "Every public access block, of a bucket or the account, has all four settings true.",
  severity: "critical",
  reason:
    "Each setting closes a way of its own: lists that come, policies that come, lists that are there, policies " +
    "that are there. One that is missing is false.",
  remediationSteps: `Set ${SETTINGS.join(", ")} to true.`,
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
  also: [
    "CKV_AWS_53",
    "CKV_AWS_54",
    "CKV_AWS_55",
    "CKV_AWS_56",
    "S3.1",
    "S3.8",
    "AVD-AWS-0086",
    "AVD-AWS-0087",
    "AVD-AWS-0091",
    "AVD-AWS-0093",
  ],
  repair: ({ type, props }) =>
    TYPES.includes(type) && SETTINGS.some((setting) => props[setting] !== true)
      ? Object.fromEntries(SETTINGS.map((setting) => [setting, true]))
      : undefined,
  types: TYPES,
  check: ({ name, props }, report) => {
    const open = SETTINGS.filter((setting) => props[setting] !== true);
    if (open.length > 0) {
      report(
        `The public access block ${name} has ` +
          `${open.map((setting) => `${setting} ${text(props[setting])}`).join(", ")}; all four must be true.`,
      );
    }
  },
};

function text(value: unknown): string {
  return value === undefined || value === null ? "missing" : JSON.stringify(value);
}

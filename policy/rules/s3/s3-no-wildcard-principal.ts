import { BUCKET_POLICY } from "../../buckets";
import { reportOpenStatements } from "../../resourcePolicy";
import { ResourceRule } from "../../rule";
import { BUCKET_TYPES } from "../../types";

const ACCESS_POINT = "aws:s3/accessPoint:AccessPoint";
const ACCESS_POINT_POLICY = "aws:s3control/accessPointPolicy:AccessPointPolicy";

/** No policy of a bucket admits everybody. */
export const s3NoWildcardPrincipal: ResourceRule = {
  name: "s3-no-wildcard-principal",
  description:
    "No policy of a bucket or an access point allows anything to everybody without a condition that says who " +
    "that is.",
  severity: "critical",
  reason:
    "Such a statement publishes the data to the internet as soon as the public access block is off.",
  remediationSteps:
    "Name the principals, or fix the account, organization, source ARN or VPC endpoint in a condition.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
  also: [
    "CKV_AWS_70",
    "S3.2",
    "S3.3",
    "s3_bucket_policy_public_write_access",
    "s3_bucket_public_access",
  ],
  types: [BUCKET_POLICY, ACCESS_POINT, ACCESS_POINT_POLICY, ...BUCKET_TYPES],
  check: (resource, report) => reportOpenStatements(resource, "policy", "bucket", report),
};

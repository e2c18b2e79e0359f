import { KMS_KEY_POLICY, KMS_KEY_TYPES } from "../../kms";
import { reportOpenStatements } from "../../resourcePolicy";
import { ResourceRule } from "../../rule";

/** No key policy admits everybody. */
export const kmsNoWildcardPrincipal: ResourceRule = {
  name: "kms-no-wildcard-principal",
  description:
    "No key policy allows anything to everybody without a condition that says who that is.",
  severity: "critical",
  reason:
    "Everybody with an AWS account could then use the key: read what it encrypts, or delete it.",
  remediationSteps:
    "Name the principals, or fix the account with kms:CallerAccount or the organization with aws:PrincipalOrgID.",
  url: "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
  also: ["CKV_AWS_33", "KMS.5", "kms_key_not_publicly_accessible"],
  types: [...KMS_KEY_TYPES, KMS_KEY_POLICY],
  check: (resource, report) => reportOpenStatements(resource, "policy", "key", report),
};

import { ROLE } from "../../documents";
import { reportOpenStatements } from "../../resourcePolicy";
import { ResourceRule } from "../../rule";

/** A role names who may assume it. */
export const iamNoTrustWildcard: ResourceRule = {
  name: "iam-no-trust-wildcard",
  description: "No role can be assumed by everybody.",
  severity: "critical",
  reason:
    "With the principal * anybody who has an AWS account, his own, can work as the role and read what it reads.",
  remediationSteps:
    "Name the service, account or role in Principal, or add a condition such as aws:PrincipalOrgID.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
  also: ["CKV_AWS_60"],
  types: [ROLE],
  check: (role, report) => reportOpenStatements(role, "assumeRolePolicy", "role", report),
};

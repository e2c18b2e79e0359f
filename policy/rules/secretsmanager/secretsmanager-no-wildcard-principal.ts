import { reportOpenStatements } from "../../resourcePolicy";
import { ResourceRule } from "../../rule";

/** No secret's policy admits everybody. */
export const secretsmanagerNoWildcardPrincipal: ResourceRule = {
  name: "secretsmanager-no-wildcard-principal",
  description:
    "No policy of a secret allows anything to everybody without a condition that says who that is.",
  severity: "critical",
  reason: "Everybody with an AWS account could then read the secret.",
  remediationSteps:
    "Name the principals, or fix the account or organization in a condition; set blockPublicPolicy to true.",
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html",
  also: ["secretsmanager_not_publicly_accessible"],
  types: ["aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretPolicy:SecretPolicy"],
  check: (resource, report) => reportOpenStatements(resource, "policy", "secret", report),
};

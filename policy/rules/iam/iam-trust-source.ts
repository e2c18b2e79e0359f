import { ROLE, checkStatements, mayAllow, servicesOf, trustIn } from "../../documents";
import { isNarrowed } from "../../resourcePolicy";
import { ResourceRule } from "../../rule";

/** A service works as a role for this account only, not for whoever else uses the service. */
export const iamTrustSource: ResourceRule = {
  name: "iam-trust-source",
  description:
    "A role that a service assumes says for which account or resource, where the service tells it.",
  severity: "medium",
  reason:
    "A service that works for everybody can be made to use the role for another account's resource: the " +
    "confused deputy.",
  remediationSteps:
    'Add StringEquals { "aws:SourceAccount": "<account>" } or ArnLike { "aws:SourceArn": "<ARN>" } to the ' +
    "Condition of the statement; with IfExists where the service may send neither, as Glue, Lambda and Redshift.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
  also: ["iam_role_cross_service_confused_deputy_prevention"],
  parameters: {
    withoutSource: {
      type: "array",
      items: { type: "string" },
      description: "Services whose roles need no condition, as they send neither key.",
      // Its page on roles shows a trust policy without either; an instance's role is of its own account:
      // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
      default: ["ec2.amazonaws.com"],
    },
  },
  types: [ROLE],
  check: (role, report, { withoutSource }) =>
    checkStatements(role, trustIn(role), report, (statement, where) => {
      if (!mayAllow(statement)) {
        return;
      }
      const silent = (withoutSource as readonly string[]).map(plainName);
      const services = servicesOf(statement).filter(
        (service) => !silent.includes(plainName(service)),
      );
      if (services.length > 0 && !isNarrowed(statement, SOURCES, true)) {
        report(
          `${where} lets ${services.join(", ")} assume the role for any account; a condition that ` +
            "fixes aws:SourceAccount or aws:SourceArn is needed.",
        );
      }
    }),
};

const SOURCES = ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"];

/** A service's name without the region and the ending that a partition gives it. */
function plainName(service: string): string {
  return service.replace(/^([^.]+)(\.[a-z]{2}(-[a-z]+)+-\d)?\.amazonaws\.com(\.cn)?$/, "$1");
}

import { ROLE, checkStatements, servicesOf, trustIn } from "../../documents";
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
    "Condition of the statement. A service that sends neither goes into the rule's parameter withoutSource.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
  also: ["iam_role_cross_service_confused_deputy_prevention"],
  parameters: {
    withoutSource: {
      type: "array",
      items: { type: "string" },
      description:
        "Services that are not documented to send aws:SourceAccount or aws:SourceArn when they assume a role: " +
        "a condition on these would keep them out.",
      // Their pages on the role that they assume show a trust policy without either key:
      // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
      // https://docs.aws.amazon.com/glue/latest/dg/create-an-iam-role.html
      // https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
      // https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service-database-users.html
      // https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-security-other-services.html
      default: [
        "ec2.amazonaws.com",
        "glue.amazonaws.com",
        "lambda.amazonaws.com",
        "redshift.amazonaws.com",
        "redshift-serverless.amazonaws.com",
      ],
    },
  },
  types: [ROLE],
  check: (role, report, { withoutSource }) =>
    checkStatements(role, trustIn(role), report, (statement, where) => {
      if (statement.Effect !== "Allow") {
        return;
      }
      const silent = (withoutSource as readonly string[]).map(plainName);
      const services = servicesOf(statement).filter(
        (service) => !silent.includes(plainName(service)),
      );
      if (services.length > 0 && !isNarrowed(statement, SOURCES)) {
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

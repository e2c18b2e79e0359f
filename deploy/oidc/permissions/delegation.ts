import { iamArn } from "../../../components/roleDefaults";
import type { ProgramStack } from "../stackSettings";
import { type Area, allow } from "./area";
import { nodePurposes, ownArn, pipelineRoles } from "./identity";

/**
 * Services that the program hands its roles to, by the purpose in a role's name. EMR's own role, and that of its
 * notebooks, are handed on by the environment's tasks, not by the program. EC2 has a principal of its own in China.
 */
function handedTo(program: ProgramStack): Readonly<Record<string, readonly string[]>> {
  const ec2 = `ec2.${program.location.dnsSuffix}`;
  return {
    execution: ["airflow.amazonaws.com", "airflow-env.amazonaws.com"],
    "redshift-copy": ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"],
    "flow-logs": ["vpc-flow-logs.amazonaws.com"],
    ...Object.fromEntries(
      Object.entries(pipelineRoles(program)).filter(([, services]) => services.length > 0),
    ),
    ...Object.fromEntries(nodePurposes(program).map((purpose) => [purpose, [ec2]])),
  };
}

/** Services that make a role of their own when they are first used in an account. */
const SERVICE_LINKED: Readonly<Record<string, string>> = {
  // https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-slr.html
  "airflow.amazonaws.com": "AWSServiceRoleForAmazonMWAA",
  // https://docs.aws.amazon.com/redshift/latest/mgmt/using-service-linked-roles.html
  "redshift.amazonaws.com": "AWSServiceRoleForRedshift",
};

/** What services get from the program: its roles, and the right to make their own. */
export function delegation(program: ProgramStack): Area {
  const { location, settings } = program;
  const { executionRoleArn } = settings.environment;
  return {
    read: [],
    write: [
      // The star stands for what the provider puts at the end of a name to make it unique.
      ...Object.entries(handedTo(program)).map(([purpose, services]) =>
        allow(
          sid("Pass", purpose),
          ["iam:PassRole"],
          purpose === "execution" && executionRoleArn !== undefined
            ? executionRoleArn
            : ownArn(program, "role", purpose),
          { StringEquals: { "iam:PassedToService": services } },
        ),
      ),
      allow(
        "LetServicesMakeTheirOwn",
        ["iam:CreateServiceLinkedRole"],
        Object.entries(SERVICE_LINKED).map(([service, role]) =>
          iamArn(location, "role", role, { path: `/aws-service-role/${service}/` }),
        ),
        { StringEquals: { "iam:AWSServiceName": Object.keys(SERVICE_LINKED) } },
      ),
    ],
  };
}

/** A statement's id, which takes letters and digits only. */
function sid(verb: string, purpose: string): string {
  return (
    verb +
    purpose
      .split("-")
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join("")
  );
}

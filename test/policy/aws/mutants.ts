import { Mutant, find } from "../mutant";

const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const PARAMETER = "aws:ssm/parameter:Parameter";
const rule = "aws-property-constraints";

/** Breaking changes to the arguments of a shipped stack that AWS's schemas refuse. */
export const mutants: readonly Mutant[] = [
  {
    rule,
    what: "a security group's description has an apostrophe (a pattern)",
    mutate: (resources) => {
      find(resources, GROUP, "emr-service-access").props.description = "EMR's own interface";
    },
    resource: "emr-service-access",
  },
  {
    rule,
    what: "a role's description is too long (a length)",
    mutate: (resources) => {
      find(resources, "aws:iam/role:Role", "emr-ec2").props.description = "a".repeat(1001);
    },
    resource: "emr-ec2",
  },
  {
    rule,
    what: "a parameter is of a tier that there is not (a choice)",
    mutate: (resources) => {
      find(resources, PARAMETER, "variables-REGION").props.tier = "Huge";
    },
    resource: "variables-REGION",
  },
  {
    rule,
    what: "an environment has more schedulers than there may be (a range)",
    mutate: (resources) => {
      find(resources, "aws:mwaa/environment:Environment", "airflow-environment").props.schedulers =
        6;
    },
    resource: "airflow-environment",
    alsoBreaks: ["mwaa-class-and-workers"],
  },
  {
    rule: "aws-type-is-judged",
    what: "a parameter is of a type that nothing is known of",
    mutate: (resources) => {
      const parameter = find(resources, PARAMETER, "variables-REGION");
      return resources.map((r) =>
        r === parameter ? { ...r, type: "aws:ssm/parameters:Parameters" } : r,
      );
    },
    resource: "variables-REGION",
  },
];

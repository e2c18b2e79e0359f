import names from "../../cloudformation/names.json";
import { constraintsOf, fileOf } from "../../constraints";
import { violations } from "../../cloudformation/violations";
import { ResourceRule } from "../../rule";

/** Arguments are what AWS's own schemas take. */
export const awsPropertyConstraints: ResourceRule = {
  name: "aws-property-constraints",
  description: "The arguments of a resource fit what AWS's own schema of it says.",
  severity: "high",
  reason:
    "The engine and the provider check types and little more; AWS refuses the rest when the resource is created, with " +
    "half of the stack there already.",
  remediationSteps:
    "Give the argument a value that the message allows: the pattern, length, range and choice are those of the " +
    "resource's schema in CloudFormation's registry, or of the service's API.",
  url: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html",
  types: Object.keys(names.types),
  check: ({ type, props }, report) => {
    const constraints = constraintsOf(type);
    if (constraints === undefined) {
      throw new Error(`${fileOf(type)} is missing: npm run schemas makes it.`);
    }
    for (const violation of violations(props, constraints)) {
      report(`${violation.slice(0, -1)} (${constraints.type}).`);
    }
  },
};

import names from "../../cloudformation/names.json";
import { StackRule } from "../../rule";

/** Types whose arguments nothing is known of are named. */
export const awsTypeIsJudged: StackRule = {
  name: "aws-type-is-judged",
  description: "Every type of resource is one that aws-property-constraints knows the schema of.",
  severity: "low",
  reason:
    "What aws-property-constraints does not know it passes; a list of it shows how far its word goes.",
  remediationSteps:
    "Add the type to policy/cloudformation/names.json and run npm run schemas, or switch the rule off.",
  url: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html",
  subjects: ({ resources }) => {
    const known = [...Object.keys(names.types), ...Object.keys(names.without)];
    const strange = resources.filter(
      ({ type }) => type.startsWith("aws:") && !known.includes(type),
    );
    return strange.filter(({ type }, i) => strange.findIndex((one) => one.type === type) === i);
  },
  checkInStack: ({ type }, _graph, report) => {
    report(`${type} is not judged: names.json does not have it.`);
  },
};

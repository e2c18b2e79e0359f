import { isEveryAction, meant } from "../../actions";
import {
  PERMISSION_TYPES,
  Statement,
  checkStatements,
  isAnyResource,
  mayAllow,
  permissionsIn,
  values,
} from "../../documents";
import { ResourceRule } from "../../rule";

/** A policy allows each action on the resources that it names. */
export const iamNoResourceWildcard: ResourceRule = {
  name: "iam-no-resource-wildcard",
  description:
    "A policy of a role, group or user allows no action on every resource, unless the action takes none.",
  severity: "high",
  reason:
    'With "*" a task that needs one bucket, key or table can use those of every other team in the account.',
  remediationSteps:
    "Name the ARNs of the resources, with a wildcard at the end of a path at most. Actions that take no " +
    'resource go into a statement of their own, with Resource "*".',
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
  also: [
    "CKV_AWS_286",
    "CKV_AWS_287",
    "CKV_AWS_288",
    "CKV_AWS_289",
    "CKV_AWS_290",
    "CKV_AWS_355",
    "IAM5",
    "AVD-AWS-0057",
  ],
  parameters: {
    unlimited: {
      type: "array",
      items: { type: "string" },
      description:
        "Actions that are allowed on every resource, although they take one. Metrics belong to no resource: " +
        "only those of OpenTelemetry go to a dataset.",
      default: ["cloudwatch:PutMetricData"],
    },
  },
  types: PERMISSION_TYPES,
  check: (resource, report, { unlimited }) =>
    checkStatements(resource, permissionsIn(resource), report, (statement, where) => {
      const resources = values(statement.Resource).filter(isAnyResource);
      if (!mayAllow(statement) || resources.length === 0) {
        return;
      }
      const taking = actionsThatTakeOne(statement, unlimited as readonly string[]);
      if (taking.length > 0) {
        report(
          `${where} allows ${taking.join(", ")} on "${resources.join('", "')}"; name resources.`,
        );
      }
    }),
};

/** The actions of a statement that take a resource, with the types of it. */
function actionsThatTakeOne(
  { Action, NotAction }: Statement,
  unlimited: readonly string[],
): string[] {
  if (NotAction !== undefined) {
    return [`all but ${values(NotAction).join(", ")}`];
  }
  const exempt = unlimited.map((action) => action.toLowerCase());
  return values(Action).flatMap((text) => {
    if (isEveryAction(text)) {
      return ["every action"];
    }
    const types = meant(text)
      .filter(({ name }) => !exempt.includes(`${text.split(":")[0]}:${name}`.toLowerCase()))
      .flatMap(({ resourceTypes }) => resourceTypes.map(({ name }) => name));
    return types.length > 0 ? [`${text} (it takes ${some([...new Set(types)])})`] : [];
  });
}

const SHOWN = 3;

function some(types: readonly string[]): string {
  return types.length > SHOWN
    ? `${types.slice(0, SHOWN).join(", ")} and ${types.length - SHOWN} more`
    : types.join(", ");
}

import { WORKGROUP } from "../../redshift";
import { ResourceRule } from "../../rule";

/** A query can cost only so much. */
export const redshiftserverlessMaxCapacity: ResourceRule = {
  name: "redshiftserverless-max-capacity",
  description:
    "A Redshift Serverless workgroup has a greatest capacity, and it is not above `highest`.",
  severity: "medium",
  reason:
    "Without one the service scales a workgroup as far as the account lets it, and bills each second of " +
    "it.",
  remediationSteps:
    "Set maxCapacity of the aws.redshiftserverless.Workgroup, in Redshift processing units.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-billing-on-demand.html",
  parameters: {
    highest: {
      type: "integer",
      minimum: 1,
      description: "Greatest capacity that is allowed, in Redshift processing units.",
      default: 128,
    },
  },
  types: [WORKGROUP],
  check: ({ name, props }, report, { highest }) => {
    const capacity = props.maxCapacity as number | undefined | null;
    if (capacity === undefined || capacity === null) {
      report(
        `maxCapacity of the workgroup ${name} is missing; at most ${String(highest)} is needed.`,
      );
    } else if (capacity > (highest as number)) {
      report(
        `maxCapacity of the workgroup ${name} is ${capacity}; at most ${String(highest)} is needed.`,
      );
    }
  },
};

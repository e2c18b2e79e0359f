import { NAMESPACE } from "../../redshift";
import { ResourceRule } from "../../rule";
import { textOf } from "../../text";

const DEFAULT_NAME = "admin";

/** The administrator has another name than the one that everybody tries first. */
export const redshiftserverlessAdminName: ResourceRule = {
  name: "redshiftserverless-admin-name",
  description:
    "The administrator of a Redshift Serverless namespace is not called by the default name.",
  severity: "low",
  reason: "A name that is known is half of what a guess needs.",
  remediationSteps:
    "Set adminUsername of the aws.redshiftserverless.Namespace to another name before the namespace is " +
    "made.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/redshiftserverless-controls.html",
  also: ["RedshiftServerless.5"],
  types: [NAMESPACE],
  check: ({ name, props }, report) => {
    // The service calls the administrator so where nobody else does.
    const user = textOf(props.adminUsername) ?? DEFAULT_NAME;
    if (user.toLowerCase() === DEFAULT_NAME) {
      report(
        `The administrator of the namespace ${name} is called "${user}", the default; another name is needed.`,
      );
    }
  },
};

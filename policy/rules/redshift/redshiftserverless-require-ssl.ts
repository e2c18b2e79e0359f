import { objectsOf } from "../../lists";
import { WORKGROUP, isOn } from "../../redshift";
import { ResourceRule } from "../../rule";
import { shown } from "../../shown";

/** Connections to a workgroup without TLS are refused. */
export const redshiftserverlessRequireSsl: ResourceRule = {
  name: "redshiftserverless-require-ssl",
  description: "A Redshift Serverless workgroup states that it takes encrypted connections only.",
  severity: "medium",
  reason:
    "Where it is left out the service's default holds, which differs by the time when a workgroup was " +
    "made; a client may then send its password and data in the clear.",
  remediationSteps:
    'Add { parameterKey: "require_ssl", parameterValue: "true" } to configParameters of the ' +
    "aws.redshiftserverless.Workgroup.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-connecting.html",
  also: ["RedshiftServerless.2"],
  types: [WORKGROUP],
  check: ({ name, props }, report) => {
    const value = objectsOf(props.configParameters).find(
      ({ parameterKey }) => parameterKey === "require_ssl",
    )?.parameterValue;
    if (!isOn(value)) {
      report(
        `require_ssl among configParameters of the workgroup ${name} is ` +
          `${typeof value === "string" ? `"${value}"` : shown(value)}; "true" is needed.`,
      );
    }
  },
};

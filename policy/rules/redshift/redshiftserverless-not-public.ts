import { WORKGROUP, isOn } from "../../redshift";
import { ResourceRule } from "../../rule";

/** A serverless workgroup has no public address. */
export const redshiftserverlessNotPublic: ResourceRule = {
  name: "redshiftserverless-not-public",
  description: "A Redshift Serverless workgroup is not publicly accessible.",
  severity: "high",
  reason:
    "A public workgroup has an address on the internet, where its password can be tried from everywhere.",
  remediationSteps:
    "Leave publiclyAccessible of the aws.redshiftserverless.Workgroup out, or set it to false; reach it " +
    "by the Redshift Data API or from inside the VPC.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/redshiftserverless-controls.html",
  also: ["RedshiftServerless.3"],
  types: [WORKGROUP],
  check: ({ name, props }, report) => {
    if (isOn(props.publiclyAccessible)) {
      report(`publiclyAccessible of the workgroup ${name} is true; false is needed.`);
    }
  },
};

import { isGiven } from "../../environments";
import { NAMESPACE, isOn } from "../../redshift";
import { ResourceRule } from "../../rule";
import { shown } from "../../shown";

/** The password of the administrator is created, kept and rotated by Secrets Manager. */
export const redshiftserverlessManagedPassword: ResourceRule = {
  name: "redshiftserverless-managed-password",
  description: "The password of a Redshift Serverless administrator is managed in Secrets Manager.",
  severity: "high",
  reason: "A password that a program gives lies in its state and settings, and nobody changes it.",
  remediationSteps:
    "Set manageAdminPassword of the aws.redshiftserverless.Namespace to true and remove " +
    "adminUserPassword and adminUserPasswordWo.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-secrets-manager-integration.html",
  types: [NAMESPACE],
  check: ({ name, props }, report) => {
    for (const property of ["adminUserPassword", "adminUserPasswordWo"]) {
      if (isGiven(() => props[property])) {
        report(
          `The namespace ${name} is given ${property}; remove it and set manageAdminPassword.`,
        );
      }
    }
    if (!isOn(props.manageAdminPassword)) {
      report(
        `manageAdminPassword of the namespace ${name} is ${shown(props.manageAdminPassword)}; true is needed.`,
      );
    }
  },
};

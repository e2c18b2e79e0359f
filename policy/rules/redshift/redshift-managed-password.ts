import { isGiven } from "../../environments";
import { CLUSTER, isOn } from "../../redshift";
import { ResourceRule } from "../../rule";
import { shown } from "../../shown";

/** The password of the administrator is created, kept and rotated by Secrets Manager. */
export const redshiftManagedPassword: ResourceRule = {
  name: "redshift-managed-password",
  description: "The password of a Redshift cluster's administrator is managed in Secrets Manager.",
  severity: "high",
  reason: "A password that a program gives lies in its state and settings, and nobody changes it.",
  remediationSteps:
    "Set manageMasterPassword of the aws.redshift.Cluster to true and remove masterPassword and " +
    "masterPasswordWo.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-secrets-manager-integration.html",
  types: [CLUSTER],
  check: ({ name, props }, report) => {
    for (const property of ["masterPassword", "masterPasswordWo"]) {
      if (isGiven(() => props[property])) {
        report(`The cluster ${name} is given ${property}; remove it and set manageMasterPassword.`);
      }
    }
    if (!isOn(props.manageMasterPassword)) {
      report(
        `manageMasterPassword of the cluster ${name} is ${shown(props.manageMasterPassword)}; true is needed.`,
      );
    }
  },
};

import { CLUSTER } from "../../redshift";
import { ResourceRule } from "../../rule";
import { textOf } from "../../text";

const DEFAULT_USER = "awsuser";
const DEFAULT_DATABASE = "dev";

/** Administrator and database have other names than those that everybody tries first. */
export const redshiftNotDefaultName: ResourceRule = {
  name: "redshift-not-default-name",
  description:
    "A Redshift cluster's administrator and first database are not called by the default names.",
  severity: "low",
  reason: "Names that are known are half of what a guess needs.",
  remediationSteps:
    "Set masterUsername and databaseName of the aws.redshift.Cluster to other names than awsuser and dev " +
    "before the cluster is created.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/redshift-controls.html",
  also: ["CKV_AWS_320", "Redshift.8", "RS3"],
  types: [CLUSTER],
  check: ({ name, props }, report) => {
    const user = textOf(props.masterUsername);
    if (user?.toLowerCase() === DEFAULT_USER) {
      report(
        `The administrator of the cluster ${name} is called "${user}", the default (masterUsername); another name is needed.`,
      );
    }
    // Redshift calls the database so where nobody else does.
    const database = textOf(props.databaseName) ?? DEFAULT_DATABASE;
    if (database.toLowerCase() === DEFAULT_DATABASE) {
      report(
        `The database of the cluster ${name} is called "${database}", the default (databaseName); another name is needed.`,
      );
    }
  },
};

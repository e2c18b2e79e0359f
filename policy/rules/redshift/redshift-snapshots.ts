import { CLUSTER } from "../../redshift";
import { ResourceRule } from "../../rule";

/** What Redshift takes where nothing is said. */
const DEFAULT_DAYS = 1;

/** A cluster can be restored to a day of the last week. */
export const redshiftSnapshots: ResourceRule = {
  name: "redshift-snapshots",
  description: "A Redshift cluster keeps its automated snapshots for `days` days or more.",
  severity: "medium",
  reason:
    "A mistake that is found after the last snapshot has gone cannot be undone; the default is one day.",
  remediationSteps:
    "Set automatedSnapshotRetentionPeriod of the aws.redshift.Cluster to 7 or more.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-snapshots.html",
  also: ["CKV_AWS_343", "Redshift.3"],
  parameters: {
    days: {
      type: "integer",
      minimum: 1,
      maximum: 35,
      description: "Days that automated snapshots are to be kept.",
      default: 7,
    },
  },
  types: [CLUSTER],
  check: ({ name, props }, report, { days }) => {
    const kept =
      (props.automatedSnapshotRetentionPeriod as number | undefined | null) ?? DEFAULT_DAYS;
    if (kept < (days as number)) {
      report(
        `Automated snapshots of the cluster ${name} are kept for ${kept} days ` +
          `(automatedSnapshotRetentionPeriod); at least ${String(days)} are needed.`,
      );
    }
  },
};

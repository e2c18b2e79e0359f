import { EMR_CLUSTER } from "../../emr";
import { ResourceRule } from "../../rule";
import { known } from "../../unknown";
import { textOf } from "../../text";

/** The logs of a cluster outlive it. */
export const emrLogging: ResourceRule = {
  name: "emr-logging",
  description: "An EMR cluster writes its logs to S3.",
  severity: "medium",
  reason:
    "The logs of a step that failed go with the cluster otherwise, and its operators cannot show them.",
  remediationSteps: "Set logUri of the aws.emr.Cluster to a place on S3, as s3://bucket/emr-logs/.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-debugging.html",
  also: ["EMR2"],
  types: [EMR_CLUSTER],
  check: ({ name, props }, report) => {
    const uri = known(() => ({ is: textOf(props.logUri) ?? "" }));
    // One that is not known yet is one.
    if (uri !== undefined && !/^s3[an]?:\/\/./.test(uri.is)) {
      report(
        `logUri of the cluster ${name} is ${uri.is === "" ? "missing" : `"${uri.is}"`}; a place on S3 is needed.`,
      );
    }
  },
};

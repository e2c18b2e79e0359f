import { GLUE_JOB, isSpark, jobArgument } from "../../glue";
import { ResourceRule } from "../../rule";

const ARGUMENTS = ["--enable-metrics", "--enable-observability-metrics"];

/** What a job uses can be seen. */
export const glueJobMetrics: ResourceRule = {
  name: "glue-job-metrics",
  description: "A Spark job sends its metrics to CloudWatch.",
  severity: "low",
  reason:
    "Without them nobody can tell whether a slow job lacks workers or memory, or wastes them.",
  remediationSteps:
    'Set "--enable-metrics": "true" among defaultArguments of the aws.glue.Job; remove the argument ' +
    "where metrics are not wanted, since Glue takes any value for yes.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/monitor-profile-glue-job-cloudwatch-metrics.html",
  types: [GLUE_JOB],
  check: ({ name, props }, report) => {
    if (!isSpark(props)) {
      return;
    }
    const values = ARGUMENTS.map((argument) => jobArgument(props, argument));
    if (!values.includes("true")) {
      report(
        `The job ${name} has neither ${ARGUMENTS.join(" nor ")} "true"; one of them is needed.`,
      );
    }
  },
};

import { GLUE_JOB, isSpark, jobArgument } from "../../glue";
import { ResourceRule } from "../../rule";
import { shown } from "../../shown";

const ARGUMENT = "--enable-continuous-cloudwatch-log";
/** First version of Glue that logs so without being told. */
const ALWAYS = 5;

/** What a job does can be read while it runs. */
export const glueJobLogging: ResourceRule = {
  name: "glue-job-logging",
  description: "A Spark job's logs go to CloudWatch while it runs.",
  severity: "medium",
  reason:
    "Before Glue 5.0 the logs of a job are complete only after it has ended, and missing where it was " +
    "killed.",
  remediationSteps:
    'Set "--enable-continuous-cloudwatch-log": "true" among defaultArguments of the aws.glue.Job, or ' +
    "glueVersion to 5.0 or later, which always logs so.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging-enable.html",
  also: ["glue_etl_jobs_logging_enabled"],
  types: [GLUE_JOB],
  check: ({ name, props }, report) => {
    if (!isSpark(props) || parseFloat(shown(props.glueVersion ?? "0")) >= ALWAYS) {
      return;
    }
    const value = jobArgument(props, ARGUMENT);
    if (value !== "true") {
      report(
        `${ARGUMENT} of the job ${name} is ${value === undefined ? "missing" : `"${value}"`}; "true" is needed.`,
      );
    }
  },
};

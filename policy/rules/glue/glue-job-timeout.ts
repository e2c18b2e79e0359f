import { GLUE_JOB, jobKind } from "../../glue";
import { ResourceRule } from "../../rule";

/** A run that hangs ends. */
export const glueJobTimeout: ResourceRule = {
  name: "glue-job-timeout",
  description: "A Glue job has a timeout, and it is not above `longest` minutes.",
  severity: "medium",
  reason:
    "A run that hangs is billed until it ends: for a day or two by Glue's default, for ever in a stream.",
  remediationSteps: "Set timeout of the aws.glue.Job, in minutes.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html",
  parameters: {
    longest: {
      type: "integer",
      minimum: 1,
      description: "Longest timeout that is allowed, in minutes.",
      default: 480,
    },
  },
  types: [GLUE_JOB],
  check: ({ name, props }, report, { longest }) => {
    // Ray jobs take none, and a stream is meant to go on: Glue restarts it in its maintenance window.
    const kind = jobKind(props);
    if (kind === "glueray" || kind === "gluestreaming") {
      return;
    }
    const timeout = (props.timeout as number | undefined | null) ?? 0;
    if (timeout <= 0 || timeout > (longest as number)) {
      report(
        `timeout of the job ${name} is ${timeout <= 0 ? "missing" : `${timeout} minutes`}; one of at most ` +
          `${String(longest)} is needed.`,
      );
    }
  },
};

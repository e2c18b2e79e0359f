import { GLUE_JOB, isSpark, jobArgument } from "../../glue";
import { ResourceRule } from "../../rule";

const OPTIONS = ["job-bookmark-enable", "job-bookmark-disable", "job-bookmark-pause"];

/** What a second run does with what the first has read is decided. */
export const glueJobBookmarkOrIdempotent: ResourceRule = {
  name: "glue-job-bookmark-or-idempotent",
  description: "A Glue Spark job states whether it keeps bookmarks.",
  severity: "low",
  reason:
    "With a bookmark a run takes only what is new; without one it takes all again, which is right only " +
    "where it replaces what it wrote. Which of them holds should be said where the job is made.",
  remediationSteps:
    'Set "--job-bookmark-option" among defaultArguments of the aws.glue.Job to job-bookmark-enable, or ' +
    "to job-bookmark-disable where a run replaces its own output.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html",
  types: [GLUE_JOB],
  check: ({ name, props }, report) => {
    if (!isSpark(props)) {
      return;
    }
    const option = jobArgument(props, "--job-bookmark-option");
    if (option === undefined || !OPTIONS.includes(option)) {
      report(
        `--job-bookmark-option of the job ${name} is ${option === undefined ? "missing" : `"${option}"`}; one of ` +
          `${OPTIONS.join(", ")} is needed.`,
      );
    }
  },
};

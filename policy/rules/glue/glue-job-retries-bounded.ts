import { GLUE_JOB } from "../../glue";
import { ResourceRule } from "../../rule";

/** A failed run is repeated by one thing only. */
export const glueJobRetriesBounded: ResourceRule = {
  name: "glue-job-retries-bounded",
  description: "A Glue job is retried at most `highest` times by Glue itself.",
  severity: "low",
  reason:
    "A retry of Glue is a run of another id: what started the job, such as a state machine, sees the " +
    "first one fail, and may start a third beside it.",
  remediationSteps:
    "Set maxRetries of the aws.glue.Job to 0 and let the state machine or DAG retry, or raise this " +
    "rule's highest.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html",
  parameters: {
    highest: {
      type: "integer",
      minimum: 0,
      maximum: 10,
      description: "Retries that are allowed.",
      default: 0,
    },
  },
  types: [GLUE_JOB],
  check: ({ name, props }, report, { highest }) => {
    const retries = (props.maxRetries as number | undefined | null) ?? 0;
    if (retries > (highest as number)) {
      report(`maxRetries of the job ${name} is ${retries}; at most ${String(highest)} is needed.`);
    }
  },
};

import * as pulumi from "@pulumi/pulumi";

import { faultOf } from "../../../policy/states";

/** What the definition is made of. */
export interface TransformArgs {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  readonly jobName: string;
  /** Seconds after which an execution ends as TIMED_OUT, whatever it waits for. */
  readonly timeoutSeconds: number;
}

/** A state machine, or a branch of a Parallel state, in the Amazon States Language. */
export interface States {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * What Glue says when it has too much to do; repeated, since nothing was started. Throttling comes
 * under the general name of whichever SDK the integration uses.
 *
 * Source: https://repost.aws/knowledge-center/glue-throttling-rate-exceeded
 */
const BUSY = [
  "Glue.ThrottlingException",
  "Glue.AWSGlueException",
  "Glue.GlueException",
  "Glue.OperationTimeoutException",
  "Glue.InternalServiceException",
];

/**
 * Definition of the state machine that turns the Parquet files of a run's EMR steps into the two result
 * tables, by the Glue job. An execution's input is `{"run": <the run's folder>}`. docs/movielens-pipeline.md
 * maps its states to the post's, which had four Lambda functions and polled.
 *
 * Whatever fails goes through `Error`, which words it, to `Failed`, which carries it out as the
 * execution's error and cause. That leaves only the timeout of the whole without a cause.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
 */
export function transformDefinition(
  args: TransformArgs,
): States & Readonly<Record<string, unknown>> {
  return {
    Comment: "Most popular and top rated films of a run",
    QueryLanguage: "JSONata",
    TimeoutSeconds: args.timeoutSeconds,
    StartAt: "Try",
    States: {
      Try: {
        Type: "Parallel",
        Branches: [work(args)],
        Catch: [
          { ErrorEquals: ["States.ALL"], Output: "{% $states.errorOutput %}", Next: "Error" },
        ],
        Next: "Done",
      },
      Done: { Type: "Succeed" },
      Error: {
        Type: "Pass",
        Comment: "A failed job run is the cause as JSON: its own message is in there",
        Output: { Error: "{% $states.input.Error %}", Cause: `{% ${CAUSE} %}` },
        Next: "Failed",
      },
      Failed: {
        Type: "Fail",
        Error: "{% $states.input.Error %}",
        Cause: "{% $states.input.Cause %}",
      },
    },
  };
}

/** Glue's own message, with the run that it is about; else the cause as it is, if there is one. */
const CAUSE = `(
  $cause := $states.input.Cause;
  $run := $substring($cause, 0, 1) = '{' ? $parse($cause) : {};
  $exists($run.JobRunState)
    ? $run.JobName & ' ' & $run.Id & ' is ' & $run.JobRunState
      & ($run.ErrorMessage ? ': ' & $run.ErrorMessage : '')
    : $cause ? $cause : $states.input.Error
)`.replace(/\s+/g, " ");

/** The run whose files the job reads. */
const RUN = `$exists($states.input.run) ? $states.input.run
  : $error('The input has no "run": give {"run": "<name of a folder below output/>"}')`.replace(
  /\s+/g,
  " ",
);

function work(args: TransformArgs): States {
  return {
    StartAt: "Process Data",
    States: {
      "Process Data": {
        Type: "Task",
        // Waits for the run, and stops it when the execution is aborted.
        // https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
        Resource: `arn:${args.partition}:states:::glue:startJobRun.sync`,
        Arguments: { JobName: args.jobName, Arguments: { "--run": `{% ${RUN} %}` } },
        Retry: [
          retry(BUSY),
          // Overlapping runs have as many jobs as they may have: theirs end.
          {
            ErrorEquals: ["Glue.ConcurrentRunsExceededException"],
            IntervalSeconds: 30,
            BackoffRate: 1,
            MaxAttempts: 120,
          },
        ],
        End: true,
      },
    },
  };
}

/** Waits of at most 5, 10, 20, 40, 60 and 60 seconds, spread so that callers do not meet again. */
function retry(errors: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    ErrorEquals: errors,
    IntervalSeconds: 5,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
    MaxAttempts: 6,
    JitterStrategy: "FULL",
  };
}

/**
 * A definition as JSON.
 *
 * @throws when it is not valid in the Amazon States Language, with all that is wrong
 */
export function validDefinition(stateMachineName: string, definition: object): string {
  const text = JSON.stringify(definition);
  const fault = faultOf(text);
  if (fault !== undefined) {
    throw new pulumi.RunError(
      `The definition of the state machine ${stateMachineName} is not valid in the Amazon States ` +
        `Language: ${fault}. Correct components/pipelines/movielens/stateMachine.ts.`,
    );
  }
  return text;
}

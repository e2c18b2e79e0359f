import type { MovielensNames } from "./names";

/** Patterns of the names of the pipeline's log groups, which the stack's key has to admit. */
export function movielensLogPatterns(names: MovielensNames): string[] {
  return [`${jobLogPrefix(names.jobName)}/*`, stateMachineLogGroupName(names.stateMachineName)];
}

/** Beginning of the names of the job's log groups. */
export function jobLogPrefix(jobName: string): string {
  return `/aws-glue/jobs/${jobName}`;
}

/**
 * Name of the state machine's log group. Under this prefix Step Functions needs no entry for each
 * group in the account's resource policy of logs, which is short.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
 */
export function stateMachineLogGroupName(stateMachineName: string): string {
  return `/aws/vendedlogs/states/${stateMachineName}`;
}

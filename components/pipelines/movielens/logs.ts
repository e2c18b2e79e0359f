import type { IamSettings } from "../../../checks/iam";
import { rolePrefix } from "../../../checks/names";
import type { MovielensNames } from "./names";

/** Patterns of the names of the pipeline's log groups, which the stack's key has to admit. */
export function movielensLogPatterns(
  environmentName: string,
  names: MovielensNames,
  iam?: IamSettings,
): string[] {
  return [
    `${jobLogPrefix(names.jobName)}/*`,
    `${crawlerRoleLogs(iam)}${rolePrefix(environmentName, "crawler")}*`,
    stateMachineLogGroupName(names.stateMachineName),
  ];
}

/** The crawlers' logs of an account, where Glue encrypts none with a key of the account. */
export const CRAWLER_LOGS = "/aws-glue/crawlers";

/**
 * Beginning of a crawler's log group otherwise: the role's name and the security configuration follow. Glue
 * knows a role by path and name.
 *
 * Source: https://docs.aws.amazon.com/glue/latest/dg/console-security-configurations.html
 */
export function crawlerRoleLogs(iam?: IamSettings): string {
  return `/aws-glue/crawlers-role${iam?.path ?? "/"}`;
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

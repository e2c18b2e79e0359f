import { fitName, stackIdentity } from "../../../checks/names";

/** Names of what the MovieLens pipeline is made of; each is the account's own in its region. */
export interface MovielensNames {
  /** Database of the Glue Data Catalog. */
  readonly databaseName: string;
  /** Glue job. */
  readonly jobName: string;
  readonly stateMachineName: string;
  /** Beginning of the names of the pipeline's Systems Manager parameters. */
  readonly parametersPath: string;
}

/** Stacks that have the post's own names. */
const POST_STACKS = ["dev", "local"];

// So that the longest of the names stays within a state machine's 80 characters.
const MAX_SUFFIX = 24;

/**
 * Names of a stack's MovieLens pipeline: the post's in `dev` and `local`, and in any other stack with the
 * stack's name in each, and that of a project which is called otherwise than this one, so that two fit in
 * one account.
 *
 * Source: https://aws.amazon.com/blogs/big-data/building-complex-workflows-with-amazon-mwaa-aws-step-functions-aws-glue-and-amazon-emr/
 */
export function movielensNames(deployment: {
  readonly project: string;
  readonly stack: string;
}): MovielensNames {
  const suffix = POST_STACKS.includes(deployment.stack)
    ? undefined
    : fitName(stackIdentity(deployment), { maxLength: MAX_SUFFIX, filler: "-" });
  const named = (name: string): string => (suffix === undefined ? name : `${name}-${suffix}`);
  return {
    databaseName: named("mwaa-movielens-demo-db"),
    jobName: named("mwaa-movielens-glue-job"),
    stateMachineName: named("Movielens-Transform-job"),
    parametersPath: suffix === undefined ? "/mwaa" : `/mwaa/${suffix}`,
  };
}

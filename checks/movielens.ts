import { fitName } from "./names";

/** Names of what the MovieLens pipeline is made of; each is the account's own in its region. */
export interface MovielensNames {
  /** Database of the Glue Data Catalog. */
  readonly databaseName: string;
  /** Glue job. */
  readonly jobName: string;
  /** Crawler of the most popular films. */
  readonly popularCrawlerName: string;
  /** Crawler of the top rated films. */
  readonly topRatedCrawlerName: string;
  readonly stateMachineName: string;
  /** Beginning of the names of the pipeline's Systems Manager parameters. */
  readonly parametersPath: string;
}

/** Stacks that have the post's own names. */
const POST_STACKS = ["dev", "local"];

// So that the longest of the names stays within a state machine's 80 characters.
const MAX_SUFFIX = 24;

/**
 * Names of a stack's MovieLens pipeline: the post's, and in any stack but `dev` and `local` with the
 * stack's name in each, so that two fit in one account.
 *
 * Source: https://aws.amazon.com/blogs/big-data/building-complex-workflows-with-amazon-mwaa-aws-step-functions-aws-glue-and-amazon-emr/
 */
export function movielensNames(stack: string): MovielensNames {
  const suffix = POST_STACKS.includes(stack)
    ? undefined
    : fitName(stack, { maxLength: MAX_SUFFIX, filler: "-" });
  const named = (name: string): string => (suffix === undefined ? name : `${name}-${suffix}`);
  return {
    databaseName: named("mwaa-movielens-demo-db"),
    jobName: named("mwaa-movielens-glue-job"),
    popularCrawlerName: named("mwaa-movielens-curated-crawler-popular-movies"),
    topRatedCrawlerName: named("mwaa-movielens-curated-crawler-toprated-movies"),
    stateMachineName: named("Movielens-Transform-job"),
    parametersPath: suffix === undefined ? "/mwaa" : `/mwaa/${suffix}`,
  };
}

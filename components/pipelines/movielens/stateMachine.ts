import * as pulumi from "@pulumi/pulumi";

import { faultOf } from "../../../policy/states";

/** Seconds between two looks at a crawler, and before the next attempt to start one that is running. */
const CRAWLER_WAIT_SECONDS = 15;

/** What the definition is made of. */
export interface TransformArgs {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  readonly jobName: string;
  /** Crawler of the most popular films. */
  readonly popularCrawlerName: string;
  /** Crawler of the top rated films. */
  readonly topRatedCrawlerName: string;
  /** Bucket that the job writes into. */
  readonly dataBucketName: string;
  /** Prefix of the most popular films in it, with a slash at its end. */
  readonly popularPrefix: string;
  /** Prefix of the top rated films in it, with a slash at its end. */
  readonly topRatedPrefix: string;
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
 * Definition of the state machine that turns the Parquet files of the EMR steps into the two result
 * tables: the Glue job, then both crawlers side by side. docs/movielens-pipeline.md maps its states to
 * the post's, which had four Lambda functions and polled.
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
    Comment: "Most popular and top rated films: Glue job, then crawlers",
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

function work(args: TransformArgs): States {
  return {
    StartAt: "Process Data",
    States: {
      "Process Data": {
        Type: "Task",
        // Waits for the run, and stops it when the execution is aborted.
        // https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
        Resource: `arn:${args.partition}:states:::glue:startJobRun.sync`,
        Arguments: { JobName: args.jobName },
        // A run counts for a moment after it has ended.
        Retry: [retry([...BUSY, "Glue.ConcurrentRunsExceededException"])],
        Next: "Run Glue Crawler",
      },
      "Run Glue Crawler": {
        Type: "Parallel",
        Branches: [
          crawl(args, args.popularCrawlerName, args.popularPrefix, "Popular Movies"),
          crawl(args, args.topRatedCrawlerName, args.topRatedPrefix, "Top Rated Movies"),
        ],
        End: true,
      },
    },
  };
}

/**
 * One crawl from its start to its end. Step Functions has no pattern that waits for a crawler.
 *
 * A crawl of nothing succeeds and leaves the table as it was, so the files are looked for first.
 */
function crawl(
  { partition, dataBucketName }: TransformArgs,
  crawlerName: string,
  prefix: string,
  label: string,
): States {
  const glue = (action: string): string => `arn:${partition}:states:::aws-sdk:glue:${action}`;
  const task = (action: string): Record<string, unknown> => ({
    Type: "Task",
    Resource: glue(action),
    Arguments: { Name: crawlerName },
    Retry: [retry(BUSY)],
  });
  const find = `Find ${label}`;
  const there = `Are ${label} There`;
  const missing = `${label} Missing`;
  const start = `Crawl ${label}`;
  const busy = `Await Crawler of ${label}`;
  const wait = `Await ${label}`;
  const look = `Get Crawler of ${label}`;
  const decide = `Are ${label} Crawled`;
  const done = `${label} Crawled`;
  const failed = `${label} Not Crawled`;
  return {
    StartAt: find,
    States: {
      [find]: {
        Type: "Task",
        Resource: `arn:${partition}:states:::aws-sdk:s3:listObjectsV2`,
        Arguments: { Bucket: dataBucketName, Prefix: prefix, MaxKeys: 1 },
        Next: there,
      },
      [there]: {
        Type: "Choice",
        Choices: [{ Condition: "{% $states.input.KeyCount > 0 %}", Next: start }],
        Default: missing,
      },
      [missing]: {
        Type: "Fail",
        Error: "NothingToCrawl",
        Cause: `There is nothing below s3://${dataBucketName}/${prefix}: the job wrote no result`,
      },
      [start]: {
        ...task("startCrawler"),
        // Somebody else's crawl may have begun before the job wrote, so it is let pass only.
        Catch: [{ ErrorEquals: ["Glue.CrawlerRunningException"], Next: busy }],
        Next: wait,
      },
      [busy]: { Type: "Wait", Seconds: CRAWLER_WAIT_SECONDS, Next: start },
      [wait]: { Type: "Wait", Seconds: CRAWLER_WAIT_SECONDS, Next: look },
      [look]: { ...task("getCrawler"), Next: decide },
      [decide]: {
        Type: "Choice",
        Choices: [
          { Condition: "{% $states.input.Crawler.State != 'READY' %}", Next: wait },
          { Condition: "{% $states.input.Crawler.LastCrawl.Status = 'SUCCEEDED' %}", Next: done },
        ],
        Default: failed,
      },
      [done]: { Type: "Succeed" },
      [failed]: {
        Type: "Fail",
        Error: "CrawlFailed",
        Cause: `{% ${CRAWL_CAUSE} %}`,
      },
    },
  };
}

/** Glue's own message, with the crawler that it is about. */
const CRAWL_CAUSE = `(
  $crawler := $states.input.Crawler;
  $crawl := $crawler.LastCrawl;
  'Crawler ' & $crawler.Name & ': its last crawl is ' & ($crawl.Status ? $crawl.Status : 'missing')
    & ($crawl.ErrorMessage ? ': ' & $crawl.ErrorMessage : '')
)`.replace(/\s+/g, " ");

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

import { type Field, matching, oneOf, readFields, whole } from "./fields";
import type { Problem } from "./problem";

/** EMR clusters that the pipelines make for a run and take down after it. */
export interface EmrSettings {
  /** Release of EMR. Default `emr-7.13.0`. */
  readonly releaseLabel: string;
  /** Instance type of the primary node. Default `m5.xlarge`. */
  readonly masterInstanceType: string;
  /** Instance type of the core nodes. Default `m5.xlarge`. */
  readonly coreInstanceType: string;
  /** Number of core nodes, 1 to 100. Default 2. */
  readonly coreInstanceCount: number;
  /** How core nodes are bought. Default `ON_DEMAND`; a `SPOT` node can be taken away under a step. */
  readonly coreMarket: (typeof MARKETS)[number];
  /** Seconds of idleness after which EMR ends a forgotten cluster itself, 7200 to 604800. Default 7200. */
  readonly idleTimeoutSeconds: number;
  /** `s3://bucket/key` of a zip with certificates; with it, data in transit is encrypted. */
  readonly certificateObject?: string;
}

const MARKETS = ["ON_DEMAND", "SPOT"] as const;

/**
 * A cluster that a run still needs may be idle for as long as `extract_load_data` of
 * `mwaa_movielens_demo` takes with all its retries, an hour and a half; EMR must not end it meanwhile.
 */
const LEAST_IDLE_SECONDS = 7_200;

const DEFAULTS: EmrSettings = {
  releaseLabel: "emr-7.13.0",
  masterInstanceType: "m5.xlarge",
  coreInstanceType: "m5.xlarge",
  coreInstanceCount: 2,
  coreMarket: "ON_DEMAND",
  idleTimeoutSeconds: LEAST_IDLE_SECONDS,
};

const INSTANCE_TYPE = matching(
  /^[a-z][a-z0-9-]*\.[a-z0-9]+$/,
  "an EC2 instance type such as m5.xlarge",
);

const FIELDS: Readonly<Record<keyof EmrSettings, Field>> = {
  // Python 3.11, which the jobs are run with, came with EMR 7, which the groups' rules are for:
  // https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-700-release.html
  releaseLabel: matching(/^emr-7\.\d{1,2}\.\d{1,2}$/, "a release of EMR 7, such as emr-7.13.0"),
  masterInstanceType: INSTANCE_TYPE,
  coreInstanceType: INSTANCE_TYPE,
  coreInstanceCount: whole(1, 100),
  coreMarket: oneOf(...MARKETS),
  // https://docs.aws.amazon.com/emr/latest/APIReference/API_AutoTerminationPolicy.html
  idleTimeoutSeconds: whole(LEAST_IDLE_SECONDS, 604_800),
  certificateObject: matching(
    // S3 takes more, which IAM's policies have no room for.
    /^s3:\/\/[a-z0-9.-]{3,63}\/\S{1,500}\.zip$/,
    "s3://bucket/key.zip with at most 500 characters of key, or left out",
  ),
};

/** Reads the `emr` setting: each field or its default, or what is wrong with it. */
export function readEmr(value: Record<string, unknown>): {
  readonly fields: EmrSettings;
  readonly problems: Problem[];
} {
  return readFields("emr", FIELDS, DEFAULTS, value);
}

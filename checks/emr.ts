import { type Declaration, field, record } from "./declaration";
import { matching, oneOf, whole } from "./fields";

/** EMR clusters that the pipelines create for a run and terminate after it. */
export interface EmrSettings {
  readonly releaseLabel: string;
  readonly masterInstanceType: string;
  readonly coreInstanceType: string;
  readonly coreInstanceCount: number;
  readonly coreMarket: (typeof MARKETS)[number];
  readonly idleTimeoutSeconds: number;
  readonly certificateObject?: string;
}

const MARKETS = ["ON_DEMAND", "SPOT"] as const;

/** A cluster that a run still needs may be idle while a task is tried again; EMR must not end it meanwhile. */
const LEAST_IDLE_SECONDS = 7_200;

const INSTANCE_TYPE = matching(
  /^[a-z][a-z0-9-]*\.[a-z0-9]+$/,
  "an EC2 instance type such as m5.xlarge",
);

/** The setting `emr`. */
export const EMR: Declaration<EmrSettings> = record<EmrSettings>("EMR clusters of the pipelines.", {
  // Python 3.11, which the jobs are run with, came with EMR 7, which the groups' rules are for:
  // https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-700-release.html
  releaseLabel: field(
    matching(/^emr-7\.\d{1,2}\.\d{1,2}$/, "a release of EMR 7, such as emr-7.13.0"),
    "emr-7.13.0",
    "Release of EMR 7.",
  ),
  masterInstanceType: field(INSTANCE_TYPE, "m5.xlarge", "Instance type of the primary node."),
  coreInstanceType: field(INSTANCE_TYPE, "m5.xlarge", "Instance type of the core nodes."),
  coreInstanceCount: field(whole(1, 100), 2, "Number of core nodes, 1 to 100."),
  coreMarket: field(
    oneOf(...MARKETS),
    "ON_DEMAND",
    "How core nodes are bought: ON_DEMAND, or SPOT, which can be taken away under a step.",
  ),
  // https://docs.aws.amazon.com/emr/latest/APIReference/API_AutoTerminationPolicy.html
  idleTimeoutSeconds: field(
    whole(LEAST_IDLE_SECONDS, 604_800),
    LEAST_IDLE_SECONDS,
    "Seconds of idleness after which EMR ends a forgotten cluster itself, 7200 to 604800.",
  ),
  certificateObject: field<string | undefined>(
    matching(
      // S3 takes more, which IAM's policies have no room for.
      /^s3:\/\/[a-z0-9.-]{3,63}\/\S{1,500}\.zip$/,
      "s3://bucket/key.zip with at most 500 characters of key, or left out",
    ),
    undefined,
    "Zip file with certificates, s3://bucket/key.zip with at most 500 characters of key; with it, data in transit is encrypted.",
  ),
});

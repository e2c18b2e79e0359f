import { type Field, oneOf, readFields, whole } from "./fields";
import type { Problem } from "./problem";

/** The Glue job of the MovieLens pipeline. */
export interface GlueSettings {
  /** Version of Glue. Default `5.1`, which runs Spark 3.5.6 on Python 3.11. */
  readonly version: (typeof VERSIONS)[number];
  /** Size of a worker. Default `G.1X`: 4 virtual CPUs, 16 GB. */
  readonly workerType: (typeof WORKER_TYPES)[number];
  /** Number of workers, 2 to 299. Default 2. */
  readonly workers: number;
  /** Minutes after which a run is stopped, 1 to 10080. Default 60. */
  readonly timeoutMinutes: number;
  /** Ratings that a film needs to be among the top rated. Default 0, as in the post. */
  readonly minRatings: number;
}

const VERSIONS = ["5.0", "5.1"] as const;
const WORKER_TYPES = ["G.1X", "G.2X", "G.4X", "G.8X"] as const;

const DEFAULTS: GlueSettings = {
  version: "5.1",
  workerType: "G.1X",
  workers: 2,
  timeoutMinutes: 60,
  minRatings: 0,
};

// https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html
const FIELDS: Readonly<Record<keyof GlueSettings, Field>> = {
  version: oneOf(...VERSIONS),
  workerType: oneOf(...WORKER_TYPES),
  workers: whole(2, 299),
  timeoutMinutes: whole(1, 10_080),
  minRatings: whole(0, 1_000_000_000),
};

/** Reads the `glue` setting: each field or its default, or what is wrong with it. */
export function readGlue(value: Record<string, unknown>): {
  readonly fields: GlueSettings;
  readonly problems: Problem[];
} {
  return readFields("glue", FIELDS, DEFAULTS, value);
}
